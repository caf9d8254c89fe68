//! Removes rows that mean nothing any more.

use std::time::Duration;

use db::{Batch, Db, WriteError, args};
use kernel::Timestamp;

db::statements! {
    /// Codes. They are kept for a while, so that a late replay still ends what came of the code.
    PURGE_CODES = "DELETE FROM oidc_code WHERE expires_at < ?";
    /// Refresh tokens.
    PURGE_REFRESH = "DELETE FROM oidc_refresh WHERE expires_at < ?";
    /// Access tokens.
    PURGE_ACCESS = "DELETE FROM oidc_access WHERE expires_at < ?";
    /// Assertions.
    PURGE_ASSERTIONS = "DELETE FROM oidc_assertion WHERE expires_at < ?";
    /// Grants.
    PURGE_GRANTS = "DELETE FROM oidc_grant WHERE expires_at < ?";
}

/// How long rows are kept after they expire.
const KEPT: Duration = Duration::from_secs(86_400);

/// Removes what expired more than a day ago; returns how many rows. One statement at a time, so that none holds up others.
///
/// # Errors
/// When the database fails.
pub(crate) async fn purge(db: &Db, now: Timestamp) -> Result<u64, WriteError> {
    let mut removed = 0;
    for stmt in [&PURGE_CODES, &PURGE_REFRESH, &PURGE_ACCESS, &PURGE_ASSERTIONS, &PURGE_GRANTS] {
        let mut batch = Batch::new();
        batch.run(stmt, args![now - KEPT]);
        removed += db.write(batch).await?.rows.iter().sum::<u64>();
    }
    Ok(removed)
}
