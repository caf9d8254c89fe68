//! One change, applied.

use serde_json::Value;

use super::{Step, Verb};
use crate::scim::document;
use crate::scim::error::{Kind, ScimError};
use crate::scim::filter::Filter;
use crate::scim::schema::{Attr, Type};
use crate::scim::{MAX_VALUES, Object};

/// Applies a change to a resource with canonical names. What comes out must be read again as a whole ([`document::read`]).
///
/// # Errors
/// When a value does not fit, or a filter chooses nothing to replace.
pub fn apply(resource: &mut Object, step: &Step) -> Result<(), ScimError> {
    let Some(urn) = step.path.extension else { return to_owner(resource, step) };
    let mut owner = match resource.remove(urn) {
        Some(Value::Object(owner)) => owner,
        _ => Object::new(),
    };
    to_owner(&mut owner, step)?;
    if !owner.is_empty() {
        resource.insert(urn.to_owned(), Value::Object(owner));
    }
    Ok(())
}

fn to_owner(owner: &mut Object, step: &Step) -> Result<(), ScimError> {
    let attr = step.path.attr;
    let present = owner.remove(attr.name);
    let changed = match (attr.multi, step.path.sub) {
        (true, sub) => several(attr, sub, present, step)?,
        (false, Some(sub)) => {
            let mut object = into_object(present);
            set(&mut object, sub, step)?;
            Some(Value::Object(object)).filter(filled)
        }
        (false, None) if step.verb == Verb::Remove => None,
        (false, None) if attr.ty == Type::Complex => merged(attr, present, &step.value)?,
        (false, None) => document::value(attr, &step.value)?,
    };
    if let Some(value) = changed {
        owner.insert(attr.name.to_owned(), value);
    }
    Ok(())
}

fn filled(value: &Value) -> bool {
    match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        other => !other.is_null(),
    }
}

fn into_object(value: Option<Value>) -> Object {
    match value {
        Some(Value::Object(object)) => object,
        _ => Object::new(),
    }
}

/// Sets or removes one attribute of an object.
fn set(object: &mut Object, sub: &'static Attr, step: &Step) -> Result<(), ScimError> {
    let value = if step.verb == Verb::Remove { None } else { document::value(sub, &step.value)? };
    match value {
        Some(value) => drop(object.insert(sub.name.to_owned(), value)),
        None => drop(object.remove(sub.name)),
    }
    Ok(())
}

/// Attributes that are not named stay as they are (RFC 7644 section 3.5.2.3); those that are null go.
fn merged(attr: &'static Attr, present: Option<Value>, given: &Value) -> Result<Option<Value>, ScimError> {
    if given.is_null() {
        return Ok(None);
    }
    let mut object = into_object(present);
    if let Value::Object(members) = given {
        for sub in members.iter().filter(|(_, value)| value.is_null()).filter_map(|(name, _)| attr.sub(name)) {
            object.remove(sub.name);
        }
    }
    object.extend(into_object(document::single(attr, given)?));
    Ok(Some(Value::Object(object)).filter(filled))
}

fn several(
    attr: &'static Attr,
    sub: Option<&'static Attr>,
    present: Option<Value>,
    step: &Step,
) -> Result<Option<Value>, ScimError> {
    let mut items: Vec<Value> = match present {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    match (&step.filter, sub) {
        (None, None) => all(attr, &mut items, step)?,
        (None, Some(sub)) => {
            if items.is_empty() && step.verb != Verb::Remove {
                items.push(Value::Object(Object::new()));
            }
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                set(item, sub, step)?;
            }
        }
        (Some(filter), sub) => chosen(attr, sub, filter, &mut items, step)?,
    }
    items.retain(filled);
    if items.len() > MAX_VALUES {
        return Err(ScimError::new(Kind::InvalidValue, format!("{}: more than {MAX_VALUES} values", attr.name)));
    }
    Ok((!items.is_empty()).then_some(Value::Array(items)))
}

fn given(attr: &'static Attr, value: &Value) -> Result<Vec<Value>, ScimError> {
    Ok(match document::value(attr, value)? {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    })
}

/// No filter: what is said concerns the attribute as a whole.
fn all(attr: &'static Attr, items: &mut Vec<Value>, step: &Step) -> Result<(), ScimError> {
    match step.verb {
        Verb::Replace => *items = given(attr, &step.value)?,
        Verb::Add => {
            let new = given(attr, &step.value)?;
            let new: Vec<Value> = new.into_iter().filter(|item| !items.contains(item)).collect();
            if new.iter().any(is_primary) {
                demote(items);
            }
            items.extend(new);
        }
        // A dialect names those that are to go by value.
        Verb::Remove => match given(attr, &step.value)? {
            named if named.is_empty() => items.clear(),
            named => items.retain(|item| !named.iter().any(|name| name["value"] == item["value"])),
        },
    }
    Ok(())
}

/// Those that meet a filter.
fn chosen(
    attr: &'static Attr,
    sub: Option<&'static Attr>,
    filter: &Filter,
    items: &mut Vec<Value>,
    step: &Step,
) -> Result<(), ScimError> {
    let meets = |item: &Value| item.as_object().is_some_and(|object| filter.admits(object));
    if step.verb == Verb::Remove && sub.is_none() {
        items.retain(|item| !meets(item));
        return Ok(());
    }
    if !items.iter().any(meets) {
        match step.verb {
            Verb::Remove => return Ok(()),
            Verb::Replace => return Err(ScimError::new(Kind::NoTarget, "The path chooses no value.")),
            Verb::Add => items.push(Value::Object(fitting(filter)?)),
        }
    }
    let mut primary = None;
    for (at, item) in items.iter_mut().enumerate().filter(|(_, item)| meets(item)) {
        let was = is_primary(item);
        let object = item.as_object_mut().ok_or_else(|| ScimError::new(Kind::NoTarget, "The path chooses no object."))?;
        match (sub, step.verb) {
            (Some(sub), _) => set(object, sub, step)?,
            (None, Verb::Replace) => *object = into_object(document::single(attr, &step.value)?),
            (None, _) => object.extend(into_object(document::single(attr, &step.value)?)),
        }
        if is_primary(item) && !was {
            primary = Some(at);
        }
    }
    // Who becomes the primary one takes the place of another (RFC 7644 section 3.5.2).
    for (at, item) in items.iter_mut().enumerate() {
        if primary.is_some_and(|primary| primary != at) {
            demote(std::slice::from_mut(item));
        }
    }
    Ok(())
}

/// A new object that meets a filter of equalities: `emails[type eq "work"]` makes a work address where there is none.
fn fitting(filter: &Filter) -> Result<Object, ScimError> {
    let parts = filter.equalities().ok_or_else(|| ScimError::new(Kind::NoTarget, "The path chooses no value."))?;
    let writable = parts.into_iter().filter(|(attr, _)| attr.writable());
    Ok(writable.map(|(attr, value)| (attr.name.to_owned(), value.clone())).collect())
}

fn is_primary(item: &Value) -> bool {
    item["primary"] == true
}

fn demote(items: &mut [Value]) {
    for item in items.iter_mut().filter(|item| is_primary(item)) {
        item["primary"] = Value::Bool(false);
    }
}
