//! Accounts as users (RFC 7643 sections 4.1 and 4.3).
//!
//! What accounts have as an attribute of their own is kept there as well, because policies, claims and pages read it there; when
//! somebody changes it there, it is changed for SCIM too.

mod slot;
#[cfg(test)]
mod tests;

use kernel::SecretText;
use serde_json::{Value, json};

use super::Object;
use super::error::{Kind, ScimError};
use super::etag;
use super::membership::Belonging;
use super::meta;
use super::schema::{ENTERPRISE, GROUP, USER};
use super::store::account::Stored;
use crate::people::{Attribute, Attributes};

use slot::{MAP, Slot};

const MAX_EXTERNAL: usize = 255;
const MAX_PROFILE: usize = 64 * 1024;

/// The entity tag of a user: the version of the account, and whether the person is disabled.
pub(crate) fn tag(stored: &Stored) -> String {
    etag::tag(&format!("{}-{}", stored.version, if stored.disabled { 'd' } else { 'e' }))
}

/// What clients may change, with canonical names.
pub(crate) fn document(stored: &Stored) -> Object {
    let mut doc = stored.profile.clone();
    for Slot { name, own, place } in MAP {
        let actual = stored.attributes.get(*name).and_then(Attribute::text).filter(|text| !text.is_empty());
        // An account that has not taken part in an attribute yet says nothing about it.
        let says = *own || actual.is_some();
        if says && place.get(&doc) != actual {
            let actual = actual.map(str::to_owned);
            place.set(&mut doc, actual.as_deref());
        }
    }
    if let Some(external) = &stored.external_id {
        doc.insert("externalId".to_owned(), json!(external));
    }
    doc.insert("userName".to_owned(), json!(stored.login));
    doc.insert("active".to_owned(), json!(!stored.disabled));
    doc
}

/// The whole user, without groups.
pub(crate) fn resource(stored: &Stored, base: &str) -> Object {
    let mut out = document(stored);
    let mut schemas = vec![USER.core.urn];
    if let Some(Value::Object(enterprise)) = out.get_mut(ENTERPRISE.urn) {
        schemas.push(ENTERPRISE.urn);
        if let Some(manager) = enterprise.get_mut("manager")
            && let Some(id) = manager["value"].as_str()
        {
            manager["$ref"] = json!(meta::location(&USER, base, id));
        }
    }
    out.insert("schemas".to_owned(), json!(schemas));
    out.insert("id".to_owned(), json!(stored.id));
    let times = (stored.created_at, stored.changed_at);
    out.insert("meta".to_owned(), meta::of(&USER, base, &stored.id, times, &tag(stored)));
    out
}

/// The groups of a user, as the attribute.
pub(crate) fn groups(belongings: &[Belonging], base: &str) -> Value {
    let one = |b: &Belonging| {
        let id = b.group.to_string();
        let kind = if b.direct { "direct" } else { "indirect" };
        json!({ "value": id, "$ref": meta::location(&GROUP, base, &id), "display": b.name, "type": kind })
    };
    belongings.iter().map(one).collect()
}

/// A user as a client wants it to be.
pub(crate) struct Wanted {
    pub(crate) login: String,
    pub(crate) external_id: Option<String>,
    pub(crate) active: bool,
    pub(crate) password: Option<SecretText>,
    /// Everything else.
    pub(crate) profile: Object,
}

impl Wanted {
    /// Takes a document apart that was read as a whole.
    ///
    /// # Errors
    /// When it holds what cannot be stored.
    pub(crate) fn of(mut doc: Object) -> Result<Self, ScimError> {
        let mut take = |name: &str| match doc.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let wrong = |what: &str| ScimError::new(Kind::InvalidValue, what);
        let login = take("userName").ok_or_else(|| wrong("userName: a value is required"))?;
        let external_id = take("externalId");
        let password = take("password").map(SecretText::new);
        let active = doc.remove("active") != Some(Value::Bool(false));
        if external_id.as_ref().is_some_and(|id| id.len() > MAX_EXTERNAL) {
            return Err(wrong("externalId: longer than 255 bytes"));
        }
        Ok(Self { login, external_id, active, password, profile: doc })
    }

    /// The profile as it is stored.
    ///
    /// # Errors
    /// When it is too long.
    pub(crate) fn stored_profile(&self) -> Result<String, ScimError> {
        let json = Value::Object(self.profile.clone()).to_string();
        if json.len() > MAX_PROFILE {
            return Err(ScimError::new(Kind::InvalidValue, "The user has too many or too long values."));
        }
        Ok(json)
    }

    /// Attributes of the account that are to change: those that the resolver knows and that are another than before.
    pub(crate) fn changes(&self, known: &[String], before: &Attributes) -> Vec<(String, Option<Attribute>)> {
        let mut changes = Vec::new();
        for Slot { name, place, .. } in MAP.iter().filter(|slot| known.iter().any(|name| name == slot.name)) {
            let new = place.get(&self.profile);
            if before.get(*name).and_then(Attribute::text) != new {
                changes.push(((*name).to_owned(), new.map(Attribute::from)));
            }
        }
        changes
    }
}
