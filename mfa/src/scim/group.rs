//! Groups as resources (RFC 7643 section 4.2), and what is to change among their members.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error::{Kind, ScimError};
use super::filter::Filter;
use super::patch::{Step, Verb};
use super::schema::{GROUP, USER};
use super::store::group::{Membership, Stored};
use super::{Object, document, etag, meta};

const MAX_TEXT: usize = 255;

/// The entity tag of a group.
pub(crate) fn tag(stored: &Stored) -> String {
    etag::tag(&stored.version.to_string())
}

/// What clients may change beside the members.
pub(crate) fn document(stored: &Stored) -> Object {
    let mut doc = Object::from_iter([("displayName".to_owned(), json!(stored.name))]);
    if let Some(external) = &stored.external_id {
        doc.insert("externalId".to_owned(), json!(external));
    }
    doc
}

/// The whole group, without members.
pub(crate) fn resource(stored: &Stored, base: &str) -> Object {
    let mut out = document(stored);
    let id = stored.id.to_string();
    out.insert("schemas".to_owned(), json!([GROUP.core.urn]));
    out.insert("meta".to_owned(), meta::of(&GROUP, base, &id, (stored.created_at, stored.changed_at), &tag(stored)));
    out.insert("id".to_owned(), Value::String(id));
    out
}

/// A member, as a value of the attribute.
pub(crate) fn member(membership: &Membership, base: &str) -> Value {
    let kind = if membership.is_group { &GROUP } else { &USER };
    json!({ "value": membership.member, "$ref": meta::location(kind, base, &membership.member), "type": kind.name })
}

/// Name and identifier of the client, checked.
///
/// # Errors
/// When they cannot be stored.
pub(crate) fn names(doc: &Object) -> Result<(String, Option<String>), ScimError> {
    let text = |name: &str| doc.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("displayName").unwrap_or_default();
    if name.is_empty() || name.trim() != name || name.len() > MAX_TEXT {
        let what = "displayName: it is empty, longer than 255 bytes or has blanks around it";
        return Err(ScimError::new(Kind::InvalidValue, what));
    }
    let external = text("externalId");
    if external.as_ref().is_some_and(|id| id.len() > MAX_TEXT) {
        return Err(ScimError::new(Kind::InvalidValue, "externalId: longer than 255 bytes"));
    }
    Ok((name, external))
}

/// What is to change among the members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Nobody stays but those who are added.
    pub(crate) clear: bool,
    /// Who is to be a member.
    pub(crate) add: BTreeSet<String>,
    /// Who is not.
    pub(crate) remove: BTreeSet<String>,
}

impl Edit {
    /// These and no others.
    pub(crate) fn all(members: BTreeSet<String>) -> Self {
        Self { clear: true, add: members, remove: BTreeSet::new() }
    }

    /// Nothing is to change.
    pub(crate) fn is_empty(&self) -> bool {
        !self.clear && self.add.is_empty() && self.remove.is_empty()
    }

    /// Whether all members must be known to apply a change: it chooses by something else than the identifier.
    pub(crate) fn needs_all(&self, step: &Step) -> bool {
        !self.clear && step.filter.as_ref().is_some_and(|filter| by_value(filter).is_none())
    }

    /// Applies one change. `present` are the members of the group, if [`Edit::needs_all`] asked for them.
    ///
    /// # Errors
    /// When it cannot be applied: members are added and removed, and never changed.
    pub(crate) fn apply(&mut self, step: &Step, present: &[Membership], base: &str) -> Result<(), ScimError> {
        if step.path.sub.is_some() {
            return Err(ScimError::new(Kind::Mutability, "Members are added and removed, and never changed."));
        }
        match (step.verb, &step.filter) {
            (Verb::Add, None) => self.insert(ids(&step.value)?),
            (Verb::Replace, None) => *self = Self::all(ids(&step.value)?),
            (Verb::Remove, None) => match ids(&step.value)? {
                named if named.is_empty() => *self = Self::all(BTreeSet::new()),
                named => self.take(named),
            },
            (Verb::Remove, Some(filter)) => match by_value(filter) {
                Some(id) => self.take(BTreeSet::from([id.to_owned()])),
                None => {
                    let meets = |m: &&Membership| member(m, base).as_object().is_some_and(|object| filter.admits(object));
                    let chosen = present.iter().filter(meets).map(|m| m.member.clone()).collect();
                    self.take(chosen);
                }
            },
            (Verb::Add | Verb::Replace, Some(_)) => {
                return Err(ScimError::new(Kind::InvalidPath, "Members are added and removed without a filter."));
            }
        }
        Ok(())
    }

    fn insert(&mut self, members: BTreeSet<String>) {
        for member in members {
            self.remove.remove(&member);
            self.add.insert(member);
        }
    }

    fn take(&mut self, members: BTreeSet<String>) {
        for member in members {
            self.add.remove(&member);
            self.remove.insert(member);
        }
    }
}

fn by_value(filter: &Filter) -> Option<&str> {
    match filter.equalities()?.as_slice() {
        [(attr, Value::String(id))] if attr.name == "value" => Some(id),
        _ => None,
    }
}

/// The identifiers in a value of `members`.
///
/// # Errors
/// When one has none.
pub(crate) fn ids(value: &Value) -> Result<BTreeSet<String>, ScimError> {
    let members = GROUP.path("members").map(|path| document::value(path.attr, value)).transpose()?.flatten();
    let Some(Value::Array(members)) = members else { return Ok(BTreeSet::new()) };
    let id = |member: &Value| match member["value"].as_str() {
        Some(id) if !id.is_empty() && id.len() <= 26 => Ok(id.to_owned()),
        Some(_) => Err(ScimError::new(Kind::InvalidValue, "members: there is no such user or group")),
        None => Err(ScimError::new(Kind::InvalidValue, "members: a value is required")),
    };
    members.iter().map(id).collect()
}
