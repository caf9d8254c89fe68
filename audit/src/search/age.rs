//! Ages (`1h`) and beginnings of dates (`2026-01-31T12`).

use std::time::Duration;

use kernel::Timestamp;
use time::{Date, Month, PrimitiveDateTime, Time};

/// Reads an age: a number and one of `s m h d w y`, such as `90m` or `1d`.
pub fn parse_age(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().next_back()?;
    let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        'y' => 365 * 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// The moments that begin with this text in ISO form, in UTC: from the first until the one after the last.
pub(super) fn moment_range(text: &str) -> Option<(Timestamp, Timestamp)> {
    let text = text.trim_end_matches(['-', ':', 'T', ' ']);
    let parts: Vec<&str> = text.split(['-', 'T', ' ', ':']).collect();
    let digits = |part: &&str, width: usize| part.len() == width && part.bytes().all(|b| b.is_ascii_digit());
    let whole = parts.iter().enumerate().all(|(index, part)| digits(part, if index == 0 { 4 } else { 2 }));
    if parts.len() > 6 || !whole {
        return None;
    }
    let numbers: Vec<u32> = parts.iter().map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let part = |index: usize, default: u32| numbers.get(index).copied().unwrap_or(default);
    let from = moment(i32::try_from(part(0, 0)).ok()?, part(1, 1), [part(2, 1), part(3, 0), part(4, 0), part(5, 0)])?;
    let until = match numbers.len() {
        1 => moment(i32::try_from(part(0, 0)).ok()? + 1, 1, [1, 0, 0, 0])?,
        2 if part(1, 1) == 12 => moment(i32::try_from(part(0, 0)).ok()? + 1, 1, [1, 0, 0, 0])?,
        2 => moment(i32::try_from(part(0, 0)).ok()?, part(1, 1) + 1, [1, 0, 0, 0])?,
        3 => from + Duration::from_secs(86_400),
        4 => from + Duration::from_secs(3600),
        5 => from + Duration::from_secs(60),
        _ => from + Duration::from_secs(1),
    };
    Some((from, until))
}

fn moment(year: i32, month: u32, [day, hour, minute, second]: [u32; 4]) -> Option<Timestamp> {
    let small = |n: u32| u8::try_from(n).ok();
    let date = Date::from_calendar_date(year, Month::try_from(small(month)?).ok()?, small(day)?).ok()?;
    let time = Time::from_hms(small(hour)?, small(minute)?, small(second)?).ok()?;
    Some(Timestamp::from_seconds(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        assert_eq!(parse_age("1h"), Some(Duration::from_secs(3600)));
        assert_eq!(parse_age(" 10 d "), Some(Duration::from_secs(864_000)));
        for wrong in ["", "h", "1", "1x", "-1h", "1.5h", "99999999999999999999y", "9999999999999999y", "1ü"] {
            assert_eq!(parse_age(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn beginnings_of_dates() {
        let range = |text: &str| moment_range(text).map(|(a, b)| (a.seconds(), b.seconds()));
        assert_eq!(range("2024-02-29"), Some((1_709_164_800, 1_709_251_200)));
        assert_eq!(range("2024-02-29T12:30"), Some((1_709_209_800, 1_709_209_860)));
        assert_eq!(range("2024-02"), Some((1_706_745_600, 1_709_251_200)));
        assert_eq!(range("2023-12-"), Some((1_701_388_800, 1_704_067_200)));
        assert_eq!(range("2023"), Some((1_672_531_200, 1_704_067_200)));
        for wrong in [
            "",
            "x",
            "2024-13",
            "2024-02-30",
            "2024-01-01T25",
            "1-2-3-4-5-6-7",
            "99999999999",
            "2024--1",
            "2024-1",
            "2024-01-01T1",
        ] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }
}
