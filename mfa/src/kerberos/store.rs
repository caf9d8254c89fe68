//! Rows of `kerberos_seen`: authenticators that were used, on whichever node, for as long as their time would let them be used again.

use db::{Batch, Db, DbError, args};
use kernel::Timestamp;
use kernel::ids::RowId;

db::statements! {
    /// Whether it was used.
    SEEN = "SELECT id FROM kerberos_seen WHERE tag = ?";
    /// Uses it; refused by `kerberos_seen_once` when somebody was faster.
    SEEN_ADD = "INSERT INTO kerberos_seen (id, tag, expires_at) VALUES (?, ?, ?)";
    /// Forgets those whose time is over.
    SEEN_EXPIRE = "DELETE FROM kerberos_seen WHERE expires_at < ?";
}

/// The unique index that refuses a second use.
pub(super) const ONCE: &str = "kerberos_seen_once";

pub(super) async fn was_used(db: &Db, tag: &str) -> Result<bool, DbError> {
    Ok(!db.fetch_all(&SEEN, args![tag]).await?.is_empty())
}

pub(super) fn add(batch: &mut Batch, id: RowId, tag: &str, expires_at: Timestamp) {
    batch.run(&SEEN_ADD, args![id, tag, expires_at]);
}

/// Forgets those whose time is over.
pub(crate) fn expire(batch: &mut Batch, now: Timestamp) {
    batch.run(&SEEN_EXPIRE, args![now]);
}
