//! Attributes of people (and, in the same form, of tokens): what resolvers deliver and policies compare.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The value of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Attribute {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text: the usual case.
    Text(String),
    /// Several texts, such as telephone numbers or groups.
    List(Vec<String>),
}

impl Attribute {
    /// The text, or the first text of a list.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(list) => list.first().map(String::as_str),
            Self::Bool(_) | Self::Int(_) => None,
        }
    }

    /// All texts in it.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(list) => list,
            Self::Bool(_) | Self::Int(_) => &[],
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(b) => f.write_str(if *b { "True" } else { "False" }),
            Self::Int(n) => n.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::List(list) => f.write_str(&list.join(", ")),
        }
    }
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Attribute {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<i64> for Attribute {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<Vec<String>> for Attribute {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}

/// Attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;
