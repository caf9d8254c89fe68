//! Types that a setting may have. A value may come as TOML (typed) or from environment and command line (text).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use figment::value::Value;
use ipnet::IpNet;
use kernel::SecretText;

/// A type that a setting may have.
pub trait Setting: Sized {
    /// Secrets are hidden when shown and may be given as `..._file`.
    const SECRET: bool = false;
    /// What may be written, in words that complete "write ...".
    fn kind() -> String;
    /// Reads the value.
    ///
    /// # Errors
    /// Says what is wrong with it.
    fn read(value: &Value) -> Result<Self, String>;
    /// The effective value as JSON; null when unset, hidden when secret.
    fn show(&self) -> serde_json::Value;
}

/// The text of a scalar value; `None` for lists and tables.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, c) => Some(c.to_string()),
        Value::Bool(_, b) => Some(b.to_string()),
        Value::Num(_, n) => n.to_i128().map(|n| n.to_string()).or_else(|| n.to_f64().map(|n| n.to_string())),
        _ => None,
    }
}

fn scalar(value: &Value) -> Result<String, String> {
    text(value).ok_or_else(|| "is not a single value".to_owned())
}

impl Setting for String {
    fn kind() -> String {
        "text".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        scalar(value)
    }
    fn show(&self) -> serde_json::Value {
        self.as_str().into()
    }
}

impl Setting for bool {
    fn kind() -> String {
        "true or false".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        match scalar(value)?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(format!("{other:?} is neither true nor false")),
        }
    }
    fn show(&self) -> serde_json::Value {
        (*self).into()
    }
}

macro_rules! numbers {
    ($($ty:ty),+) => {$(
        impl Setting for $ty {
            fn kind() -> String {
                format!("a whole number from 0 to {}", <$ty>::MAX)
            }
            fn read(value: &Value) -> Result<Self, String> {
                let text = scalar(value)?;
                text.parse().map_err(|_| format!("{text:?} is not {}", Self::kind()))
            }
            fn show(&self) -> serde_json::Value {
                (*self).into()
            }
        }
    )+};
}

numbers!(u16, u32);

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Setting for Duration {
    fn kind() -> String {
        "a duration such as \"500ms\", \"30s\", \"10m\", \"12h\" or \"90d\"".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        let text = scalar(value)?;
        let digits = text.chars().take_while(char::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let factor = UNITS.iter().find(|(name, _)| *name == unit.trim()).map(|(_, factor)| *factor);
        match (number.parse::<u64>().ok(), factor) {
            (Some(n), Some(factor)) if n <= 1_000_000 => Ok(Duration::from_millis(n * factor)),
            _ => Err(format!("{text:?} is no duration")),
        }
    }
    fn show(&self) -> serde_json::Value {
        let millis = u64::try_from(self.as_millis()).unwrap_or(u64::MAX);
        let (unit, factor) = UNITS.iter().rev().find(|(_, factor)| millis % factor == 0).copied().unwrap_or(UNITS[0]);
        format!("{}{unit}", millis / factor).into()
    }
}

impl Setting for SocketAddr {
    fn kind() -> String {
        "an address with port such as \"127.0.0.1:8080\" or \"[::1]:8443\"".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        let text = scalar(value)?;
        text.parse().map_err(|_| format!("{text:?} is no address with port"))
    }
    fn show(&self) -> serde_json::Value {
        self.to_string().into()
    }
}

impl Setting for PathBuf {
    fn kind() -> String {
        "the path of a file or directory".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        scalar(value).map(PathBuf::from)
    }
    fn show(&self) -> serde_json::Value {
        self.display().to_string().into()
    }
}

impl Setting for IpNet {
    fn kind() -> String {
        "an address or network such as \"10.0.0.1\" or \"10.0.0.0/8\"".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        let text = scalar(value)?;
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
            .map_err(|_| format!("{text:?} is no address or network"))
    }
    fn show(&self) -> serde_json::Value {
        self.to_string().into()
    }
}

impl Setting for SecretText {
    const SECRET: bool = true;
    fn kind() -> String {
        "text (a secret; better give the `_file` form)".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        match scalar(value)? {
            empty if empty.is_empty() => Err("is empty".to_owned()),
            text => Ok(SecretText::new(text)),
        }
    }
    fn show(&self) -> serde_json::Value {
        "(hidden)".into()
    }
}

/// Unset unless given; the empty text unsets it again.
impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;
    fn kind() -> String {
        T::kind()
    }
    fn read(value: &Value) -> Result<Self, String> {
        if matches!(value.as_str(), Some("")) { Ok(None) } else { T::read(value).map(Some) }
    }
    fn show(&self) -> serde_json::Value {
        self.as_ref().map_or(serde_json::Value::Null, Setting::show)
    }
}

/// A TOML list, or text with commas.
impl<T: Setting> Setting for Vec<T> {
    fn kind() -> String {
        format!("a list, each entry {}", T::kind())
    }
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(_, items) => items.iter().map(T::read).collect(),
            other => {
                let text = scalar(other)?;
                text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(|t| T::read(&Value::from(t))).collect()
            }
        }
    }
    fn show(&self) -> serde_json::Value {
        self.iter().map(Setting::show).collect()
    }
}

/// Declares a setting that is one of a few words.
macro_rules! choice {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $about:literal])+ $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $about])+ $variant),+ }

        impl crate::config::Setting for $name {
            fn kind() -> String {
                format!("one of {}", [$($word),+].join(", "))
            }
            fn read(value: &figment::value::Value) -> Result<Self, String> {
                match crate::config::setting::text(value).unwrap_or_default().as_str() {
                    $($word => Ok(Self::$variant),)+
                    other => Err(format!("{other:?} is not known")),
                }
            }
            fn show(&self) -> serde_json::Value {
                match self { $(Self::$variant => $word.into()),+ }
            }
        }
    };
}

pub(crate) use choice;
