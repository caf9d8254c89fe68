//! Filters (RFC 7644 section 3.4.2.2): read once against the attributes of a resource, then asked about many.
//!
//! A filter is bounded in length, depth and number of comparisons, so that asking it costs little. What names one resource by an
//! index ([`Filter::key`]) is looked up; everything else is asked about one resource after the other.

mod compare;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::Object;
use super::path::Path;
use super::schema::Attr;

pub use parser::Within;

/// Bytes of a filter at most.
pub const MAX_LENGTH: usize = 4096;
/// Parentheses, brackets and negations within each other at most.
pub const MAX_DEPTH: usize = 16;
/// Comparisons in one filter at most.
pub const MAX_TERMS: usize = 64;

/// Operators that compare (RFC 7644 table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal to.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal to.
    Le,
}

impl Op {
    const ALL: [(&'static str, Self); 9] = [
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("co", Self::Co),
        ("sw", Self::Sw),
        ("ew", Self::Ew),
        ("gt", Self::Gt),
        ("ge", Self::Ge),
        ("lt", Self::Lt),
        ("le", Self::Le),
    ];

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, op)| *op)
    }

    const fn orders(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }
}

/// A condition on a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All hold.
    And(Vec<Filter>),
    /// Any holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// There is a value.
    Present(Path),
    /// A value compares so.
    Compare(Path, Op, Value),
    /// One of the objects of an attribute meets a condition of its own.
    Any(Path, Box<Filter>),
    /// The same for every resource: it is about an attribute that resources of this type do not have (section 3.4.2.1).
    Always(bool),
}

/// What names a resource by an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key<'f> {
    /// Its identifier.
    Id(&'f str),
    /// The client's identifier.
    External(&'f str),
    /// Its name: `userName` or the `displayName` of a group.
    Name(&'f str),
}

impl Filter {
    /// Whether a resource meets it.
    pub fn admits(&self, resource: &Object) -> bool {
        match self {
            Self::And(all) => all.iter().all(|f| f.admits(resource)),
            Self::Or(any) => any.iter().any(|f| f.admits(resource)),
            Self::Not(not) => !not.admits(resource),
            Self::Present(path) => present(path, resource),
            Self::Compare(path, op, literal) => compare::holds(path, *op, literal, resource),
            Self::Any(path, inner) => path.values(resource).into_iter().filter_map(Value::as_object).any(|o| inner.admits(o)),
            Self::Always(holds) => *holds,
        }
    }

    /// The index by which all that meet it are found among few: an equality that must hold. `name` is the attribute that
    /// names resources of this type.
    pub fn key(&self, name: &str) -> Option<Key<'_>> {
        match self {
            Self::And(all) => all.iter().find_map(|f| f.key(name)),
            Self::Compare(Path { extension: None, attr, sub: None }, Op::Eq, Value::String(text)) => match attr.name {
                "id" => Some(Key::Id(text)),
                "externalId" => Some(Key::External(text)),
                other if other == name => Some(Key::Name(text)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it asks about an attribute of the core schema.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().any(|f| f.mentions(name)),
            Self::Not(not) => not.mentions(name),
            Self::Present(path) | Self::Compare(path, ..) | Self::Any(path, _) => {
                path.extension.is_none() && path.attr.name == name
            }
            Self::Always(_) => false,
        }
    }

    /// What an object must hold to meet an equality with each of its parts, where that is all that is asked: `type eq "work"`.
    pub fn equalities(&self) -> Option<Vec<(&'static Attr, &Value)>> {
        match self {
            Self::And(all) => all.iter().map(Self::equalities).collect::<Option<Vec<_>>>().map(|all| all.concat()),
            Self::Compare(Path { attr, sub: None, .. }, Op::Eq, value) => Some(vec![(attr, value)]),
            _ => None,
        }
    }
}

/// Whether there is a value: not null, no empty text or list, no object without values (RFC 7644 table 3, `pr`).
fn present(path: &Path, resource: &Object) -> bool {
    fn filled(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => items.iter().any(filled),
            Value::Object(members) => members.values().any(filled),
            Value::Bool(_) | Value::Number(_) => true,
        }
    }
    path.values(resource).into_iter().any(|value| match path.sub {
        Some(sub) => value.get(sub.name).is_some_and(filled),
        None => filled(value),
    })
}
