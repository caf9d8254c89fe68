//! The raw parameters of a request: name to value, bounded, read by type.

use std::collections::BTreeMap;

use kernel::SecretText;
use serde_json::Value;

/// Parameters at most.
const MAX_COUNT: usize = 300;
/// Bytes of one name.
const MAX_NAME: usize = 255;
/// Bytes of one text.
const MAX_TEXT: usize = 1 << 20;

/// A parameter is missing or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// It is needed and not there, or empty.
    #[error("Missing parameter: {0}")]
    Missing(String),
    /// It is there and wrong.
    #[error("Parameter {name}: {what}")]
    Wrong {
        /// The parameter.
        name: String,
        /// What was expected.
        what: String,
    },
    /// All of them together are too many or too long.
    #[error("{0}")]
    Bounds(&'static str),
}

impl ParamError {
    /// A parameter that is there and wrong.
    pub fn wrong(name: &str, what: impl Into<String>) -> Self {
        Self::Wrong { name: name.to_owned(), what: what.into() }
    }
}

/// Parameters of one request. Not `Debug`: passwords and codes are among them.
#[derive(Clone, Default)]
pub struct Params {
    values: BTreeMap<String, Value>,
    changed: bool,
}

impl Params {
    /// Takes the parameters as a door has merged them.
    ///
    /// # Errors
    /// [`ParamError::Bounds`].
    pub fn new(values: BTreeMap<String, Value>) -> Result<Self, ParamError> {
        if values.len() > MAX_COUNT {
            return Err(ParamError::Bounds("too many parameters"));
        }
        let long = |(name, value): (&String, &Value)| name.len() > MAX_NAME || value.as_str().is_some_and(|t| t.len() > MAX_TEXT);
        if values.iter().any(long) {
            return Err(ParamError::Bounds("a parameter is too long"));
        }
        Ok(Self { values, changed: false })
    }

    /// Parameters given by code: pages, command line, tests.
    pub fn of<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        let values = pairs.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value.to_owned()))).collect();
        Self { values, changed: false }
    }

    /// The value as it came.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// Whether it is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Text. Numbers and truth values are read as text.
    ///
    /// # Errors
    /// When it is a list or an object.
    pub fn text(&self, name: &str) -> Result<Option<String>, ParamError> {
        match self.raw(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(n)) => Ok(Some(n.to_string())),
            Some(Value::Bool(b)) => Ok(Some(if *b { "True" } else { "False" }.to_owned())),
            Some(_) => Err(ParamError::wrong(name, "text is expected")),
        }
    }

    /// Text that must be there and not empty.
    ///
    /// # Errors
    /// When it is missing, empty or no text.
    pub fn required(&self, name: &str) -> Result<String, ParamError> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| ParamError::Missing(name.to_owned()))
    }

    /// Text that may be missing; empty text counts as missing.
    ///
    /// # Errors
    /// When it is no text.
    pub fn optional(&self, name: &str) -> Result<Option<String>, ParamError> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// A secret. Empty is a value.
    ///
    /// # Errors
    /// When it is no text.
    pub fn secret(&self, name: &str) -> Result<Option<SecretText>, ParamError> {
        Ok(self.text(name)?.map(SecretText::new))
    }

    /// A truth value: see [`truthy`]. Missing is false.
    pub fn flag(&self, name: &str) -> bool {
        self.raw(name).is_some_and(truthy)
    }

    /// A truth value that may be missing.
    pub fn maybe_flag(&self, name: &str) -> Option<bool> {
        self.raw(name).map(truthy)
    }

    /// A whole number in a range.
    ///
    /// # Errors
    /// When it is no number or out of range.
    pub fn number(&self, name: &str, range: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, ParamError> {
        let Some(text) = self.optional(name)? else { return Ok(None) };
        match text.trim().parse::<i64>() {
            Ok(n) if range.contains(&n) => Ok(Some(n)),
            _ => Err(ParamError::wrong(name, format!("a whole number from {} to {} is expected", range.start(), range.end()))),
        }
    }

    /// A list: JSON list, or text with commas. Entries are trimmed; empty ones are dropped.
    ///
    /// # Errors
    /// When it is neither, or an entry is no text.
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>, ParamError> {
        let wrong = || ParamError::wrong(name, "a list, or text with commas, is expected");
        let entries: Vec<String> = match self.raw(name) {
            None => return Ok(None),
            Some(Value::Array(items)) => {
                let text = |item: &Value| match item {
                    Value::String(text) => Some(text.clone()),
                    Value::Number(n) => Some(n.to_string()),
                    _ => None,
                };
                items.iter().map(text).collect::<Option<_>>().ok_or_else(wrong)?
            }
            Some(Value::String(text)) => text.split(',').map(str::to_owned).collect(),
            Some(Value::Number(n)) => vec![n.to_string()],
            Some(_) => return Err(wrong()),
        };
        Ok(Some(entries.into_iter().map(|e| e.trim().to_owned()).filter(|e| !e.is_empty()).collect()))
    }

    /// Sets a parameter, so that it is read again.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.values.insert(name.to_owned(), value.into());
        self.changed = true;
    }

    /// Removes a parameter, so that they are read again.
    pub fn remove(&mut self, name: &str) {
        self.changed |= self.values.remove(name).is_some();
    }

    /// Whether something was set or removed since this was last asked.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Names and texts of what is no secret, for conditions of policies.
    pub(crate) fn open_texts(&self) -> BTreeMap<String, String> {
        const SECRETS: [&str; 9] = ["pass", "password", "otp", "pin", "otppin", "otpkey", "newpin", "verify", "response"];
        let open = self.values.iter().filter(|(name, _)| !SECRETS.contains(&name.to_lowercase().as_str()));
        open.filter_map(|(name, _)| Some((name.clone(), self.text(name).ok()??))).collect()
    }
}

