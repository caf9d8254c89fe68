//! Types of action values: how the text of a policy becomes a value of Rust, once, when policies are compiled.

use std::collections::BTreeSet;
use std::time::Duration;

/// How a form shows an action and how the wire format names its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// Present or not.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Str,
}

impl ValueType {
    /// The name in the wire format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Str => "str",
        }
    }
}

/// A type that an action can have.
pub trait ActionValue: Clone + PartialEq + Send + Sync + 'static {
    /// Shown and accepted as.
    const TYPE: ValueType;

    /// Reads the text of a policy.
    ///
    /// # Errors
    /// Says what was expected.
    fn parse(text: &str) -> Result<Self, String>;

    /// The only values allowed; empty when there are too many to list.
    fn choices() -> &'static [&'static str] {
        &[]
    }
}

/// An action that is present or not: the question is [`At::any`](super::At::any).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag;

impl ActionValue for Flag {
    const TYPE: ValueType = ValueType::Bool;
    fn parse(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "true" | "1" => Ok(Self),
            _ => Err("takes no value: its presence switches it on".to_owned()),
        }
    }
}

macro_rules! numbers {
    ($($ty:ty),+) => {$(
        impl ActionValue for $ty {
            const TYPE: ValueType = ValueType::Int;
            fn parse(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| format!("a whole number from {} to {} is expected", <$ty>::MIN, <$ty>::MAX))
            }
        }
    )+};
}

numbers!(u8, u16, u32, i64);

impl ActionValue for String {
    const TYPE: ValueType = ValueType::Str;
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

/// Several blank-separated words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub BTreeSet<String>);

impl Words {
    /// Whether `word` is among them, whatever its case.
    pub fn has(&self, word: &str) -> bool {
        self.0.contains(word) || self.0.iter().any(|w| w.eq_ignore_ascii_case(word))
    }
}

impl ActionValue for Words {
    const TYPE: ValueType = ValueType::Str;
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.split_whitespace().map(str::to_owned).collect()))
    }
}

/// A length of time: a number and one of `s m h d y`, such as `90m`; a bare number counts seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl ActionValue for Span {
    const TYPE: ValueType = ValueType::Str;
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "a duration such as 30s, 15m, 8h, 30d or 1y is expected".to_owned();
        let text = text.trim();
        let (number, unit) = match text.char_indices().next_back() {
            Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], unit.to_ascii_lowercase()),
            _ => (text, 's'),
        };
        let factor = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'y' => 365 * 86_400,
            _ => return Err(wrong()),
        };
        let count: u32 = number.trim().parse().map_err(|_| wrong())?;
        Ok(Self(Duration::from_secs(u64::from(count) * factor)))
    }
}

/// So many within so long: `5/10m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many are allowed.
    pub count: u32,
    /// Within this time.
    pub within: Duration,
}

impl ActionValue for Rate {
    const TYPE: ValueType = ValueType::Str;
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "a number, a slash and a duration such as 5/10m are expected".to_owned();
        let (count, within) = text.split_once('/').ok_or_else(wrong)?;
        let count = count.trim().parse().map_err(|_| wrong())?;
        let Span(within) = Span::parse(within).map_err(|_| wrong())?;
        if within.is_zero() { Err(wrong()) } else { Ok(Self { count, within }) }
    }
}

/// Declares an enum whose texts are the only values of an action. The first is what holds when no policy says anything.
#[macro_export]
macro_rules! choices {
    ($($(#[$meta:meta])* $name:ident {
        $(#[$first_doc:meta])* $first:ident = $first_text:literal
        $(, $(#[$doc:meta])* $variant:ident = $text:literal)* $(,)?
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { $(#[$first_doc])* #[default] $first $(, $(#[$doc])* $variant)* }

        impl $crate::policy::ActionValue for $name {
            const TYPE: $crate::policy::ValueType = $crate::policy::ValueType::Str;
            fn parse(text: &str) -> Result<Self, String> {
                match text.trim() {
                    $first_text => Ok(Self::$first),
                    $($text => Ok(Self::$variant),)*
                    _ => Err(format!("one of {} is expected", Self::choices().join(", "))),
                }
            }
            fn choices() -> &'static [&'static str] {
                &[$first_text $(, $text)*]
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_rates() {
        assert_eq!(Span::parse("90m"), Ok(Span(Duration::from_secs(5400))));
        assert_eq!(Span::parse(" 30 "), Ok(Span(Duration::from_secs(30))));
        assert_eq!(Span::parse("2 D"), Ok(Span(Duration::from_secs(172_800))));
        for wrong in ["", "m", "5x", "-5m", "99999999999d", "5é"] {
            assert!(Span::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Rate::parse("5/10m"), Ok(Rate { count: 5, within: Duration::from_secs(600) }));
        for wrong in ["5", "5/", "/5m", "5/0m", "x/5m"] {
            assert!(Rate::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_ignore_case_when_asked() {
        let words = Words::parse(" hotp  TOTP ").unwrap();
        assert!(words.has("hotp") && words.has("totp") && !words.has("push"));
    }
}
