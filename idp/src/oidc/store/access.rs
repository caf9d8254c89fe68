//! Rows of `oidc_access`: access tokens that were issued. A token without a row is void.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::{GrantId, RowId};

use super::grant::{self, Grant, grant_columns};

db::statements! {
    /// A new token.
    ACCESS_ADD = "INSERT INTO oidc_access (jti, grant_id, client, expires_at, revoked_at) VALUES (?, ?, ?, ?, NULL)";
    /// One token.
    ACCESS_BY_JTI = "SELECT grant_id, client, expires_at, revoked_at FROM oidc_access WHERE jti = ?";
    /// The grant of a token.
    ACCESS_GRANT = concat!("SELECT ", grant_columns!(), " FROM oidc_grant g WHERE g.id = ?");
    /// The end of one token.
    ACCESS_REVOKE = "UPDATE oidc_access SET revoked_at = ? WHERE jti = ? AND revoked_at IS NULL";
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) grant: Option<GrantId>,
    pub(crate) client: RowId,
    pub(crate) expires_at: Timestamp,
    pub(crate) revoked_at: Option<Timestamp>,
}

fn read(row: &Row) -> Result<Access, DbError> {
    let mut r = row.reader();
    Ok(Access { grant: r.next()?, client: r.next()?, expires_at: r.next()?, revoked_at: r.next()? })
}

/// Adds a token.
pub(crate) fn add(batch: &mut Batch, jti: RowId, grant: Option<GrantId>, client: RowId, expires_at: Timestamp) {
    batch.run(&ACCESS_ADD, args![jti, grant, client, expires_at]);
}

/// One token, with its grant if it has one.
pub(crate) async fn by_jti(db: &Db, jti: RowId) -> Result<Option<(Access, Option<Grant>)>, DbError> {
    let Some(access) = db.fetch_causal(&ACCESS_BY_JTI, args![jti]).await?.first().map(read).transpose()? else {
        return Ok(None);
    };
    let Some(id) = access.grant else { return Ok(Some((access, None))) };
    let row = db.fetch_optional(&ACCESS_GRANT, args![id]).await?;
    // A token whose grant is gone is void as well.
    Ok(match row {
        Some(row) => Some((access, Some(grant::read(&mut row.reader())?))),
        None => None,
    })
}

/// Ends a token.
pub(crate) fn revoke(batch: &mut Batch, jti: RowId, now: Timestamp) {
    batch.run(&ACCESS_REVOKE, args![now, jti]);
}
