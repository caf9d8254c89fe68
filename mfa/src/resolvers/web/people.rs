//! A person from JSON: bounded, checked, mapped.

use std::collections::BTreeMap;

use serde_json::Value;

use super::path;
use super::plausible;
use super::response::{ResponseMap, text_of};
use crate::people::{Attribute, Attributes};
use crate::resolvers::{Entry, Standing};

/// Longest value that is kept, in bytes.
const MAX_VALUE: usize = 16 * 1024;
/// Values of one attribute at most.
const MAX_VALUES: usize = 2_000;
const MAX_ATTRIBUTES: usize = 64;

/// Where in a record what is.
#[derive(Clone, Debug)]
pub(in crate::resolvers) struct PeopleMap {
    /// The path of the uid.
    pub(in crate::resolvers) uid: String,
    /// The path of the login name.
    pub(in crate::resolvers) login: String,
    /// Our attribute to the path in a record.
    pub(in crate::resolvers) attributes: BTreeMap<String, String>,
}

impl PeopleMap {
    /// Reads the JSON text of a map from our attributes to names in a record; `uid` and `login` hold where it does not say.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(in crate::resolvers) fn read(text: &str, uid: &str, login: &str) -> Result<Self, String> {
        let text = if text.trim().is_empty() { "{}" } else { text };
        let map: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|e| format!("a JSON object of texts is expected: {e}"))?;
        Self::of(map, uid, login)
    }

    /// The map of these pairs.
    ///
    /// # Errors
    /// As [`PeopleMap::read`].
    pub(in crate::resolvers) fn of(map: BTreeMap<String, String>, uid: &str, login: &str) -> Result<Self, String> {
        let mut attributes = BTreeMap::new();
        for (ours, theirs) in map {
            let (ours, theirs) = (ours.trim(), theirs.trim());
            if theirs.is_empty() {
                continue;
            }
            if ours.is_empty() || ours.len() > 64 || ours.chars().any(char::is_control) {
                return Err(format!("`{ours}` is no name of an attribute"));
            }
            if theirs.len() > path::LONGEST || theirs.chars().any(char::is_control) {
                return Err(format!("`{theirs}` is no name in a record"));
            }
            attributes.insert(ours.to_owned(), theirs.to_owned());
        }
        if attributes.len() > MAX_ATTRIBUTES {
            return Err(format!("more than {MAX_ATTRIBUTES} attributes"));
        }
        let uid = attributes.remove("userid").unwrap_or_else(|| uid.to_owned());
        let login = attributes.remove("username").unwrap_or_else(|| login.to_owned());
        attributes.remove("password");
        Ok(Self { uid, login, attributes })
    }

    /// The name in a record of an attribute, `username` and `userid` included.
    pub(in crate::resolvers) fn theirs(&self, ours: &str) -> Option<&str> {
        match ours {
            "userid" => Some(&self.uid),
            "username" => Some(&self.login),
            other => self.attributes.get(other).map(String::as_str),
        }
    }

    /// Of whom a record tells, also where nothing else in it can be used.
    pub(in crate::resolvers) fn uid_of(&self, record: &Value, response: &ResponseMap) -> Option<String> {
        value(record, mapped(record, response).as_ref(), "userid", &self.uid).as_ref().and_then(text_of)
    }

    /// The person of a record; `None` without a uid or login name that could be used. With a response mapping, values are looked up in
    /// what it makes of the record: by their name there, or by ours.
    pub(in crate::resolvers) fn entry(&self, record: &Value, response: &ResponseMap, standing: Standing) -> Option<Entry> {
        let mapped = mapped(record, response);
        let value = |ours: &str, theirs: &str| value(record, mapped.as_ref(), ours, theirs);
        let name = |ours, theirs| value(ours, theirs).as_ref().and_then(text_of).filter(|text| plausible(text));
        let (uid, login) = (name("userid", &self.uid)?, name("username", &self.login)?);
        let mut attributes = Attributes::new();
        let more = response.names().filter(|ours| !matches!(*ours, "userid" | "username" | "password")).map(|ours| (ours, ours));
        for (ours, theirs) in self.attributes.iter().map(|(ours, theirs)| (ours.as_str(), theirs.as_str())).chain(more) {
            if let Some(value) = value(ours, theirs).as_ref().and_then(attribute) {
                attributes.entry(ours.to_owned()).or_insert(value);
            }
        }
        Some(Entry { uid, login, attributes, standing })
    }
}

fn mapped(record: &Value, response: &ResponseMap) -> Option<Value> {
    if response.is_empty() { None } else { Some(Value::Object(response.apply(record))) }
}

fn value(record: &Value, mapped: Option<&Value>, ours: &str, theirs: &str) -> Option<Value> {
    match mapped {
        Some(mapped) => path::find(mapped, theirs).or_else(|| mapped.get(ours).cloned()),
        None => path::find(record, theirs),
    }
}

/// A value as an attribute: no value when it is empty, too long, or has a structure of its own.
pub(in crate::resolvers) fn attribute(value: &Value) -> Option<Attribute> {
    let clean = |text: &str| !text.is_empty() && text.len() <= MAX_VALUE && !text.contains('\0');
    match value {
        Value::String(text) => clean(text).then(|| text.as_str().into()),
        Value::Bool(flag) => Some((*flag).into()),
        Value::Number(number) => Some(number.as_i64().map_or_else(|| number.to_string().into(), Attribute::Int)),
        Value::Array(list) => {
            let texts = list.iter().flat_map(|each| match each {
                Value::Array(inner) => inner.as_slice(),
                one => std::slice::from_ref(one),
            });
            let texts: Vec<String> = texts.filter_map(text_of).filter(|text| clean(text)).take(MAX_VALUES).collect();
            (!texts.is_empty()).then_some(Attribute::List(texts))
        }
        Value::Null | Value::Object(_) => None,
    }
}
