//! The standard claims (OpenID Connect Core 5.1) as a table: name, scope, type, attributes that fill it.

use serde_json::{Map, Value};

use super::facts::{Facts, texts};

/// Of which type a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// True or false.
    Flag,
    /// A whole number, such as seconds since the epoch.
    Number,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    Birthdate,
    /// The address object (Core 5.1.1); its members come from attributes of their own.
    Address,
}

/// One claim.
#[derive(Debug)]
pub(super) struct Claim {
    /// Its name.
    pub name: &'static str,
    /// The scope that asks for it.
    pub scope: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Attributes that fill it; the first that is there counts.
    pub from: &'static [&'static str],
}

macro_rules! claims {
    ($($scope:literal { $($name:literal $kind:ident [$($from:literal),*];)+ })+) => {
        /// The table.
        pub(super) static CLAIMS: &[Claim] = &[$($(
            Claim { name: $name, scope: $scope, kind: Kind::$kind, from: &[$name $(, $from)*] },
        )+)+];
        /// Names of all claims, for metadata.
        pub static NAMES: &[&str] = &[$($($name),+),+];
    };
}

claims! {
    "profile" {
        "name" Text ["display_name", "cn"];
        "family_name" Text ["surname", "sn"];
        "given_name" Text ["givenname"];
        "middle_name" Text [];
        "nickname" Text [];
        "preferred_username" Text ["username", "login"];
        "profile" Text [];
        "picture" Text [];
        "website" Text [];
        "gender" Text [];
        "birthdate" Birthdate [];
        "zoneinfo" Text ["timezone"];
        "locale" Text ["language"];
        "updated_at" Number [];
    }
    "email" {
        "email" Text ["mail"];
        "email_verified" Flag [];
    }
    "address" {
        "address" Address [];
    }
    "phone" {
        "phone_number" Text ["phone", "mobile"];
        "phone_number_verified" Flag [];
    }
}

/// Members of the address claim and the attributes that fill them.
static ADDRESS: &[(&str, &[&str])] = &[
    ("formatted", &["address_formatted"]),
    ("street_address", &["street_address", "street"]),
    ("locality", &["locality", "city"]),
    ("region", &["region", "state"]),
    ("postal_code", &["postal_code", "zip"]),
    ("country", &["country"]),
];

pub(super) fn by_name(name: &str) -> Option<&'static Claim> {
    CLAIMS.iter().find(|claim| claim.name == name)
}

impl Kind {
    /// A text as a value of this type, if it has the form.
    pub(super) fn read(self, text: String) -> Option<Value> {
        match self {
            Self::Text => Some(Value::from(text)),
            Self::Flag => flag(&text).map(Value::from),
            Self::Number => text.parse::<i64>().ok().map(Value::from),
            Self::Birthdate => is_birthdate(&text).then(|| Value::from(text)),
            Self::Address => Some(Value::Object(Map::from_iter([("formatted".to_owned(), Value::from(text))]))),
        }
    }
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

fn is_birthdate(date: &str) -> bool {
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = date.split('-').collect();
    match parts[..] {
        [year] => digits(year, 4),
        [year, month, day] => digits(year, 4) && digits(month, 2) && digits(day, 2),
        _ => false,
    }
}

/// The address of a person: an attribute that holds it as a whole, and attributes of its members; with the attributes used.
pub(super) fn address<'n>(facts: &Facts<'_>, whole: &'n [String]) -> Option<(Value, Vec<&'n str>)> {
    let first = |value: &Value| texts(value).into_iter().next();
    let mut used = Vec::new();
    let mut members: Map<String, Value> = Map::new();
    if let Some((name, value)) = whole.iter().find_map(|name| Some((name, facts.get(name)?))) {
        match &*value {
            Value::Object(given) => {
                let known = given.iter().filter(|(name, _)| ADDRESS.iter().any(|(member, _)| member == name));
                members.extend(known.filter_map(|(name, value)| Some((name.clone(), Value::from(first(value)?)))));
            }
            line => members.extend(first(line).map(|line| ("formatted".to_owned(), Value::from(line)))),
        }
        used.extend((!members.is_empty()).then_some(name.as_str()));
    }
    for (member, from) in ADDRESS {
        let found = from.iter().find_map(|name| Some((*name, first(&*facts.get(name)?)?)));
        if let Some((name, value)) = found.filter(|_| !members.contains_key(*member)) {
            members.insert((*member).to_owned(), Value::from(value));
            used.push(name);
        }
    }
    (!members.is_empty()).then_some((Value::Object(members), used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert!(is_birthdate("1815") && is_birthdate("0000-12-10") && !is_birthdate("1815-12") && !is_birthdate("10.12.1815"));
        assert_eq!((flag("Yes"), flag("0"), flag("maybe")), (Some(true), Some(false), None));
        assert_eq!(Kind::Number.read("soon".to_owned()), None);
        assert_eq!(NAMES.len(), 19);
    }
}
