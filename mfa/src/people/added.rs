//! What is known here about people beside what their resolver tells.
//!
//! * **Custom attributes** are added by administrators, or by people as far as policy lets them, to a person in a realm. They are
//!   merged over the attributes of the resolver: conditions of policies, claims and lists see them.
//! * **Internal attributes** belong to the engine (such as the handle under which a person's passkeys are registered). They are no
//!   attributes of the [`Person`]: nothing releases them, and only administrators with a right of its own may look.

use std::collections::{BTreeMap, HashMap};

use db::{Batch, DbError};
use kernel::ids::RowId;
use serde_json::Value;

use super::attributes::{Attribute, Attributes};
use super::handle::People;
use super::person::Person;
use super::store::attribute as store;

/// Names that mean what we know ourselves: no custom attribute is called so.
pub const OWN_NAMES: &[&str] = &["username", "userid", "realm", "resolver", "editable", "password"];

impl People {
    /// The custom attributes of a person in the realm through which they were found.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn custom_attributes(&self, person: &Person) -> Result<BTreeMap<String, String>, DbError> {
        match self.realm_row(&person.realm) {
            Some(realm) => store::custom(&self.env().db, person.id, realm).await,
            None => Ok(BTreeMap::new()),
        }
    }

    /// Custom attributes of everybody of a resolver in a realm, by uid: one query for a whole list.
    pub(crate) async fn custom_of_resolver(
        &self,
        realm: RowId,
        resolver: RowId,
    ) -> Result<HashMap<String, Vec<(String, String)>>, DbError> {
        store::custom_of_resolver(&self.env().db, realm, resolver).await
    }

    /// What the engine keeps about a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn internal_attributes(&self, person: &Person) -> Result<BTreeMap<String, Value>, DbError> {
        let stored = store::internal(&self.env().db, person.id).await?;
        Ok(stored.into_iter().map(|(name, json)| (name, serde_json::from_str(&json).unwrap_or_default())).collect())
    }

    /// Keeps something about a person for the engine, or forgets it, in the batch.
    pub fn keep_internal(&self, batch: &mut Batch, person: &Person, name: &str, value: Option<&Value>) {
        let env = self.env();
        let json = value.map(Value::to_string);
        store::put_internal(batch, person.id, (name, json.as_deref()), (env.clock.now(), &env.node));
    }

    /// The row of a realm.
    pub(crate) fn realm_row(&self, realm: &str) -> Option<RowId> {
        self.directory().realm(realm).map(|realm| realm.id)
    }
}

/// Lays custom attributes over those of a resolver; returns their names.
pub(super) fn lay_over(attributes: &mut Attributes, custom: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in custom {
        names.push(name.clone());
        attributes.insert(name, Attribute::Text(value));
    }
    names
}
