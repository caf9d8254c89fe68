//! Rows of `saml_exchange`: messages that went to and fro while an administrator wanted to see them.

use db::{Batch, Db, DbError, WriteError, args};
use kernel::Timestamp;
use kernel::ids::RowId;

db::statements! {
    /// A message.
    EXCHANGE_ADD = "INSERT INTO saml_exchange (id, sp_id, message, expires_at) VALUES (?, ?, ?, ?)";
    /// Those of a party, newest first.
    EXCHANGES_OF = "SELECT id, message FROM saml_exchange WHERE sp_id = ? AND expires_at > ? ORDER BY id DESC LIMIT ?";
    /// Their ids, newest first.
    EXCHANGE_IDS = "SELECT id FROM saml_exchange WHERE sp_id = ? ORDER BY id DESC LIMIT 100";
    /// One is too many.
    EXCHANGE_DELETE = "DELETE FROM saml_exchange WHERE id = ?";
    /// Nobody wants to see them any more.
    EXCHANGES_FORGET = "DELETE FROM saml_exchange WHERE sp_id = ?";
    /// Their time is over.
    EXCHANGES_PURGE = "DELETE FROM saml_exchange WHERE expires_at <= ?";
}

keys::sealed_columns! {
    /// Messages.
    MESSAGE = "saml_exchange", "message", "id";
}

/// Adds a message, sealed, and removes what is more than `most` of the same party.
pub(crate) async fn add(db: &Db, row: (RowId, RowId, &str, Timestamp), most: usize) -> Result<(), WriteError> {
    let (id, sp, message, expires_at) = row;
    let present = db.fetch_all(&EXCHANGE_IDS, args![sp]).await?;
    let mut batch = Batch::new();
    for old in present.iter().skip(most.saturating_sub(1)) {
        batch.run(&EXCHANGE_DELETE, args![old.get::<RowId>(0)?]);
    }
    batch.run(&EXCHANGE_ADD, args![id, sp, message, expires_at]);
    db.write(batch).await.map(|_| ())
}

/// Messages of a party, newest first, sealed.
pub(crate) async fn of(db: &Db, sp: RowId, now: Timestamp, most: u32) -> Result<Vec<(RowId, String)>, DbError> {
    let rows = db.fetch_all(&EXCHANGES_OF, args![sp, now, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Adds to `batch`: all messages of a party are forgotten.
pub(crate) fn forget(batch: &mut Batch, sp: RowId) {
    batch.run(&EXCHANGES_FORGET, args![sp]);
}

/// Adds to `batch`: messages whose time is over are forgotten.
pub(crate) fn purge(batch: &mut Batch, now: Timestamp) {
    batch.run(&EXCHANGES_PURGE, args![now]);
}
