//! A person.

use std::ops::Deref;
use std::sync::Arc;

use kernel::ids::{PersonId, RowId};

use super::attributes::{Attribute, Attributes};
use crate::resolvers::Standing;

/// Who somebody is: what may be remembered for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Stable identifier.
    pub id: PersonId,
    /// Name of the resolver.
    pub resolver: String,
    /// Row of the resolver.
    pub resolver_id: RowId,
    /// What never changes about them in the resolver.
    pub uid: String,
    /// Login name as stored.
    pub login: String,
    /// The realm through which they were found.
    pub realm: String,
    /// Everything that the resolver tells, and custom attributes over it.
    pub attributes: Arc<Attributes>,
    /// Names of the custom attributes among them.
    pub custom: Vec<String>,
    /// Whether the resolver bars them.
    pub standing: Standing,
}

/// A person as they are now.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    identity: Arc<Identity>,
    /// Whether they may use nothing at all.
    pub disabled: bool,
    /// Rises when they are disabled, reset or revoked; what rests on an older epoch is void.
    pub auth_epoch: i64,
}

impl Deref for Person {
    type Target = Identity;
    fn deref(&self) -> &Identity {
        &self.identity
    }
}

impl Person {
    pub(crate) fn new(identity: Arc<Identity>, disabled: bool, auth_epoch: i64) -> Self {
        Self { identity, disabled, auth_epoch }
    }

    /// What people read: full name, or the login.
    pub fn display_name(&self) -> String {
        let text = |name: &str| self.attributes.get(name).and_then(Attribute::text).filter(|text| !text.is_empty());
        if let Some(name) = text("displayname") {
            return name.to_owned();
        }
        match (text("givenname"), text("surname")) {
            (Some(given), Some(surname)) => format!("{given} {surname}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => self.login.clone(),
        }
    }
}
