//! Rows of `event_handler`.

use db::{Batch, Db, DbError, Row, args};
use kernel::ids::RowId;

use super::binding::Binding;
use crate::revision::{self, Topic};

db::statements! {
    /// All bindings.
    BINDINGS = "SELECT id, number, version, definition FROM event_handler ORDER BY number";
    /// The binding of this number.
    BINDING = "SELECT id, number, version, definition FROM event_handler WHERE number = ?";
    /// A new binding.
    BINDING_INSERT = "INSERT INTO event_handler (id, number, name, definition, version) VALUES (?, ?, ?, ?, 1)";
    /// Another version of a binding, if it is still the one that was read.
    BINDING_UPDATE = "UPDATE event_handler SET name = ?, definition = ?, version = version + 1 WHERE id = ? AND version = ?";
    /// No binding any more, if it is still the one that was read.
    BINDING_DELETE = "DELETE FROM event_handler WHERE id = ? AND version = ?";
}

/// A binding with its row.
pub(crate) struct Stored {
    pub(crate) id: RowId,
    /// The id of the wire format.
    pub(crate) number: i64,
    pub(crate) version: i64,
    pub(crate) binding: Binding,
}

fn read(row: &Row) -> Result<Stored, DbError> {
    let mut r = row.reader();
    let (id, number, version) = (r.next()?, r.next()?, r.next()?);
    Ok(Stored { id, number, version, binding: r.parse(|json| serde_json::from_str(json))? })
}

fn json(binding: &Binding) -> String {
    serde_json::to_string(binding).unwrap_or_default()
}

/// All bindings.
pub(crate) async fn all(db: &Db) -> Result<Vec<Stored>, DbError> {
    db.fetch_all(&BINDINGS, args![]).await?.iter().map(read).collect()
}

/// The binding of this number.
pub(crate) async fn by_number(db: &Db, number: i64) -> Result<Option<Stored>, DbError> {
    db.fetch_optional(&BINDING, args![number]).await?.as_ref().map(read).transpose()
}

/// Adds a binding.
pub(crate) fn insert(batch: &mut Batch, (id, number): (RowId, i64), binding: &Binding) {
    batch.run(&BINDING_INSERT, args![id, number, &binding.name, json(binding)]);
    revision::raise(batch, Topic::Event);
}

/// Replaces a binding that was read.
pub(crate) fn update(batch: &mut Batch, old: &Stored, binding: &Binding) {
    batch.guard("event handler", &BINDING_UPDATE, args![&binding.name, json(binding), old.id, old.version]);
    revision::raise(batch, Topic::Event);
}

/// Removes a binding that was read.
pub(crate) fn delete(batch: &mut Batch, old: &Stored) {
    batch.guard("event handler", &BINDING_DELETE, args![old.id, old.version]);
    revision::raise(batch, Topic::Event);
}
