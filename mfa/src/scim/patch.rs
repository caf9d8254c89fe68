//! Changes of a resource (RFC 7644 section 3.5.2), with the dialects of the large provisioning services: operations in any case, keys
//! with dots where there is no path, text for truth values and for references, values that say which members to remove.

mod apply;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::error::{Kind, ScimError};
use super::filter::{Filter, Within};
use super::path::{Named, Path};
use super::schema::{Attr, Resource, Schema};
use super::{MAX_PATCH, Object};

pub use apply::apply;

const URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Values are added; what is there stays.
    Add,
    /// Values are taken away.
    Remove,
    /// Values take the place of others.
    Replace,
}

/// One change of one attribute.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done.
    pub verb: Verb,
    /// Where.
    pub path: Path,
    /// To which of several values.
    pub filter: Option<Filter>,
    /// The value as it was sent.
    pub value: Value,
}

/// Reads the body of a PATCH.
///
/// # Errors
/// When it is none, or a path names nothing or what cannot be changed.
pub fn read(resource: &'static Resource, body: &Value) -> Result<Vec<Step>, ScimError> {
    let syntax = |what: &str| ScimError::new(Kind::InvalidSyntax, what);
    let body = body.as_object().ok_or_else(|| syntax("A PATCH is a JSON object."))?;
    if let Some(schemas) = member(body, "schemas")
        && !schemas
            .as_array()
            .is_some_and(|urns| urns.iter().any(|urn| urn.as_str().is_some_and(|u| u.eq_ignore_ascii_case(URN))))
    {
        return Err(syntax("schemas must name PatchOp."));
    }
    let operations = member(body, "Operations").and_then(Value::as_array).filter(|all| !all.is_empty());
    let operations = operations.ok_or_else(|| syntax("A PATCH has one or more Operations."))?;
    if operations.len() > MAX_PATCH {
        return Err(ScimError::new(Kind::TooMany, format!("A PATCH has at most {MAX_PATCH} Operations.")));
    }
    let mut steps = Vec::with_capacity(operations.len());
    for operation in operations {
        let operation = operation.as_object().ok_or_else(|| syntax("An operation is a JSON object."))?;
        one(resource, operation, &mut steps)?;
    }
    Ok(steps)
}

fn member<'o>(object: &'o Object, name: &str) -> Option<&'o Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn one(resource: &'static Resource, operation: &Object, steps: &mut Vec<Step>) -> Result<(), ScimError> {
    let verb = match member(operation, "op").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase().as_str() {
        "add" => Verb::Add,
        "remove" => Verb::Remove,
        "replace" => Verb::Replace,
        _ => return Err(ScimError::new(Kind::InvalidSyntax, "op is add, remove or replace.")),
    };
    let value = member(operation, "value").cloned().unwrap_or(Value::Null);
    let path = match member(operation, "path") {
        None | Some(Value::Null) => "",
        Some(Value::String(path)) => path.trim(),
        Some(_) => return Err(ScimError::new(Kind::InvalidPath, "A path is text.")),
    };
    if path.is_empty() {
        return without_path(resource, verb, &value, steps);
    }
    let (named, filter, sub) = target(resource, path)?;
    match named {
        Named::Extension(schema) => extension(schema, verb, &value, steps),
        Named::Attribute(path) => {
            let path = Path { sub: sub.or(path.sub), ..path };
            if !path.attr.writable() || path.sub.is_some_and(|sub| !sub.writable()) {
                return Err(ScimError::new(Kind::Mutability, format!("{} cannot be changed.", path.attr.name)));
            }
            if verb == Verb::Remove && path.attr.required {
                return Err(ScimError::new(Kind::Mutability, format!("{} cannot be removed.", path.attr.name)));
            }
            steps.push(Step { verb, path, filter, value });
            Ok(())
        }
    }
}

/// `attribute`, `attribute.sub`, `attribute[filter]` or `attribute[filter].sub` (RFC 7644 figure 7).
type Target = (Named, Option<Filter>, Option<&'static Attr>);

fn target(resource: &'static Resource, text: &str) -> Result<Target, ScimError> {
    let invalid = || ScimError::new(Kind::InvalidPath, "The path names no attribute of this resource.");
    let Some((name, rest)) = text.split_once('[') else {
        return Ok((resource.named(text).ok_or_else(invalid)?, None, None));
    };
    let (filter, sub) = rest.rsplit_once(']').ok_or_else(invalid)?;
    let path = resource.path(name.trim()).filter(|path| path.sub.is_none() && path.attr.multi).ok_or_else(invalid)?;
    let filter = Filter::parse(filter, Within::Attribute(path.attr))?;
    let sub = match sub.trim() {
        "" => None,
        sub => Some(sub.strip_prefix('.').and_then(|sub| path.attr.sub(sub)).ok_or_else(invalid)?),
    };
    Ok((Named::Attribute(path), Some(filter), sub))
}

/// Without a path the value is a part of the resource. What it says about read-only and unknown attributes is passed over: clients send
/// back what they have read.
fn without_path(resource: &'static Resource, verb: Verb, value: &Value, steps: &mut Vec<Step>) -> Result<(), ScimError> {
    if verb == Verb::Remove {
        return Err(ScimError::new(Kind::NoTarget, "remove needs a path."));
    }
    let Some(members) = value.as_object() else {
        return Err(ScimError::new(Kind::InvalidValue, "Without a path the value is an object."));
    };
    for (name, value) in members {
        match target(resource, name).ok() {
            Some((Named::Extension(schema), ..)) => extension(schema, verb, value, steps)?,
            Some((Named::Attribute(path), filter, sub)) => {
                let path = Path { sub: sub.or(path.sub), ..path };
                if path.attr.writable() && path.sub.is_none_or(Attr::writable) {
                    steps.push(Step { verb, path, filter, value: value.clone() });
                }
            }
            None => {}
        }
    }
    Ok(())
}

/// A whole extension is treated as an attribute with attributes (RFC 7644 section 3.5.2).
fn extension(schema: &'static Schema, verb: Verb, value: &Value, steps: &mut Vec<Step>) -> Result<(), ScimError> {
    let path = |attr| Path { extension: Some(schema.urn), attr, sub: None };
    if verb == Verb::Remove || value.is_null() {
        let remove = |attr| Step { verb: Verb::Remove, path: path(attr), filter: None, value: Value::Null };
        steps.extend(schema.attrs.iter().map(remove));
        return Ok(());
    }
    let Some(members) = value.as_object() else {
        return Err(ScimError::new(Kind::InvalidValue, format!("{}: an object is expected.", schema.urn)));
    };
    for (name, value) in members {
        if let Some(attr) = super::schema::find(schema.attrs, name) {
            steps.push(Step { verb, path: path(attr), filter: None, value: value.clone() });
        }
    }
    Ok(())
}
