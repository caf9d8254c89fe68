//! Extended conditions: a comparison of something known about the request with a value of the policy.

use std::borrow::Cow;

use regex::Regex;

use super::dates::moment;
use super::definition::ConditionDef;
use super::facts::Facts;
use super::lists::anchored;
use super::value::{ActionValue, Span};
use crate::people::Attribute;

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal, $about:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* #[doc = $about] $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// Its name in policies.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
            /// One sentence about it.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about),+ }
            }
            /// The one of that name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

named! {
    /// Where the data of a condition comes from.
    Section {
        UserInfo = "userinfo", "An attribute of the person.",
        Token = "token", "An attribute of the token.",
        TokenInfo = "tokeninfo", "An entry of the token info.",
        Header = "HTTP Request header", "A header of the request.",
        Environment = "HTTP Environment", "What the server knows of the connection.",
        Container = "container", "An attribute of the container.",
        ContainerInfo = "container_info", "An entry of the container info.",
        Data = "Request Data", "A parameter of the request.",
        Party = "party", "The application that asks for the sign-in; the only key is id.",
    }
}

named! {
    /// How data and value are compared.
    Comparator {
        Equals = "equals", "The texts are the same.",
        NotEquals = "!equals", "The texts differ.",
        Contains = "contains", "The list holds the value.",
        NotContains = "!contains", "The list does not hold the value.",
        Matches = "matches", "The whole text matches the regular expression.",
        NotMatches = "!matches", "The text does not match the regular expression.",
        In = "in", "The text is one of the comma-separated values.",
        NotIn = "!in", "The text is none of the comma-separated values.",
        Smaller = "<", "The number is smaller.",
        Bigger = ">", "The number is bigger.",
        DateBefore = "date_before", "The date lies before.",
        DateAfter = "date_after", "The date lies after.",
        DateWithinLast = "date_within_last", "The date lies within the last so many s, m, h, d or y.",
        DateNotWithinLast = "!date_within_last", "The date does not lie within the last so many s, m, h, d or y.",
        StringContains = "string_contains", "The text contains the value, whatever the case.",
        StringNotContains = "!string_contains", "The text does not contain the value, whatever the case.",
    }
}

named! {
    /// What holds when the data is missing.
    Missing {
        Refuse = "raise_error", "The request is refused.",
        True = "condition_is_true", "The condition holds.",
        False = "condition_is_false", "The condition does not hold.",
    }
}

/// Which extended conditions are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conditions {
    /// All of them: whenever something is decided.
    #[default]
    All,
    /// Those on the person: what a user interface offers to people before it knows what they will do.
    UserInfo,
    /// None: what a user interface offers to administrators, and the realms that they see.
    None,
}

impl Conditions {
    pub(super) fn include(self, section: Section) -> bool {
        match self {
            Self::All => true,
            Self::UserInfo => section == Section::UserInfo,
            Self::None => false,
        }
    }
}

/// A compiled condition.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    section: Section,
    key: String,
    test: Result<Test, String>,
    missing: Missing,
}

#[derive(Clone, Debug)]
enum Test {
    Equals(String, bool),
    Contains(String, bool),
    Matches(Regex, bool),
    In(Vec<String>, bool),
    Smaller(i64),
    Bigger(i64),
    Before(super::dates::Moment),
    After(super::dates::Moment),
    Within(std::time::Duration, bool),
    Substring(String, bool),
}

impl Condition {
    /// Compiles an active condition. What cannot be compiled is kept and refuses every request that it is asked about.
    pub(super) fn compile(def: &ConditionDef) -> Self {
        let section = Section::named(&def.section);
        let missing = def.missing.as_deref().filter(|m| !m.is_empty()).map_or(Some(Missing::Refuse), Missing::named);
        let test = match (section, missing) {
            (None, _) => Err(format!("there is no section `{}`", def.section)),
            (_, None) => Err(format!("`{}` is no way to handle missing data", def.missing.as_deref().unwrap_or_default())),
            (Some(Section::Data), _) if matches!(def.key.as_str(), "pass" | "password") => {
                Err("secrets are not compared".to_owned())
            }
            _ => Test::compile(&def.comparator, &def.value),
        };
        let key = if section == Some(Section::Header) { def.key.to_lowercase() } else { def.key.clone() };
        Self { section: section.unwrap_or(Section::Data), key, test, missing: missing.unwrap_or(Missing::Refuse) }
    }

    /// Why it cannot be used.
    pub(super) fn problem(&self) -> Option<&str> {
        self.test.as_ref().err().map(String::as_str)
    }

