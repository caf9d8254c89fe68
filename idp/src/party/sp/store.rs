//! Rows of `saml_sp`, and of answered requests.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

use super::settings::Settings;

db::statements! {
    /// All service providers of an issuer, by id.
    SPS = "SELECT id, sp_id, entity_id, version, enabled, settings, metadata, created_at, updated_at FROM saml_sp
        WHERE issuer = ? ORDER BY sp_id";
    /// One of them.
    SP_BY_NAME = "SELECT id, sp_id, entity_id, version, enabled, settings, metadata, created_at, updated_at FROM saml_sp
        WHERE issuer = ? AND sp_id = ?";
    /// A new one; refused by `saml_sp_name` or `saml_sp_entity` when one of its names is taken.
    SP_ADD = "INSERT INTO saml_sp (id, issuer, sp_id, entity_id, version, enabled, settings, metadata, created_at, updated_at)
        VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)";
    /// Other settings or metadata, if nobody changed it meanwhile.
    SP_UPDATE = "UPDATE saml_sp SET version = version + 1, entity_id = ?, enabled = ?, settings = ?, metadata = ?, updated_at = ?
        WHERE id = ? AND version = ?";
    /// Gone, if nobody changed it meanwhile.
    SP_DELETE = "DELETE FROM saml_sp WHERE id = ? AND version = ?";
    /// A request was answered; refused by the primary key when it was before.
    ANSWERED_ADD = "INSERT INTO saml_answered (request_hash, expires_at) VALUES (?, ?)";
    /// Forgets requests that nobody could send again.
    ANSWERED_PURGE = "DELETE FROM saml_answered WHERE expires_at < ?";
}

/// One row.
#[derive(Clone)]
pub(crate) struct SpRow {
    pub(crate) id: RowId,
    pub(crate) sp_id: String,
    pub(crate) entity_id: String,
    pub(crate) version: i64,
    pub(crate) enabled: bool,
    pub(crate) settings: Settings,
    pub(crate) metadata: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

fn read(row: &Row) -> Result<SpRow, DbError> {
    let mut r = row.reader();
    Ok(SpRow {
        id: r.next()?,
        sp_id: r.next()?,
        entity_id: r.next()?,
        version: r.next()?,
        enabled: r.next()?,
        settings: r.parse(|text| serde_json::from_str(text))?,
        metadata: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

/// All of them with the names of their entities. A row that cannot be read is told beside them, so that one broken row does not stop the
/// others.
pub(super) async fn all(db: &Db, issuer: &str) -> Result<Vec<(String, Result<SpRow, DbError>)>, DbError> {
    db.fetch_all(&SPS, args![issuer]).await?.iter().map(|row| Ok((row.get(2)?, read(row)))).collect()
}

pub(super) async fn by_name(db: &Db, issuer: &str, sp_id: &str) -> Result<Option<SpRow>, DbError> {
    db.fetch_optional(&SP_BY_NAME, args![issuer, sp_id]).await?.as_ref().map(read).transpose()
}

pub(super) fn add(batch: &mut Batch, issuer: &str, row: &SpRow, settings: String) {
    let stored =
        args![row.id, issuer, &row.sp_id, &row.entity_id, row.enabled, settings, &row.metadata, row.created_at, row.updated_at];
    batch.run(&SP_ADD, stored);
}

pub(super) fn update(batch: &mut Batch, row: &SpRow, settings: String, at: Timestamp) {
    let stored = args![&row.entity_id, row.enabled, settings, &row.metadata, at, row.id, row.version];
    batch.guard("service provider", &SP_UPDATE, stored);
}

pub(super) fn delete(batch: &mut Batch, row: &SpRow) {
    batch.guard("service provider", &SP_DELETE, args![row.id, row.version]);
}

/// The constraint that is violated when a request was answered before.
pub(crate) const ANSWERED: &str = "saml_answered_pk";

/// Adds to `batch`: this request is answered, now and never again.
pub(crate) fn answered(batch: &mut Batch, request_hash: &str, expires_at: Timestamp) {
    batch.run(&ANSWERED_ADD, args![request_hash, expires_at]);
}

/// Adds to `batch`: forgets requests that nobody could send again.
pub(crate) fn purge(batch: &mut Batch, now: Timestamp) {
    batch.run(&ANSWERED_PURGE, args![now]);
}
