//! Rows of `resolver`.

use std::collections::HashMap;

use db::{Batch, Db, DbError, args};
use kernel::ids::RowId;

use crate::revision::{self, Topic};

db::statements! {
    /// All resolvers.
    RESOLVERS = "SELECT id, number, name, kind, params, version FROM resolver ORDER BY name_folded";
    /// Which there are, and as which version.
    RESOLVER_VERSIONS = "SELECT id, version FROM resolver";
    /// As which version there is one.
    RESOLVER_VERSION = "SELECT version FROM resolver WHERE id = ?";
    /// A new resolver.
    RESOLVER_INSERT = "INSERT INTO resolver (id, number, name, name_folded, kind, params, version) VALUES (?, ?, ?, ?, ?, ?, 1)";
    /// Other parameters, if it is still the one that was read.
    RESOLVER_UPDATE = "UPDATE resolver SET params = ?, version = version + 1 WHERE id = ? AND version = ?";
    /// No resolver any more, unless a realm uses it.
    RESOLVER_DELETE = "DELETE FROM resolver
        WHERE id = ? AND version = ? AND NOT EXISTS (SELECT 1 FROM realm_resolver WHERE resolver_id = ?)";
}

/// One row.
pub(crate) struct Stored {
    pub(crate) id: RowId,
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) params: String,
    pub(crate) version: i64,
}

/// All resolvers.
pub(crate) async fn all(db: &Db) -> Result<Vec<Stored>, DbError> {
    let read = |row: &db::Row| {
        let mut r = row.reader();
        Ok(Stored { id: r.next()?, number: r.next()?, name: r.next()?, kind: r.next()?, params: r.next()?, version: r.next()? })
    };
    db.fetch_all(&RESOLVERS, args![]).await?.iter().map(read).collect()
}

/// The rows that there are, each with its version.
pub(crate) async fn versions(db: &Db) -> Result<HashMap<RowId, i64>, DbError> {
    db.fetch_all(&RESOLVER_VERSIONS, args![]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The version of a row; `None` when there is none.
pub(crate) async fn version(db: &Db, id: RowId) -> Result<Option<i64>, DbError> {
    db.fetch_optional(&RESOLVER_VERSION, args![id]).await?.map(|row| row.get(0)).transpose()
}

/// Adds a resolver.
pub(crate) fn insert(batch: &mut Batch, (id, number): (RowId, i64), name: &str, kind: &str, params: &str) {
    batch.run(&RESOLVER_INSERT, args![id, number, name, name.to_lowercase(), kind, params]);
    revision::raise(batch, Topic::People);
}

/// Replaces the parameters of a resolver that was read.
pub(crate) fn update(batch: &mut Batch, id: RowId, version: i64, params: &str) {
    batch.guard("resolver", &RESOLVER_UPDATE, args![params, id, version]);
    revision::raise(batch, Topic::People);
}

/// Removes a resolver that was read, unless a realm uses it.
pub(crate) fn delete(batch: &mut Batch, id: RowId, version: i64) {
    batch.guard("resolver", &RESOLVER_DELETE, args![id, version, id]);
    revision::raise(batch, Topic::People);
}