    /// Where its data comes from.
    pub(super) fn section(&self) -> Section {
        self.section
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// When the data is missing and the policy wants to know, or cannot be compared.
    pub(super) fn holds(&self, facts: &Facts) -> Result<bool, String> {
        let test = self.test.as_ref().map_err(Clone::clone)?;
        match self.data(facts) {
            Some(data) => test.holds(&data, facts).map_err(|what| format!("{} `{}`: {what}", self.section.name(), self.key)),
            None => match self.missing {
                Missing::True => Ok(true),
                Missing::False => Ok(false),
                Missing::Refuse => Err(format!("{} `{}` is not known", self.section.name(), self.key)),
            },
        }
    }

    fn data<'f>(&self, facts: &'f Facts) -> Option<Cow<'f, Attribute>> {
        let text = |text: &String| Cow::Owned(Attribute::Text(text.clone()));
        match self.section {
            Section::UserInfo => facts.userinfo.as_ref()?.get(&self.key).map(Cow::Borrowed),
            Section::Token => facts.token.as_ref()?.attributes.get(&self.key).map(Cow::Borrowed),
            Section::TokenInfo => facts.token.as_ref()?.info.get(&self.key).map(text),
            Section::Header => facts.headers.as_ref()?.get(&self.key).map(text),
            Section::Data => facts.params.as_ref()?.get(&self.key).map(text),
            Section::Party => facts.party.as_ref().filter(|_| self.key == "id").map(text),
            Section::Environment => match self.key.as_str() {
                "REMOTE_ADDR" => facts.client.map(|ip| Cow::Owned(Attribute::Text(ip.to_string()))),
                _ => None,
            },
            Section::Container | Section::ContainerInfo => None,
        }
    }
}

impl Test {
    fn compile(comparator: &str, value: &str) -> Result<Self, String> {
        use Comparator as C;
        let comparator = C::named(comparator).ok_or_else(|| format!("there is no comparator `{comparator}`"))?;
        let text = value.to_owned();
        let number = || value.trim().parse::<i64>().map_err(|_| format!("`{value}` is no whole number"));
        let date = || moment(value).ok_or_else(|| format!("`{value}` is no ISO 8601 date"));
        let span = || Span::parse(value).map(|Span(span)| span);
        Ok(match comparator {
            C::Equals => Self::Equals(text, true),
            C::NotEquals => Self::Equals(text, false),
            C::Contains => Self::Contains(text, true),
            C::NotContains => Self::Contains(text, false),
            C::Matches => Self::Matches(anchored(value)?, true),
            C::NotMatches => Self::Matches(anchored(value)?, false),
            C::In => Self::In(csv(value), true),
            C::NotIn => Self::In(csv(value), false),
            C::Smaller => Self::Smaller(number()?),
            C::Bigger => Self::Bigger(number()?),
            C::DateBefore => Self::Before(date()?),
            C::DateAfter => Self::After(date()?),
            C::DateWithinLast => Self::Within(span()?, true),
            C::DateNotWithinLast => Self::Within(span()?, false),
            C::StringContains => Self::Substring(value.to_lowercase(), true),
            C::StringNotContains => Self::Substring(value.to_lowercase(), false),
        })
    }

    fn holds(&self, data: &Attribute, facts: &Facts) -> Result<bool, String> {
        let text = || match data {
            Attribute::Text(text) => Ok(text.as_str()),
            _ => Err("text is expected".to_owned()),
        };
        Ok(match self {
            Self::Equals(right, wanted) => matches!(data, Attribute::Text(left) if left == right) == *wanted,
            Self::Contains(right, wanted) => match data {
                Attribute::List(left) => left.contains(right) == *wanted,
                _ => return Err("a list is expected".to_owned()),
            },
            Self::Matches(regex, wanted) => regex.is_match(text()?) == *wanted,
            Self::In(list, wanted) => {
                let left = text()?;
                list.iter().any(|right| right == left) == *wanted
            }
            Self::Smaller(right) => integer(data)? < *right,
            Self::Bigger(right) => integer(data)? > *right,
            Self::Before(right) => date(text()?, right)? < right.at,
            Self::After(right) => date(text()?, right)? > right.at,
            Self::Within(span, wanted) => {
                let left = moment(text()?).ok_or("an ISO 8601 date is expected")?;
                let now = facts.at.ok_or("the time is not known")?;
                (left.at >= now - *span) == *wanted
            }
            Self::Substring(right, wanted) => text()?.to_lowercase().contains(right.as_str()) == *wanted,
        })
    }
}

