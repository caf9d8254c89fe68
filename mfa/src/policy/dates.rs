//! ISO 8601 moments and durations as conditions write them.

use kernel::Timestamp;

/// A moment, with or without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The moment; without a zone, read as if it were UTC.
    pub(crate) at: Timestamp,
    /// Whether a zone was given.
    pub(crate) zoned: bool,
}

/// Reads `2024-05-17`, `2024-05-17 12:30`, `2024-05-17T12:30:15.123+02:00` and the like.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let days = days(date)?;
    let (clock, zone) = split_zone(rest)?;
    let micros = match clock.strip_prefix(['T', 't', ' ']) {
        Some(clock) => time_of_day(clock)?,
        None if clock.is_empty() => 0,
        None => return None,
    };
    let offset = zone.map_or(Some(0), offset)?;
    let at = days.checked_mul(86_400_000_000)?.checked_add(micros)?.checked_sub(offset * 1_000_000)?;
    Some(Moment { at: Timestamp(at), zoned: zone.is_some() })
}

fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = time::Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    Some(i64::from(date.to_julian_day()) - 2_440_588)
}

fn number(text: &str, len: usize) -> Option<i64> {
    (text.len() == len && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn split_zone(rest: &str) -> Option<(&str, Option<&str>)> {
    if rest.is_empty() {
        return Some((rest, None));
    }
    match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => Some((rest.get(..at)?, Some(rest.get(at..)?))),
        None => Some((rest, None)),
    }
}

fn time_of_day(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let micros = match parts.next() {
        None => 0,
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
            if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
            number(whole, 2).filter(|s| *s < 60)? * 1_000_000 + digits.parse::<i64>().ok()?
        }
    };
    (parts.next().is_none() && hour < 24 && minute < 60).then_some((hour * 3600 + minute * 60) * 1_000_000 + micros)
}

/// Seconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone.get(1..)?.split(':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { number(minutes, 2)? };
    let hours = number(hours, 2)?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_forms() {
        let at = |text: &str| moment(text).map(|m| (m.at.seconds(), m.zoned));
        assert_eq!(at("1970-01-02"), Some((86_400, false)));
        assert_eq!(at("2024-01-01 00:00"), Some((1_704_067_200, false)));
        assert_eq!(at("2024-01-01T01:00:00.5+01:00"), Some((1_704_067_200, true)));
        assert_eq!(at("2024-01-01T00:00Z"), Some((1_704_067_200, true)));
        assert_eq!(at("2023-12-31T19:00-0500"), Some((1_704_067_200, true)));
        for wrong in [
            "",
            "2024-13-01",
            "2024-02-30",
            "2024-01-01T25:00",
            "2024-01-01x",
            "2024-1-1",
            "20240101",
            "2024-01-01T00:00+99",
            "２024-01-01",
        ] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in ".{0,40}") {
            let _ = moment(&text);
        }
    }
}
