//! The text syntax of actions: `name, name=value, name='value with blanks', name=with\, comma`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Actions of a policy by name, with the text of their value; `None` stands for `true`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionValues(pub BTreeMap<String, Option<String>>);

impl Serialize for ActionValues {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(
            self.0
                .iter()
                .map(|(name, value)| (name, value.clone().map_or(serde_json::Value::Bool(true), serde_json::Value::String))),
        )
    }
}

impl<'de> Deserialize<'de> for ActionValues {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(d)?;
        Self::from_json(&json).map_err(serde::de::Error::custom)
    }
}

impl ActionValues {
    /// Reads text, a list of texts, or an object of name to value (`false` and null leave the action out).
    ///
    /// # Errors
    /// Says what cannot be read.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, String> {
        use serde_json::Value as Json;
        match json {
            Json::Null => Ok(Self::default()),
            Json::String(text) => parse_actions(text),
            Json::Array(list) => {
                let mut all = Self::default();
                for item in list {
                    let text = item.as_str().ok_or("a list of actions holds texts")?;
                    all.0.extend(parse_actions(text)?.0);
                }
                Ok(all)
            }
            Json::Object(map) => {
                let mut all = BTreeMap::new();
                for (name, value) in map {
                    let value = match value {
                        Json::Bool(false) | Json::Null => continue,
                        Json::Bool(true) => None,
                        Json::String(text) => Some(text.clone()),
                        Json::Number(n) => Some(n.to_string()),
                        Json::Array(words) => {
                            let words: Option<Vec<&str>> = words.iter().map(Json::as_str).collect();
                            Some(words.ok_or_else(|| format!("`{name}`: a list of words is expected"))?.join(" "))
                        }
                        Json::Object(_) => return Err(format!("`{name}`: an object is no value of an action")),
                    };
                    all.insert(name.trim().to_owned(), value);
                }
                Ok(Self(all))
            }
            Json::Bool(_) | Json::Number(_) => Err("actions are text, a list or an object".to_owned()),
        }
    }
}

/// Reads the text form.
///
/// # Errors
/// When a quote is not closed.
pub fn parse_actions(text: &str) -> Result<ActionValues, String> {
    let mut actions = BTreeMap::new();
    for item in split(text)? {
        let (name, value) = match item.split_once('=') {
            Some((name, value)) => (name.trim(), Some(unquote(value.trim()).to_owned())),
            None => (item.trim(), None),
        };
        if name.is_empty() {
            if value.is_some() {
                return Err(format!("`{}`: an action has a name before the equals sign", item.trim()));
            }
            continue;
        }
        actions.insert(name.to_owned(), value);
    }
    Ok(ActionValues(actions))
}

/// Splits at commas that are neither escaped nor quoted. A quote counts only where a value begins.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&',') => {
                chars.next();
                item.push(',');
            }
            '\'' if quoted => {
                quoted = false;
                item.push(c);
            }
            '\'' if item.trim_end().ends_with('=') && item.matches('=').count() == 1 => {
                quoted = true;
                item.push(c);
            }
            ',' if !quoted => items.push(std::mem::take(&mut item)),
            _ => item.push(c),
        }
    }
    if quoted {
        return Err(format!("`{}`: the quote is not closed", item.trim()));
    }
    items.push(item);
    Ok(items)
}

fn unquote(value: &str) -> &str {
    value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')).unwrap_or(value)
}

/// Writes the text form; [`parse_actions`] reads it back.
pub fn write_actions(actions: &ActionValues) -> String {
    let write = |(name, value): (&String, &Option<String>)| match value {
        None => name.clone(),
        Some(value) if value.trim() != value || value.contains('\'') => format!("{name}='{}'", value.replace(',', "\\,")),
        Some(value) => format!("{name}={}", value.replace(',', "\\,")),
    };
    actions.0.iter().map(write).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>)> {
        parse_actions(text).unwrap().0.into_iter().collect()
    }

    fn pair(name: &str, value: Option<&str>) -> (String, Option<String>) {
        (name.to_owned(), value.map(str::to_owned))
    }

    #[test]
    fn reads_names_values_quotes_and_escapes() {
        assert_eq!(read("enable, otppin=userstore"), [pair("enable", None), pair("otppin", Some("userstore"))]);
        assert_eq!(read("text=' a, b '"), [pair("text", Some(" a, b "))]);
        assert_eq!(read(r"text=a\, b=c"), [pair("text", Some("a, b=c"))]);
        assert_eq!(read("*, -delete, !reset"), [pair("!reset", None), pair("*", None), pair("-delete", None)]);
        assert_eq!(read("  "), []);
        assert_eq!(read("text=it's"), [pair("text", Some("it's"))]);
        assert!(parse_actions("text='open").is_err());
        assert!(parse_actions("=5").is_err());
    }

    #[test]
    fn reads_lists_and_objects() {
        let json = serde_json::json!({"enable": true, "delete": false, "max_fail": 5, "kinds": ["hotp", "totp"]});
        let read: Vec<_> = ActionValues::from_json(&json).unwrap().0.into_iter().collect();
        assert_eq!(read, [pair("enable", None), pair("kinds", Some("hotp totp")), pair("max_fail", Some("5"))]);
        let list = serde_json::json!(["enable", "otppin=none"]);
        assert_eq!(ActionValues::from_json(&list).unwrap().0.len(), 2);
        assert!(ActionValues::from_json(&serde_json::json!({"a": {}})).is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back(map in proptest::collection::btree_map("[a-z_]{1,8}", proptest::option::of("[ -~]{0,12}"), 0..5)) {
            // A backslash before a comma and a lone pair of quotes have no spelling of their own in this syntax.
            proptest::prop_assume!(map.values().flatten().all(|v| !v.contains('\\') && !v.contains('\'')));
            let actions = ActionValues(map);
            proptest::prop_assert_eq!(parse_actions(&write_actions(&actions)).unwrap(), actions);
        }

        #[test]
        fn reading_never_panics(text in ".{0,200}") {
            let _ = parse_actions(&text);
        }
    }
}
