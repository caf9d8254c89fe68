//! Whether the directory bars somebody: what the usual servers keep in which attribute.

use std::time::Duration;

use kernel::Timestamp;

use super::record::Record;
use crate::resolvers::Standing;

/// Attributes that tell it; a server that does not know one leaves it out.
pub(super) const ATTRIBUTES: &[&str] = &[
    "userAccountControl",
    "accountExpires",
    "nsAccountLock",
    "loginDisabled",
    "shadowExpire",
    "pwdAccountLockedTime",
    "pwdEndTime",
    "krbPrincipalExpiration",
];

/// The flag ACCOUNTDISABLE of Active Directory.
const DISABLED: i64 = 0x2;
/// The value with which a password policy locks for good; any other time ends by itself, which only a sign-in can find out.
const LOCKED_FOR_GOOD: &str = "000001010000Z";
/// 1601-01-01 to 1970-01-01.
const FILETIME_EPOCH: i64 = 11_644_473_600;

/// Whether an entry may be used at all, and until when.
pub(super) fn standing(record: &Record) -> Standing {
    let truth = |name: &str| record.text(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
    let disabled = record.number("userAccountControl").is_some_and(|flags| flags & DISABLED != 0)
        || truth("nsAccountLock")
        || truth("loginDisabled")
        || record.text("pwdAccountLockedTime") == Some(LOCKED_FOR_GOOD);
    let ends = [
        record.number("accountExpires").and_then(from_filetime),
        record.number("shadowExpire").and_then(from_days),
        record.text("krbPrincipalExpiration").and_then(from_generalized),
        record.text("pwdEndTime").and_then(from_generalized),
    ];
    Standing { disabled, expires: ends.into_iter().flatten().min() }
}

/// A time of Active Directory: units of 100 ns since 1601. `None` for never.
pub(super) fn from_filetime(ticks: i64) -> Option<Timestamp> {
    (ticks > 0 && ticks < i64::MAX).then(|| Timestamp(ticks / 10 - FILETIME_EPOCH * 1_000_000))
}

/// Days since 1970. `None` for never.
fn from_days(days: i64) -> Option<Timestamp> {
    (days >= 0).then(|| Timestamp::from_seconds(days.saturating_mul(86_400)))
}

/// Generalized time (RFC 4517, section 3.3.13): at least year to hour; a fraction is ignored.
pub(super) fn from_generalized(text: &str) -> Option<Timestamp> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let field = |at: usize, len: usize| match text.get(at..at + len).filter(|_| at + len <= digits) {
        Some(field) => field.parse::<u8>().ok(),
        None => Some(0),
    };
    if digits < 10 || !digits.is_multiple_of(2) || digits > 14 {
        return None;
    }
    let month = time::Month::try_from(field(4, 2)?).ok()?;
    let date = time::Date::from_calendar_date(text.get(..4)?.parse().ok()?, month, field(6, 2)?).ok()?;
    // A leap second is the second before it.
    let clock = time::Time::from_hms(field(8, 2)?, field(10, 2)?, field(12, 2)?.min(59)).ok()?;
    let zone = text[digits..].trim_start_matches(|c: char| c == '.' || c == ',' || c.is_ascii_digit());
    let offset = match (zone.as_bytes().first()?, zone.get(1..3), zone.get(3..5)) {
        (b'Z', None, None) if zone.len() == 1 => 0,
        (sign @ (b'+' | b'-'), Some(hours), minutes) => {
            let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.map_or(Some(0), |m| m.parse::<i64>().ok())? * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some(Timestamp::from_seconds(date.with_time(clock).assume_utc().unix_timestamp() - offset))
}

/// The moment as people and policies read it: `2027-01-01T00:00:00Z`.
pub(super) fn shown(at: Timestamp) -> Option<String> {
    let moment = time::OffsetDateTime::from_unix_timestamp(at.seconds()).ok()?;
    moment.format(&time::format_description::well_known::Rfc3339).ok()
}

/// A length of time in whole seconds, as controls carry it.
pub(super) fn seconds(n: i64) -> Duration {
    Duration::from_secs(u64::try_from(n).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Option<i64> {
        from_generalized(text).map(Timestamp::seconds)
    }

    #[test]
    fn times() {
        // `date -u -d 2027-01-01 +%s` says 1798761600; the file time is that plus the epoch, in 100 ns.
        assert_eq!(from_filetime(134_432_352_000_000_000).map(Timestamp::seconds), Some(1_798_761_600));
        assert_eq!((from_filetime(0), from_filetime(i64::MAX)), (None, None));
        assert_eq!(from_filetime(1).and_then(shown).as_deref(), Some("1601-01-01T00:00:00Z"));
        assert_eq!(at("20270101000000Z"), Some(1_798_761_600));
        assert_eq!(at("2027010100Z"), Some(1_798_761_600));
        assert_eq!(at("20270101000000.5Z"), Some(1_798_761_600));
        assert_eq!(at("20270101010000+0100"), Some(1_798_761_600));
        assert_eq!(at("20261231230000-01"), Some(1_798_761_600));
        for wrong in ["", "2027", "20271301000000Z", "20270101000000", "20270101000000X", "2027010100000Z", "20270132000000Z"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn who_is_barred() {
        let now = Timestamp::from_seconds(1_704_103_200);
        let bars = |name: &str, value: &str| standing(&Record::of("cn=a", &[(name, value.as_bytes())])).bars(now);
        for (name, value, barred) in [
            ("userAccountControl", "514", true),
            ("useraccountcontrol", "512", false),
            ("accountExpires", "0", false),
            ("accountExpires", "9223372036854775807", false),
            ("accountExpires", "133000000000000000", true),
            ("accountExpires", "144000000000000000", false),
            ("nsAccountLock", "TRUE", true),
            ("nsAccountLock", "false", false),
            ("loginDisabled", "true", true),
            ("shadowExpire", "-1", false),
            ("shadowExpire", "1", true),
            ("shadowExpire", "40000", false),
            ("pwdAccountLockedTime", "000001010000Z", true),
            ("pwdAccountLockedTime", "20231231000000Z", false),
            ("pwdEndTime", "20231231000000Z", true),
            ("krbPrincipalExpiration", "20231231000000Z", true),
            ("krbPrincipalExpiration", "20991231000000Z", false),
            ("description", "true", false),
        ] {
            assert_eq!(bars(name, value), barred, "{name}: {value}");
        }
    }

    proptest! {
        #[test]
        fn foreign_times_never_panic(text in "[0-9Z.+,\u{e9}-]{0,24}", ticks in any::<i64>()) {
            let _ = (from_generalized(&text), from_filetime(ticks).and_then(shown), from_days(ticks));
        }
    }
}
