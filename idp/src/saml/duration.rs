//! Durations as SAML writes them: `xs:duration` (XML Schema part 2, 3.2.6).

use std::time::Duration;

/// Reads a duration. A month counts as 30 days, a year as 365: nobody keeps metadata that long.
pub(crate) fn read(text: &str) -> Option<Duration> {
    let rest = text.strip_prefix('P').filter(|_| text.len() <= 40)?;
    let (date, clock) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, clock)) => (date, clock),
        None => (rest, ""),
    };
    if date.is_empty() && clock.is_empty() {
        return None;
    }
    let days = sum(date, &[('Y', 365 * 86_400), ('M', 30 * 86_400), ('D', 86_400)])?;
    let seconds = sum(clock, &[('H', 3600), ('M', 60), ('S', 1)])?;
    Some(Duration::from_secs(days.checked_add(seconds)?))
}

/// A duration, in the largest unit that fits.
pub(crate) fn written(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds % 3600 == 0 => format!("PT{}H", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("PT{}M", seconds / 60),
        seconds => format!("PT{seconds}S"),
    }
}

/// Numbers with their units, each at most once and in order.
fn sum(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0_u64;
    for (unit, factor) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        // Fractions of a second are cut off.
        let whole = if *unit == 'S' { number.split_once('.').map_or(number, |(whole, _)| whole) } else { number };
        let is_number = !whole.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let counted = whole.parse::<u64>().ok().filter(|_| is_number)?;
        total = total.checked_add(counted.checked_mul(*factor)?)?;
        text = rest;
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(written(Duration::from_secs(43_200)), "PT12H");
        for seconds in [0, 1, 59, 60, 3599, 3600, 86_400, 86_461] {
            assert_eq!(read(&written(Duration::from_secs(seconds))), Some(Duration::from_secs(seconds)));
        }
    }

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [("PT12H", 43_200), ("P1D", 86_400), ("P1DT1H1M1.5S", 90_061), ("PT0S", 0), ("P1Y2M", 36_720_000)]
        {
            assert_eq!(read(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for bad in
            ["", "P", "PT", "12H", "-P1D", "P1H", "PT1D", "P1DT", "PT1M1H", "PT99999999999999999999S", "PT1.1.S x", "P1D1D"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
