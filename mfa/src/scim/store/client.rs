//! Rows of `scim_client`.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;

use crate::scim::client::{Client, Right};

db::statements! {
    /// All clients.
    CLIENTS = "SELECT id, name, resolver_id, rights, created_at FROM scim_client ORDER BY name_folded";
    /// The client with this token.
    CLIENT_BY_TOKEN = "SELECT id, name, resolver_id, rights, created_at FROM scim_client WHERE token = ?";
    /// A new client.
    CLIENT_INSERT =
        "INSERT INTO scim_client (id, name, name_folded, resolver_id, rights, token, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
    /// No client any more.
    CLIENT_DELETE = "DELETE FROM scim_client WHERE name_folded = ?";
}

fn read(row: &Row) -> Result<Client, DbError> {
    let mut r = row.reader();
    let (id, name, resolver_id) = (r.next()?, r.next()?, r.next()?);
    let rights: String = r.next()?;
    let rights = rights.split(',').filter_map(Right::parse).collect();
    Ok(Client { id, name, resolver_id, rights, created_at: r.next()? })
}

/// All clients.
pub(crate) async fn all(db: &Db) -> Result<Vec<Client>, DbError> {
    db.fetch_all(&CLIENTS, args![]).await?.iter().map(read).collect()
}

/// The client with this token, by its keyed hash.
pub(crate) async fn by_token(db: &Db, token: &str) -> Result<Option<Client>, DbError> {
    db.fetch_optional(&CLIENT_BY_TOKEN, args![token]).await?.as_ref().map(read).transpose()
}

/// Adds a client.
pub(crate) fn insert(batch: &mut Batch, client: &Client, token: &str, now: Timestamp) {
    let rights = client.rights.iter().map(|right| right.name()).collect::<Vec<_>>().join(",");
    let folded = client.name.to_lowercase();
    batch.run(&CLIENT_INSERT, args![client.id, &client.name, folded, client.resolver_id, rights, token, now]);
}

/// Removes a client that exists.
pub(crate) fn delete(batch: &mut Batch, name: &str) {
    batch.guard("scim_client", &CLIENT_DELETE, args![name.to_lowercase()]);
}
