//! The time field: `mon-fri: 8-18, sat: 9:30-12`.

/// Compiled ranges; any of them suffices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Times(Vec<Range>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    days: (u8, u8),
    minutes: (u16, u16),
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Times {
    /// Reads the field. Blanks are ignored; empty text is `None`: always.
    ///
    /// # Errors
    /// Says which range cannot be read.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
        if text.is_empty() {
            return Ok(None);
        }
        text.split(',').map(range).collect::<Result<_, _>>().map(|ranges| Some(Self(ranges)))
    }

    /// Whether a moment given as local seconds since 1970-01-01 (a Thursday) lies in a range; both ends count, by the minute.
    pub(super) fn contains(&self, local_seconds: i64) -> bool {
        let day = u8::try_from((local_seconds.div_euclid(86_400) + 3).rem_euclid(7)).unwrap_or(0);
        let minute = u16::try_from(local_seconds.rem_euclid(86_400) / 60).unwrap_or(0);
        self.0.iter().any(|r| (r.days.0..=r.days.1).contains(&day) && (r.minutes.0..=r.minutes.1).contains(&minute))
    }
}

fn range(text: &str) -> Result<Range, String> {
    let wrong = || format!("`{text}` is no time range such as mon-fri: 8:30-17");
    let (days, hours) = text.split_once(':').ok_or_else(wrong)?;
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let day = |name: &str| DAYS.iter().position(|d| *d == name).and_then(|at| u8::try_from(at).ok()).ok_or_else(wrong);
    let days = (day(first)?, day(last)?);
    let (start, end) = hours.split_once('-').ok_or_else(wrong)?;
    let minutes = (clock(start).ok_or_else(wrong)?, clock(end).ok_or_else(wrong)?);
    if days.0 > days.1 || minutes.0 > minutes.1 {
        return Err(format!("`{text}`: the start lies after the end"));
    }
    Ok(Range { days, minutes })
}

fn clock(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
    let digits = |t: &str| (1..=2).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 2024-01-01 00:00.
    const MONDAY: i64 = 1_704_067_200;

    #[test]
    fn ranges_include_both_ends_by_the_minute() {
        let times = Times::parse("mon-fri: 8-18, Sat : 9:30 - 12").unwrap().unwrap();
        let at = |day: i64, h: i64, m: i64, s: i64| times.contains(MONDAY + day * 86_400 + h * 3600 + m * 60 + s);
        assert!(at(0, 8, 0, 0) && at(4, 18, 0, 59));
        assert!(!at(0, 7, 59, 59) && !at(0, 18, 1, 0));
        assert!(at(5, 9, 30, 0) && !at(5, 9, 29, 59) && at(5, 12, 0, 1));
        assert!(!at(6, 10, 0, 0));
        assert_eq!(Times::parse("  "), Ok(None));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for wrong in [
            "mon",
            "mon: 8",
            "sun-mon: 8-9",
            "mon: 9-8",
            "mon: 8-24",
            "mon: 8:60-9",
            "xyz: 1-2",
            "mon: 8-9,",
            "mon: 008-9",
            "mon: +8-9",
        ] {
            assert!(Times::parse(wrong).is_err(), "{wrong}");
        }
    }
}
