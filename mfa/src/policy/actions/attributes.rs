//! Scopes `admin` and `user`: which custom attributes may be set and deleted.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{ActionValue, Scope, ValueType, Words};

/// Which values which attributes may get: `key: v1 v2 key2: *`. The key and the value `*` stand for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settable(pub BTreeMap<String, BTreeSet<String>>);

impl Settable {
    /// Any value of any attribute.
    pub fn anything() -> Self {
        Self(BTreeMap::from([("*".to_owned(), BTreeSet::from(["*".to_owned()]))]))
    }

    /// What this or `more` allows.
    #[must_use]
    pub fn with(mut self, more: Self) -> Self {
        for (key, values) in more.0 {
            self.0.entry(key).or_default().extend(values);
        }
        self
    }

    /// Whether the attribute may get the value.
    pub fn allows(&self, key: &str, value: &str) -> bool {
        let lists = [key, "*"].into_iter().filter_map(|name| self.0.get(name));
        lists.flatten().any(|allowed| allowed == "*" || allowed == value)
    }
}

impl ActionValue for Settable {
    const TYPE: ValueType = ValueType::Str;

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "attributes with a colon and the values that they may get, such as `team: red blue city: *`, are expected";
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut key: Option<String> = None;
        for word in text.split_whitespace() {
            // Some write `:key: value`.
            let (name, value) = match word.trim_start_matches(':').split_once(':') {
                Some((name, value)) => (Some(name), value),
                None => (None, word),
            };
            if let Some(name) = name {
                if name.is_empty() {
                    return Err(wrong().to_owned());
                }
                all.entry(name.to_owned()).or_default();
                key = Some(name.to_owned());
            }
            if !value.is_empty() {
                let key = key.as_ref().ok_or_else(wrong)?;
                all.entry(key.clone()).or_default().insert(value.to_owned());
            }
        }
        if all.is_empty() || all.values().any(BTreeSet::is_empty) {
            return Err(wrong().to_owned());
        }
        Ok(Self(all))
    }
}

crate::actions! { Scope::Admin, Scope::User;
    /// Custom attributes that may be set, each with its values, such as `team: red blue city: *`; `*: *` for all.
    SET_CUSTOM_USER_ATTRIBUTES: Settable = "set_custom_user_attributes", group "user";
    /// Custom attributes that may be deleted, space separated; `*` for all.
    DELETE_CUSTOM_USER_ATTRIBUTES: Words = "delete_custom_user_attributes", group "user";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_set() {
        let team = Settable::parse("team: red blue city: *").unwrap();
        assert!(
            team.allows("team", "red") && !team.allows("team", "green") && team.allows("city", "Bern") && !team.allows("x", "y")
        );
        for all in ["*:*", "*: *", ":*: *"] {
            assert!(Settable::parse(all).unwrap() == Settable::anything(), "{all}");
        }
        let mixed = Settable::parse(":hello: one two :hello2: * :*: three").unwrap();
        assert!(
            mixed.allows("hello", "two")
                && mixed.allows("hello2", "x")
                && mixed.allows("any", "three")
                && !mixed.allows("hello", "four")
        );
        assert!(Settable::parse("a:1").unwrap().with(Settable::parse("a:2").unwrap()).allows("a", "2"));
        for wrong in ["", "red", "red team: blue", "team:", "::", "team: city: x"] {
            assert!(Settable::parse(wrong).is_err(), "{wrong}");
        }
    }
}
