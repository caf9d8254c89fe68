//! Moments as SAML writes them: `xs:dateTime` in UTC (SAML core 1.3.3).

use kernel::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment, to the second.
pub(crate) fn written(at: Timestamp) -> String {
    let seconds = OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    seconds.format(&Rfc3339).unwrap_or_default()
}

/// Reads a moment; one that names no zone is meant in UTC.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if text.len() > 40 {
        return None;
    }
    let zoned = OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339)).ok()?;
    i64::try_from(zoned.unix_timestamp_nanos() / 1000).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back() {
        let at = Timestamp::from_seconds(1_700_000_000);
        assert_eq!(written(at), "2023-11-14T22:13:20Z");
        for text in ["2023-11-14T22:13:20Z", "2023-11-14T22:13:20", "2023-11-14T23:13:20+01:00"] {
            assert_eq!(read(text), Some(at), "{text}");
        }
        assert_eq!(read("2023-11-14T22:13:20.5Z"), Some(Timestamp(1_700_000_000_500_000)));
        for bad in ["", "yesterday", "2023-11-14", "2023-13-14T22:13:20Z", "2023-11-14T22:13:20ZZ"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
