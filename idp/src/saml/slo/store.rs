//! Rows of logouts under way.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

use super::state::Journey;

db::statements! {
    /// Begins one.
    LOGOUT_ADD = "INSERT INTO saml_logout (id, version, browser_hash, request_hash, finished, state, expires_at) \
        VALUES (?, 1, ?, NULL, FALSE, ?, ?)";
    /// One of a browser.
    LOGOUT_BY_ID = "SELECT id, version, finished, state FROM saml_logout WHERE id = ? AND browser_hash = ? AND expires_at > ?";
    /// The one of a browser that waits for the answer to this request.
    LOGOUT_BY_REQUEST = "SELECT id, version, finished, state FROM saml_logout \
        WHERE request_hash = ? AND browser_hash = ? AND expires_at > ?";
    /// The latest of a browser that is not finished.
    LOGOUT_OPEN = "SELECT id, version, finished, state FROM saml_logout \
        WHERE browser_hash = ? AND NOT finished AND expires_at > ? ORDER BY id DESC LIMIT 1";
    /// How it stands now, if it stands as it was read.
    LOGOUT_SAVE = "UPDATE saml_logout SET version = version + 1, request_hash = ?, finished = ?, state = ? \
        WHERE id = ? AND version = ? AND NOT finished";
    /// Those whose time is over and that nobody has finished.
    LOGOUT_ABANDONED = "SELECT id, version, state FROM saml_logout WHERE expires_at <= ? AND NOT finished \
        ORDER BY expires_at, id LIMIT ?";
    /// Forgets one of them, if it stands as it was read.
    LOGOUT_FORGET = "DELETE FROM saml_logout WHERE id = ? AND version = ?";
    /// Forgets finished ones whose time is over.
    LOGOUT_PURGE = "DELETE FROM saml_logout WHERE expires_at <= ? AND finished";
}

/// One row.
pub(super) struct LogoutRow {
    pub(super) id: RowId,
    version: i64,
    pub(super) finished: bool,
    pub(super) journey: Journey,
}

impl LogoutRow {
    /// What was saved of it is now the row.
    pub(super) fn saved(&mut self) {
        self.version += 1;
    }
}

/// A logout that nobody has finished. Its state is `None` when it cannot be read.
pub(super) struct Abandoned {
    id: RowId,
    version: i64,
    pub(super) journey: Option<Journey>,
}

fn read(row: &Row) -> Result<LogoutRow, DbError> {
    let mut r = row.reader();
    Ok(LogoutRow { id: r.next()?, version: r.next()?, finished: r.next()?, journey: r.parse(|text| serde_json::from_str(text))? })
}

pub(super) fn add(
    batch: &mut Batch,
    id: RowId,
    browser_hash: &str,
    journey: &Journey,
    expires_at: Timestamp,
) -> Result<(), serde_json::Error> {
    batch.run(&LOGOUT_ADD, args![id, browser_hash, serde_json::to_string(journey)?, expires_at]);
    Ok(())
}

pub(super) async fn by_id(db: &Db, id: RowId, browser_hash: &str, now: Timestamp) -> Result<Option<LogoutRow>, DbError> {
    db.fetch_causal(&LOGOUT_BY_ID, args![id, browser_hash, now]).await?.first().map(read).transpose()
}

pub(super) async fn by_request(
    db: &Db,
    request_hash: &str,
    browser_hash: &str,
    now: Timestamp,
) -> Result<Option<LogoutRow>, DbError> {
    db.fetch_causal(&LOGOUT_BY_REQUEST, args![request_hash, browser_hash, now]).await?.first().map(read).transpose()
}

pub(super) async fn open(db: &Db, browser_hash: &str, now: Timestamp) -> Result<Option<LogoutRow>, DbError> {
    db.fetch_causal(&LOGOUT_OPEN, args![browser_hash, now]).await?.first().map(read).transpose()
}

/// Adds to `batch`: how the logout of `row` stands now (guard `logout`). `request_hash` is the request whose answer it waits for.
pub(super) fn save(batch: &mut Batch, row: &LogoutRow, request_hash: Option<&str>) -> Result<(), serde_json::Error> {
    let state = serde_json::to_string(&row.journey)?;
    batch.guard("logout", &LOGOUT_SAVE, args![request_hash, row.finished, state, row.id, row.version]);
    Ok(())
}

pub(super) async fn abandoned(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<Abandoned>, DbError> {
    let read = |row: &Row| {
        let mut r = row.reader();
        let (id, version, state) = (r.next()?, r.next()?, r.next::<String>()?);
        Ok(Abandoned { id, version, journey: serde_json::from_str(&state).ok() })
    };
    db.fetch_all(&LOGOUT_ABANDONED, args![now, limit]).await?.iter().map(read).collect()
}

/// Adds to `batch`: forgets one of these (guard `abandoned logout`).
pub(super) fn forget(batch: &mut Batch, abandoned: &Abandoned) {
    batch.guard("abandoned logout", &LOGOUT_FORGET, args![abandoned.id, abandoned.version]);
}

/// Adds to `batch`: forgets finished logouts that nobody comes back to any more.
pub(in crate::saml) fn purge(batch: &mut Batch, now: Timestamp) {
    batch.run(&LOGOUT_PURGE, args![now]);
}
