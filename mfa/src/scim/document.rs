//! Resources as clients send them: names in any case, read-only attributes ignored (RFC 7644 sections 3.3 and 3.5.1), unknown ones
//! left out, values checked by their declaration. What comes out has canonical names and nothing else.

use serde_json::Value;

use super::error::{Kind, ScimError};
use super::schema::{Attr, COMMON, Resource, Type, find};
use super::{MAX_MEMBERS, MAX_VALUES, Object};

/// Bytes of one text at most.
const MAX_TEXT: usize = 4096;

fn wrong(attr: &Attr, what: &str) -> ScimError {
    ScimError::new(Kind::InvalidValue, format!("{}: {what}", attr.name))
}

/// Reads a whole resource.
///
/// # Errors
/// When it is no object, is of another schema, lacks what is required, or a value does not fit.
pub fn read(resource: &Resource, given: &Value) -> Result<Object, ScimError> {
    let out = read_loosely(resource, given)?;
    if let Some(missing) = resource.core.attrs.iter().find(|attr| attr.required && !out.contains_key(attr.name)) {
        return Err(wrong(missing, "a value is required"));
    }
    Ok(out)
}

/// As [`read`], but nothing is required: for parts of a resource.
///
/// # Errors
/// As [`read`].
pub fn read_loosely(resource: &Resource, given: &Value) -> Result<Object, ScimError> {
    let Some(given) = given.as_object() else {
        return Err(ScimError::new(Kind::InvalidSyntax, "A resource is a JSON object."));
    };
    let mut out = Object::new();
    for (name, value) in given {
        if name.eq_ignore_ascii_case("schemas") {
            check_schemas(resource, value)?;
        } else if let Some(schema) = resource.extensions.iter().find(|schema| schema.urn.eq_ignore_ascii_case(name)) {
            let Some(members) = value.as_object() else {
                if value.is_null() {
                    continue;
                }
                return Err(ScimError::new(Kind::InvalidValue, format!("{}: an object is expected", schema.urn)));
            };
            let read = object(schema.attrs, members)?;
            if !read.is_empty() {
                out.insert(schema.urn.to_owned(), Value::Object(read));
            }
        } else if let Some(attr) = find(resource.core.attrs, name).or_else(|| find(COMMON, name)) {
            put(&mut out, attr, value)?;
        }
    }
    Ok(out)
}

fn check_schemas(resource: &Resource, given: &Value) -> Result<(), ScimError> {
    let names = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(resource.core.urn));
    match given.as_array() {
        Some(urns) if urns.iter().any(names) => Ok(()),
        _ => Err(ScimError::new(Kind::InvalidSyntax, format!("schemas must name {}.", resource.core.urn))),
    }
}

fn object(attrs: &'static [Attr], given: &Object) -> Result<Object, ScimError> {
    let mut out = Object::new();
    for (name, value) in given {
        if let Some(attr) = find(attrs, name) {
            put(&mut out, attr, value)?;
        }
    }
    Ok(out)
}

fn put(out: &mut Object, attr: &'static Attr, given: &Value) -> Result<(), ScimError> {
    if attr.writable()
        && let Some(value) = value(attr, given)?
    {
        out.insert(attr.name.to_owned(), value);
    }
    Ok(())
}

/// Reads the value of an attribute, of several all of them. Null and empty lists mean that there is none (RFC 7643 section 2.5).
///
/// # Errors
/// When it does not fit.
pub fn value(attr: &'static Attr, given: &Value) -> Result<Option<Value>, ScimError> {
    if !attr.multi {
        // Some clients send a list of one.
        let only = match given {
            Value::Array(items) if items.len() == 1 => &items[0],
            other => other,
        };
        return single(attr, only);
    }
    let items = match given {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let most = if attr.name == "members" { MAX_MEMBERS } else { MAX_VALUES };
    if items.len() > most {
        return Err(wrong(attr, &format!("more than {most} values")));
    }
    let mut read = Vec::with_capacity(items.len());
    for item in items {
        read.extend(single(attr, item)?);
    }
    if read.iter().filter(|item| item["primary"] == true).count() > 1 {
        return Err(wrong(attr, "only one value can be the primary one"));
    }
    Ok((!read.is_empty()).then_some(Value::Array(read)))
}

/// Reads one value.
///
/// # Errors
/// When it does not fit.
pub fn single(attr: &'static Attr, given: &Value) -> Result<Option<Value>, ScimError> {
    if given.is_null() {
        return Ok(None);
    }
    match attr.ty {
        Type::Text | Type::Reference | Type::Moment => text(attr, given).map(Some),
        Type::Bool => truth(given).map(Value::Bool).map(Some).ok_or_else(|| wrong(attr, "true or false is expected")),
        Type::Complex => {
            let read = match given {
                Value::Object(members) => object(attr.subs, members)?,
                // Some clients send the bare value.
                Value::String(_) if attr.sub("value").is_some() => {
                    object(attr.subs, &Object::from_iter([("value".to_owned(), given.clone())]))?
                }
                _ => return Err(wrong(attr, "an object is expected")),
            };
            Ok((!read.is_empty()).then_some(Value::Object(read)))
        }
    }
}

/// A truth value, also as text: a dialect sends `"True"`.
pub fn truth(given: &Value) -> Option<bool> {
    match given {
        Value::Bool(b) => Some(*b),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn text(attr: &Attr, given: &Value) -> Result<Value, ScimError> {
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(wrong(attr, "text is expected")),
    };
    if text.len() > MAX_TEXT {
        return Err(wrong(attr, &format!("longer than {MAX_TEXT} bytes")));
    }
    let allowed = |c: char| attr.lines && matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(wrong(attr, "control characters are not allowed"));
    }
    Ok(Value::String(text))
}
