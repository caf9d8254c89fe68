//! What is known about a person, as claims are filled from it.

use std::borrow::Cow;

use serde_json::Value;

use crate::ports::Person;

/// Names that always mean what we know ourselves, whatever a resolver calls so.
pub const OWN: &[&str] = &["username", "realm"];

/// The attributes of a person, and under names of their own: `username`, `realm` and (unless a resolver knows better) `display_name`.
pub(super) struct Facts<'p>(pub(super) &'p Person);

impl<'p> Facts<'p> {
    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'p, Value>> {
        let own = |text: &str| (!text.is_empty()).then(|| Cow::Owned(Value::from(text)));
        match name {
            "username" => own(&self.0.login),
            "realm" => own(&self.0.realm),
            _ => match self.0.attributes.get(name) {
                Some(value) => Some(Cow::Borrowed(value)),
                None if name == "display_name" => own(&self.0.display_name),
                None => None,
            },
        }
    }

    /// The texts of an attribute that are not empty; of a list all, in order. Numbers and truth values count as text.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.get(name).map(|value| texts(&value)).unwrap_or_default()
    }
}

/// The texts in a value that are not empty.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Array(list) => list.iter().flat_map(|item| if item.is_array() { Vec::new() } else { texts(item) }).collect(),
        Value::String(_) | Value::Object(_) | Value::Null => Vec::new(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use kernel::ids::PersonId;
    use kernel::{Entropy, Timestamp};
    use serde_json::json;

    use super::*;

    /// `ada` of the realm `default`, with these attributes.
    pub(in crate::claims) fn person(attributes: Value) -> Person {
        Person {
            id: PersonId::new(&Entropy::seeded(1), Timestamp(0)),
            login: "ada".to_owned(),
            realm: "default".to_owned(),
            display_name: String::new(),
            attributes: serde_json::from_value(attributes).unwrap(),
            auth_epoch: 0,
            enabled: true,
        }
    }

    #[test]
    fn nobody_renames_themselves() {
        let person =
            person(json!({"username": "root", "realm": "admins", "display_name": "Ada", "l": ["a", "", 1, ["b"], {}, null]}));
        let facts = Facts(&person);
        assert_eq!((facts.texts("username"), facts.texts("realm")), (vec!["ada".to_owned()], vec!["default".to_owned()]));
        assert_eq!(facts.texts("display_name"), ["Ada"]);
        assert_eq!(facts.texts("l"), ["a", "1"]);
        assert!(facts.texts("none").is_empty());
    }
}
