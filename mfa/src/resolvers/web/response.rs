//! The map of an answer: our name to text with the names of the answer in braces.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::path;
use super::template::{Part, Template};

/// A compiled map.
#[derive(Clone, Default)]
pub(in crate::resolvers) struct ResponseMap(BTreeMap<String, Piece>);

#[derive(Clone)]
enum Piece {
    Fixed(Value),
    Text(Template),
}

impl ResponseMap {
    /// Reads the JSON text of a map; empty text is an empty map.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(in crate::resolvers) fn read(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let map: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|e| format!("a JSON object is expected: {e}"))?;
        let is_tag = |name: &str| !name.is_empty() && name.len() <= path::LONGEST && !name.contains(['"', ' ']);
        let piece = |value| match value {
            Value::String(text) => Piece::Text(Template::read(&text, is_tag)),
            other => Piece::Fixed(other),
        };
        Ok(Self(map.into_iter().map(|(name, value)| (name, piece(value))).collect()))
    }

    /// Whether nothing is mapped.
    pub(in crate::resolvers) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names that it delivers.
    pub(in crate::resolvers) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Names that are nothing but a tag, and where its value is.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, piece)| match piece {
            Piece::Text(template) => Some((name.as_str(), template.only_tag()?)),
            Piece::Fixed(_) => None,
        })
    }

    /// The mapped answer; what the answer lacks is left out.
    pub(in crate::resolvers) fn apply(&self, answer: &Value) -> Map<String, Value> {
        self.0.iter().filter_map(|(name, piece)| Some((name.clone(), piece.apply(answer)?))).collect()
    }
}

impl Piece {
    fn apply(&self, answer: &Value) -> Option<Value> {
        let template = match self {
            Self::Fixed(value) => return Some(value.clone()),
            Self::Text(template) => template,
        };
        if let Some(whole) = template.only_tag() {
            return path::find(answer, whole);
        }
        let mut out = String::new();
        for part in &template.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Tag(name, _) => out.push_str(&text_of(&path::find(answer, name)?)?),
            }
        }
        Some(Value::String(out))
    }
}

/// A scalar as text.
pub(in crate::resolvers) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_mapped() {
        let map = ResponseMap::read(
            r#"{"username": "{Username}", "phone": "{Phones[0].Phone}", "name": "{first} {last}", "fixed": "x", "n": 3, "none": "{nothing}", "all": "{list}"}"#,
        )
        .unwrap();
        let answer = json!({ "Username": "hans", "Phones": [{ "Phone": "1" }], "first": "Hans", "last": 7, "list": ["a"] });
        let expected = json!({ "username": "hans", "phone": "1", "name": "Hans 7", "fixed": "x", "n": 3, "all": ["a"] });
        assert_eq!(Value::Object(map.apply(&answer)), expected);
        assert!(ResponseMap::read("[1]").is_err() && ResponseMap::read(" ").unwrap().is_empty());
    }
}
