//! Rows of `oidc_assertion`: client assertions that were used.

use db::{Batch, args};
use kernel::Timestamp;
use kernel::ids::RowId;

db::statements! {
    /// Remembers an assertion; refused by `oidc_assertion_once` when it was used before.
    ASSERTION_ADD = "INSERT INTO oidc_assertion (id, assertion_hash, expires_at) VALUES (?, ?, ?)";
}

/// The unique index that refuses a second use.
pub(crate) const ONCE: &str = "oidc_assertion_once";

/// Remembers that an assertion was used.
pub(crate) fn add(batch: &mut Batch, id: RowId, hash: &str, expires_at: Timestamp) {
    batch.run(&ASSERTION_ADD, args![id, hash, expires_at]);
}