/// Whether a value means yes: true, a number other than zero, or one of the texts `1`, `true`, `yes`, `on`, `y`, `t`.
pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64().is_some_and(|n| n != 0.0),
        Value::String(text) => {
            matches!(text.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on" | "y" | "t")
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn params(json: Value) -> Params {
        Params::new(serde_json::from_value(json).unwrap()).unwrap()
    }

    #[test]
    fn reads_by_type() {
        let p =
            params(json!({"a": "x", "n": 5, "s": "7", "b": true, "l": ["x", " y "], "c": "x, y,,", "e": "", "z": null, "o": {}}));
        assert_eq!(p.text("n").unwrap().as_deref(), Some("5"));
        assert_eq!(p.number("s", 1..=9), Ok(Some(7)));
        assert!(p.number("s", 1..=6).is_err() && p.number("a", 1..=6).is_err());
        assert_eq!(p.list("l").unwrap().unwrap(), ["x", "y"]);
        assert_eq!(p.list("c").unwrap().unwrap(), ["x", "y"]);
        assert_eq!(p.optional("e"), Ok(None));
        assert_eq!(p.required("e"), Err(ParamError::Missing("e".into())));
        assert!(!p.has("z") && p.text("o").is_err() && p.list("o").is_err());
    }

    #[test]
    fn truth() {
        for yes in [json!(true), json!(1), json!("1"), json!("True"), json!("YES")] {
            assert!(truthy(&yes), "{yes}");
        }
        for no in [json!(false), json!(0), json!("0"), json!(""), json!("no"), json!(null), json!([1])] {
            assert!(!truthy(&no), "{no}");
        }
    }

    #[test]
    fn bounds() {
        assert!(Params::new((0..301).map(|n| (n.to_string(), Value::Null)).collect()).is_err());
        assert!(Params::new([("a".to_owned(), Value::String("x".repeat(MAX_TEXT + 1)))].into()).is_err());
    }

    #[test]
    fn secrets_do_not_reach_conditions() {
        let p = params(json!({"user": "hans", "pass": "geheim", "Password": "geheim", "otpkey": "31"}));
        assert_eq!(p.open_texts().into_keys().collect::<Vec<_>>(), ["user"]);
    }
}
