//! Names of attributes in filters, patches and parameters (RFC 7644 section 3.10): `name.givenName`, or the same after the URN of
//! its schema.

use serde_json::Value;

use super::Object;
use super::schema::{Attr, COMMON, Resource, Schema, find};

/// An attribute of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// The extension to which it belongs.
    pub extension: Option<&'static str>,
    /// The attribute.
    pub attr: &'static Attr,
    /// One of its own.
    pub sub: Option<&'static Attr>,
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        let name = |path: &Self| (path.extension, path.attr.name, path.sub.map(|sub| sub.name));
        name(self) == name(other)
    }
}

impl Path {
    /// A path to an attribute alone.
    pub const fn to(attr: &'static Attr) -> Self {
        Self { extension: None, attr, sub: None }
    }

    /// The values of the attribute itself, of several each one.
    pub fn values<'o>(&self, resource: &'o Object) -> Vec<&'o Value> {
        let owner = match self.extension {
            Some(urn) => resource.get(urn).and_then(Value::as_object),
            None => Some(resource),
        };
        match owner.and_then(|owner| owner.get(self.attr.name)) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.iter().collect(),
            Some(one) => vec![one],
        }
    }

    /// The values of what the path names: of a complex attribute that is named alone, its `value`.
    pub fn leaves<'o>(&self, resource: &'o Object) -> Vec<&'o Value> {
        let values = self.values(resource);
        match self.leaf() {
            Some(leaf) if !std::ptr::eq(leaf, self.attr) => values.into_iter().filter_map(|value| value.get(leaf.name)).collect(),
            _ => values,
        }
    }

    /// The attribute whose values are compared: itself, the one named within it, or its `value`.
    pub fn leaf(&self) -> Option<&'static Attr> {
        match self.sub {
            Some(sub) => Some(sub),
            None if self.attr.subs.is_empty() => Some(self.attr),
            None => self.attr.sub("value"),
        }
    }
}

/// What a path names.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// An attribute.
    Attribute(Path),
    /// A whole extension.
    Extension(&'static Schema),
}

fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

impl Resource {
    /// What a name stands for; `None` when the resource has no such attribute.
    pub fn named(&self, text: &str) -> Option<Named> {
        if strip(text, "urn:").is_none() {
            return within(None, &[self.core.attrs, COMMON], text).map(Named::Attribute);
        }
        if let Some(rest) = strip(text, self.core.urn) {
            return within(None, &[self.core.attrs, COMMON], rest.strip_prefix(':')?).map(Named::Attribute);
        }
        let (schema, rest) = self.extensions.iter().find_map(|schema| Some((*schema, strip(text, schema.urn)?)))?;
        match rest.strip_prefix(':') {
            None if rest.is_empty() => Some(Named::Extension(schema)),
            None => None,
            Some(rest) => within(Some(schema.urn), &[schema.attrs], rest).map(Named::Attribute),
        }
    }

    /// As [`Resource::named`], for attributes alone.
    pub fn path(&self, text: &str) -> Option<Path> {
        match self.named(text)? {
            Named::Attribute(path) => Some(path),
            Named::Extension(_) => None,
        }
    }
}

fn within(extension: Option<&'static str>, lists: &[&'static [Attr]], text: &str) -> Option<Path> {
    let (name, sub) = match text.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (text, None),
    };
    let attr = lists.iter().find_map(|attrs| find(attrs, name))?;
    let sub = match sub {
        Some(sub) => Some(attr.sub(sub)?),
        None => None,
    };
    Some(Path { extension, attr, sub })
}
