//! The standard claims (OpenID Connect Core 5.1) as a table: name, scope, type, attributes that fill it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Attributes;

/// Of which type a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// True or false.
    Flag,
    /// Seconds since the epoch.
    Seconds,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    Birthdate,
    /// The address object (Core 5.1.1); its members come from attributes of their own.
    Address,
}

/// One claim.
#[derive(Debug)]
pub struct Claim {
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
        "updated_at" Seconds [];
    }
    "email" {
        "email" Text ["mail"];
        "email_verified" Flag [];
    }
    "address" {
        "address" Address [];
    }
    "phone" {
        "phone_number" Text ["mobile", "phone"];
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

/// Whether `name` is a standard claim.
pub fn is_standard(name: &str) -> bool {
    by_name(name).is_some()
}

impl Claim {
    /// Its value, if the person has it in the right form.
    pub fn value(&self, attributes: &Attributes, renamed: &BTreeMap<String, String>) -> Option<Value> {
        let found = match renamed.get(self.name) {
            Some(other) => attributes.get(other),
            None => self.from.iter().find_map(|name| attributes.get(*name)),
        };
        match self.kind {
            Kind::Text => text(found?).map(Value::from),
            Kind::Flag => flag(found?).map(Value::from),
            Kind::Seconds => seconds(found?).map(Value::from),
            Kind::Birthdate => text(found?).filter(|date| is_birthdate(date)).map(Value::from),
            Kind::Address => address(found, attributes),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        // Directories give lists; the first value counts.
        Value::Array(list) => list.first().and_then(text),
        _ => None,
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        other => match text(other)?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
    }
}

fn seconds(value: &Value) -> Option<i64> {
    text(value)?.parse().ok()
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

fn address(whole: Option<&Value>, attributes: &Attributes) -> Option<Value> {
    let mut members: Map<String, Value> = match whole {
        Some(Value::Object(given)) => {
            let known = given.iter().filter(|(name, _)| ADDRESS.iter().any(|(member, _)| member == name));
            known.filter_map(|(name, value)| Some((name.clone(), Value::from(text(value)?)))).collect()
        }
        Some(line) => text(line).map(|line| ("formatted".to_owned(), Value::from(line))).into_iter().collect(),
        None => Map::new(),
    };
    for (member, from) in ADDRESS {
        let value = from.iter().find_map(|name| attributes.get(*name)).and_then(text);
        if let Some(value) = value.filter(|_| !members.contains_key(*member)) {
            members.insert((*member).to_owned(), Value::from(value));
        }
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::claims::{for_names, for_scopes};
    use crate::oidc::scope::Scopes;

    fn person(value: Value) -> Attributes {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn all_claims_with_their_types() {
        let person = person(json!({
            "name": "Ada Lovelace", "sn": "Lovelace", "givenname": "Ada", "middle_name": "K", "nickname": "ada", "username": "ada",
            "profile": "https://p", "picture": "https://i", "website": "https://w", "gender": "female", "birthdate": "1815-12-10",
            "zoneinfo": "Europe/London", "locale": "en-GB", "updated_at": "1700000000", "email": ["ada@example.org", "b@example.org"],
            "email_verified": "true", "street": "1 Row", "city": "London", "phone": "+44 1", "phone_number_verified": false,
        }));
        let scopes = Scopes::parse("openid profile email address phone").unwrap();
        let claims = for_scopes(&scopes, &person, &BTreeMap::new());
        assert_eq!(claims.len(), NAMES.len());
        assert_eq!(NAMES.len(), 19);
        assert_eq!(claims["family_name"], "Lovelace");
        assert_eq!(claims["preferred_username"], "ada");
        assert_eq!(claims["updated_at"], 1_700_000_000);
        assert_eq!(claims["email"], "ada@example.org");
        assert_eq!(claims["email_verified"], true);
        assert_eq!(claims["phone_number_verified"], false);
        assert_eq!(claims["address"], json!({"street_address": "1 Row", "locality": "London"}));
        assert_eq!(for_scopes(&Scopes::parse("openid").unwrap(), &person, &BTreeMap::new()).len(), 0);
    }

    #[test]
    fn wrong_types_are_left_out() {
        let person =
            person(json!({"name": "", "birthdate": "10.12.1815", "updated_at": "soon", "email_verified": "maybe", "gender": {}}));
        let scopes = Scopes::parse("profile email").unwrap();
        assert_eq!(for_scopes(&scopes, &person, &BTreeMap::new()).len(), 0);
        assert!(is_birthdate("1815") && is_birthdate("0000-12-10") && !is_birthdate("1815-12"));
    }

    #[test]
    fn a_client_may_rename_and_is_held_to_its_scopes() {
        let person = person(json!({"email": "a@example.org", "work_mail": "w@example.org", "nickname": "a"}));
        let renamed = BTreeMap::from([("email".to_owned(), "work_mail".to_owned())]);
        let allowed = Scopes::parse("openid email").unwrap();
        let claims = for_names(["email", "nickname", "unknown"].into_iter(), &allowed, &person, &renamed);
        assert_eq!(Value::Object(claims), json!({"email": "w@example.org"}));
    }
}
