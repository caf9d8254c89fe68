//! Parts of resources: `attributes` and `excludedAttributes` (RFC 7644 section 3.9).

use serde_json::Value;

use super::Object;
use super::error::{Kind, ScimError};
use super::path::{Named, Path};
use super::schema::{Attr, COMMON, Resource, Returned};

/// Names in one list at most.
const MAX_NAMES: usize = 100;

/// Which attributes are wanted.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    only: Option<Vec<String>>,
    without: Vec<String>,
}

impl Projection {
    /// Reads both lists.
    ///
    /// # Errors
    /// When both are given, or they are too long.
    pub fn new(only: Vec<String>, without: Vec<String>) -> Result<Self, ScimError> {
        if !only.is_empty() && !without.is_empty() {
            return Err(ScimError::new(Kind::InvalidValue, "Give attributes or excludedAttributes, not both."));
        }
        if only.len().max(without.len()) > MAX_NAMES {
            return Err(ScimError::new(Kind::TooMany, "Too many attributes are named."));
        }
        Ok(Self { only: Some(only).filter(|only| !only.is_empty()), without })
    }

    /// Whether the client has said anything.
    pub fn is_everything(&self) -> bool {
        self.only.is_none() && self.without.is_empty()
    }

    /// Whether an attribute of the core schema is part of the answer.
    pub fn wants(&self, resource: &Resource, name: &str) -> bool {
        let is = |path: &Path| path.extension.is_none() && path.attr.name == name;
        match &self.only {
            Some(only) => paths(resource, only).iter().any(is),
            None => !paths(resource, &self.without).iter().any(|path| is(path) && path.sub.is_none()),
        }
    }

    /// The wanted part. What is always returned stays.
    pub fn of(&self, resource: &Resource, mut whole: Object) -> Object {
        match &self.only {
            Some(only) => {
                let mut out = Object::new();
                let always = |name: &str| {
                    COMMON.iter().chain(resource.core.attrs).any(|a| a.name == name && a.returned == Returned::Always)
                };
                for name in whole.keys().filter(|name| *name == "schemas" || always(name)).cloned().collect::<Vec<_>>() {
                    out.extend(whole.remove_entry(&name));
                }
                for name in only {
                    match resource.named(name) {
                        Some(Named::Extension(schema)) => out.extend(whole.remove_entry(schema.urn)),
                        Some(Named::Attribute(path)) => copy(&whole, &mut out, &path),
                        None => {}
                    }
                }
                out
            }
            None => {
                for name in &self.without {
                    match resource.named(name) {
                        Some(Named::Extension(schema)) => drop(whole.remove(schema.urn)),
                        Some(Named::Attribute(path)) if path.attr.returned != Returned::Always => remove(&mut whole, &path),
                        _ => {}
                    }
                }
                whole
            }
        }
    }
}

fn paths(resource: &Resource, names: &[String]) -> Vec<Path> {
    names.iter().filter_map(|name| resource.path(name)).collect()
}

fn copy(whole: &Object, out: &mut Object, path: &Path) {
    let from = match path.extension {
        Some(urn) => whole.get(urn).and_then(Value::as_object),
        None => Some(whole),
    };
    let Some(value) = from.and_then(|from| from.get(path.attr.name)) else { return };
    let into = match path.extension {
        Some(urn) => match out.entry(urn).or_insert_with(|| Value::Object(Object::new())) {
            Value::Object(into) => into,
            _ => return,
        },
        None => out,
    };
    match path.sub {
        None => drop(into.insert(path.attr.name.to_owned(), value.clone())),
        Some(sub) => merge(into, path.attr, sub, value),
    }
}

/// Adds one sub-attribute of each value to what has been copied so far.
fn merge(into: &mut Object, attr: &Attr, sub: &Attr, value: &Value) {
    let part = |value: &Value| value.get(sub.name).map(|part| (sub.name.to_owned(), part.clone()));
    match value {
        Value::Array(items) => {
            let empty = || Value::Array(vec![Value::Object(Object::new()); items.len()]);
            let Value::Array(parts) = into.entry(attr.name).or_insert_with(empty) else { return };
            for (item, so_far) in items.iter().zip(parts) {
                if let Value::Object(so_far) = so_far {
                    so_far.extend(part(item));
                }
            }
        }
        one => {
            if let Value::Object(so_far) = into.entry(attr.name).or_insert_with(|| Value::Object(Object::new())) {
                so_far.extend(part(one));
            }
        }
    }
}

fn remove(whole: &mut Object, path: &Path) {
    let from = match path.extension {
        Some(urn) => whole.get_mut(urn).and_then(Value::as_object_mut),
        None => Some(whole),
    };
    let Some(from) = from else { return };
    let Some(sub) = path.sub else {
        from.remove(path.attr.name);
        return;
    };
    match from.get_mut(path.attr.name) {
        Some(Value::Array(items)) => {
            items.iter_mut().filter_map(Value::as_object_mut).for_each(|item| drop(item.remove(sub.name)));
        }
        Some(Value::Object(one)) => drop(one.remove(sub.name)),
        _ => {}
    }
}
