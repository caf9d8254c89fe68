//! Rows of `policy`.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

use super::definition::Definition;
use crate::revision::{self, Topic};

db::statements! {
    /// All policies.
    POLICIES = "SELECT id, number, version, name, definition FROM policy ORDER BY name";
    /// The policy of this name.
    POLICY_BY_NAME = "SELECT id, number, version, name, definition FROM policy WHERE name = ?";
    /// A new policy.
    POLICY_INSERT = "INSERT INTO policy (id, number, name, definition, version, changed_at) VALUES (?, ?, ?, ?, 1, ?)";
    /// Another version of a policy, if it is still the one that was read.
    POLICY_UPDATE = "UPDATE policy SET name = ?, definition = ?, version = version + 1, changed_at = ? WHERE id = ? AND version = ?";
    /// No policy any more, if it is still the one that was read.
    POLICY_DELETE = "DELETE FROM policy WHERE id = ? AND version = ?";
}

/// A policy with its row.
pub(crate) struct Stored {
    pub(crate) id: RowId,
    /// The id of the wire format.
    pub(crate) number: i64,
    pub(crate) version: i64,
    pub(crate) definition: Definition,
}

fn read(row: &Row) -> Result<Stored, DbError> {
    let mut r = row.reader();
    let (id, number, version, name) = (r.next()?, r.next()?, r.next()?, r.next::<String>()?);
    let definition: Definition = r.parse(|json| serde_json::from_str(json))?;
    Ok(Stored { id, number, version, definition: Definition { name, ..definition } })
}

/// All policies.
pub(crate) async fn all(db: &Db) -> Result<Vec<Stored>, DbError> {
    db.fetch_all(&POLICIES, args![]).await?.iter().map(read).collect()
}

/// The policy of this name.
pub(crate) async fn by_name(db: &Db, name: &str) -> Result<Option<Stored>, DbError> {
    db.fetch_optional(&POLICY_BY_NAME, args![name]).await?.as_ref().map(read).transpose()
}

fn json(definition: &Definition) -> String {
    serde_json::to_string(definition).unwrap_or_default()
}

/// Adds a policy.
pub(crate) fn insert(batch: &mut Batch, (id, number): (RowId, i64), definition: &Definition, now: Timestamp) {
    batch.run(&POLICY_INSERT, args![id, number, &definition.name, json(definition), now]);
    revision::raise(batch, Topic::Policy);
}

/// Replaces a policy that was read.
pub(crate) fn update(batch: &mut Batch, old: &Stored, definition: &Definition, now: Timestamp) {
    let args = args![&definition.name, json(definition), now, old.id, old.version];
    batch.guard("policy", &POLICY_UPDATE, args);
    revision::raise(batch, Topic::Policy);
}

/// Removes a policy that was read.
pub(crate) fn delete(batch: &mut Batch, old: &Stored) {
    batch.guard("policy", &POLICY_DELETE, args![old.id, old.version]);
    revision::raise(batch, Topic::Policy);
}
