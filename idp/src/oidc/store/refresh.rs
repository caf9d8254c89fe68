//! Rows of `oidc_refresh`: refresh tokens, known by their hash, one generation after the other.
//!
//! A token is *fresh* until it is used, then *superseded* while its successors are fresh, and *dead* when one of these is used.
//! Whoever changes one touches the row of the grant first, so that two refreshes of one grant follow one another on every database.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::GrantId;

use super::grant::{self, Grant, grant_columns};

db::statements! {
    /// A new token.
    REFRESH_ADD = "INSERT INTO oidc_refresh (token_hash, grant_id, generation, created_at, expires_at, used_at, dead_at)
        VALUES (?, ?, ?, ?, ?, NULL, NULL)";
    /// One token, with its grant.
    REFRESH_BY_HASH = concat!("SELECT r.token_hash, r.generation, r.expires_at, r.used_at, r.dead_at, ", grant_columns!(),
        " FROM oidc_refresh r JOIN oidc_grant g ON g.id = r.grant_id WHERE r.token_hash = ?");
    /// First use of a token.
    REFRESH_USE = "UPDATE oidc_refresh SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND dead_at IS NULL AND expires_at > ?";
    /// Others of this and the former generation die: the predecessor, and siblings from a use that was repeated. Older ones died
    /// when the former generation was used.
    REFRESH_BURY = "UPDATE oidc_refresh SET dead_at = ?
        WHERE grant_id = ? AND generation >= ? AND generation <= ? AND token_hash <> ? AND dead_at IS NULL";
    /// A repeated use, while no successor was used.
    REFRESH_REPEAT = "UPDATE oidc_refresh SET dead_at = NULL WHERE token_hash = ? AND used_at > ? AND dead_at IS NULL AND expires_at > ?";
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Refresh {
    pub(crate) hash: String,
    pub(crate) generation: i64,
    pub(crate) expires_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) dead_at: Option<Timestamp>,
}

fn read(row: &Row) -> Result<(Refresh, Grant), DbError> {
    let mut r = row.reader();
    let refresh =
        Refresh { hash: r.next()?, generation: r.next()?, expires_at: r.next()?, used_at: r.next()?, dead_at: r.next()? };
    Ok((refresh, grant::read(&mut r)?))
}

/// One token, with its grant.
pub(crate) async fn by_hash(db: &Db, hash: &str) -> Result<Option<(Refresh, Grant)>, DbError> {
    db.fetch_causal(&REFRESH_BY_HASH, args![hash]).await?.first().map(read).transpose()
}

/// Adds a token of the given generation.
pub(crate) fn add(batch: &mut Batch, hash: &str, grant: GrantId, generation: i64, now: Timestamp, expires_at: Timestamp) {
    batch.run(&REFRESH_ADD, args![hash, grant, generation, now, expires_at]);
}

/// First use: the token is superseded, everything not newer than it dies.
pub(crate) fn take(batch: &mut Batch, token: &Refresh, grant: GrantId, now: Timestamp) {
    batch.guard("refresh token", &REFRESH_USE, args![now, &token.hash, now]);
    batch.run(&REFRESH_BURY, args![now, grant, token.generation - 1, token.generation, &token.hash]);
}

/// Repeated use of a token that was used after `since`, while no successor was used.
pub(crate) fn repeat(batch: &mut Batch, token: &Refresh, since: Timestamp, now: Timestamp) {
    batch.guard("refresh token", &REFRESH_REPEAT, args![&token.hash, since, now]);
}
