//! The time zone of policy times, from the built-in IANA database.

use figment::value::Value;
use jiff::tz::TimeZone as Zone;

use super::setting::{Setting, text};

/// An IANA time zone such as `Europe/Berlin`.
#[derive(Clone)]
pub struct TimeZone {
    name: String,
    zone: Zone,
}

impl TimeZone {
    /// Seconds east of UTC at a moment.
    pub fn offset(&self, at: kernel::Timestamp) -> i32 {
        jiff::Timestamp::from_second(at.seconds()).map_or(0, |at| self.zone.to_offset(at).seconds())
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self { name: "UTC".to_owned(), zone: Zone::UTC }
    }
}

impl Setting for TimeZone {
    fn kind() -> String {
        "a time zone such as \"Europe/Berlin\" or \"UTC\"".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        let name = text(value).unwrap_or_default();
        // The bundled database alone: what the machine has installed must not change what policies mean.
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(&name).map_err(|_| format!("{name:?} is no known time zone"))?;
        Ok(Self { name, zone })
    }
    fn show(&self) -> serde_json::Value {
        self.name.clone().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Timestamp;

    #[test]
    fn summer_and_winter() {
        let zone = TimeZone::read(&Value::from("Europe/Berlin")).unwrap();
        assert_eq!(zone.offset(Timestamp::from_seconds(1_768_000_000)), 3600);
        assert_eq!(zone.offset(Timestamp::from_seconds(1_784_000_000)), 7200);
        assert!(TimeZone::read(&Value::from("Mars/Base")).is_err());
    }
}