fn integer(data: &Attribute) -> Result<i64, String> {
    match data {
        Attribute::Int(n) => Ok(*n),
        Attribute::Text(text) if text.is_empty() => Ok(0),
        Attribute::Text(text) => text.trim().parse().map_err(|_| "a whole number is expected".to_owned()),
        Attribute::Bool(_) | Attribute::List(_) => Err("a whole number is expected".to_owned()),
    }
}

fn date(text: &str, right: &super::dates::Moment) -> Result<kernel::Timestamp, String> {
    let left = moment(text).ok_or("an ISO 8601 date is expected")?;
    if left.zoned == right.zoned { Ok(left.at) } else { Err("both dates or none have a zone".to_owned()) }
}

/// Comma-separated values: double quotes, backslash escapes, blanks after a comma are skipped.
fn csv(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut quoted = false;
    let mut start = true;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => value.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => {
                values.push(std::mem::take(&mut value));
                start = true;
                continue;
            }
            ' ' if start && !quoted => continue,
            _ => value.push(c),
        }
        start = false;
    }
    values.push(value);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Timestamp;
    use std::sync::Arc;

    fn facts(value: Attribute) -> Facts {
        Facts {
            userinfo: Some(Arc::new([("k".to_owned(), value)].into())),
            at: Some(Timestamp::from_seconds(1_704_067_200)), // 2024-01-01
            ..Facts::default()
        }
    }

    fn holds(value: impl Into<Attribute>, comparator: &str, right: &str) -> Result<bool, String> {
        let def = ConditionDef {
            section: "userinfo".into(),
            key: "k".into(),
            comparator: comparator.into(),
            value: right.into(),
            active: true,
            missing: None,
        };
        Condition::compile(&def).holds(&facts(value.into()))
    }

    #[test]
    fn comparators() {
        for (left, comparator, right, expected) in [
            ("a", "equals", "a", true),
            ("a", "equals", "A", false),
            ("a", "!equals", "A", true),
            ("abc", "matches", "a.c", true),
            ("abcd", "matches", "a.c", false),
            ("ABC", "matches", "(?i)a.c", true),
            ("abcd", "!matches", "a.c", true),
            ("b", "in", "a, b,c", true),
            ("b,c", "in", r#"a, "b,c""#, true),
            ("b,c", "in", r"a,b\,c", true),
            ("d", "!in", "a, b,c", true),
            ("", "<", "1", true),
            ("5", ">", "4", true),
            ("2023-12-31", "date_before", "2024-01-01", true),
            ("2024-01-02T00:00Z", "date_after", "2024-01-01T00:00+00:00", true),
            ("2023-12-30", "date_within_last", "3d", true),
            ("2023-12-30", "date_within_last", "1d", false),
            ("2023-12-30", "!date_within_last", "1d", true),
            ("Hello World", "string_contains", "WORLD", true),
            ("Hello World", "!string_contains", "moon", true),
        ] {
            assert_eq!(holds(left, comparator, right), Ok(expected), "{left} {comparator} {right}");
        }
        let list = Attribute::List(vec!["a".into(), "b".into()]);
        assert_eq!(holds(list.clone(), "contains", "a"), Ok(true));
        assert_eq!(holds(list.clone(), "!contains", "c"), Ok(true));
        assert_eq!(holds(7_i64, ">", "6"), Ok(true));
        assert_eq!(holds(7_i64, "equals", "7"), Ok(false), "no conversion");
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert!(holds("a", "contains", "a").is_err());
        assert!(holds("x", "<", "1").is_err());
        assert!(holds("2024-01-01", "date_before", "2024-01-01T00:00Z").is_err());
        assert!(holds("a", "nonsense", "a").is_err());
        assert!(holds("a", "matches", "(?=a)").is_err());
        assert!(holds("a", "<", "one").is_err());
    }

    #[test]
    fn missing_data_does_as_the_policy_says() {
        let condition = |missing: &str| {
            Condition::compile(&ConditionDef {
                section: "token".into(),
                key: "serial".into(),
                comparator: "equals".into(),
                value: "x".into(),
                active: true,
                missing: Some(missing.into()),
            })
            .holds(&Facts::default())
        };
        assert!(condition("raise_error").is_err());
        assert!(condition("").is_err());
        assert_eq!(condition("condition_is_true"), Ok(true));
        assert_eq!(condition("condition_is_false"), Ok(false));
        assert!(condition("nonsense").is_err());
    }
}
