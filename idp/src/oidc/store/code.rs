//! Rows of `oidc_code`: authorization codes, known by their hash.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::GrantId;

use super::grant::{self, Grant, grant_columns};

db::statements! {
    /// A new code.
    CODE_ADD = "INSERT INTO oidc_code (code_hash, grant_id, redirect_uri, challenge, nonce, expires_at, used_at)
        VALUES (?, ?, ?, ?, ?, ?, NULL)";
    /// One code, with its grant.
    CODE_BY_HASH = concat!("SELECT c.code_hash, c.grant_id, c.redirect_uri, c.challenge, c.nonce, c.expires_at, c.used_at, ",
        grant_columns!(), " FROM oidc_code c JOIN oidc_grant g ON g.id = c.grant_id WHERE c.code_hash = ?");
    /// Its only use.
    CODE_USE = "UPDATE oidc_code SET used_at = ? WHERE code_hash = ? AND used_at IS NULL AND expires_at > ?";
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) hash: String,
    pub(crate) grant: GrantId,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) expires_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

fn read(row: &Row) -> Result<(Code, Grant), DbError> {
    let mut r = row.reader();
    let code = Code {
        hash: r.next()?,
        grant: r.next()?,
        redirect_uri: r.next()?,
        challenge: r.next()?,
        nonce: r.next()?,
        expires_at: r.next()?,
        used_at: r.next()?,
    };
    Ok((code, grant::read(&mut r)?))
}

/// Adds a code.
pub(crate) fn add(batch: &mut Batch, code: &Code) {
    let stored = args![&code.hash, code.grant, &code.redirect_uri, code.challenge.clone(), code.nonce.clone(), code.expires_at];
    batch.run(&CODE_ADD, stored);
}

/// One code, with its grant.
pub(crate) async fn by_hash(db: &Db, hash: &str) -> Result<Option<(Code, Grant)>, DbError> {
    db.fetch_causal(&CODE_BY_HASH, args![hash]).await?.first().map(read).transpose()
}

/// Uses a code: once, and before it expires.
pub(crate) fn take(batch: &mut Batch, hash: &str, now: Timestamp) {
    batch.guard("code", &CODE_USE, args![now, hash, now]);
}
