//! Rows of `audit_checkpoint`.

use db::{Batch, Db, DbError, Row};
use kernel::Timestamp;
use kernel::ids::RowId;

db::statements! {
    /// A signed statement about the chain.
    INSERT = "INSERT INTO audit_checkpoint (id, position, anchor, created_at, statement) VALUES (?, ?, ?, ?, ?)";
    /// The last one of a kind.
    LAST = "SELECT position, created_at, statement FROM audit_checkpoint WHERE anchor = ? ORDER BY position DESC LIMIT 1";
    /// The last checkpoint up to a position.
    LAST_UNTIL = "SELECT position, created_at, statement FROM audit_checkpoint \
                  WHERE anchor = FALSE AND position <= ? ORDER BY position DESC LIMIT 1";
    /// Checkpoints of a range of positions.
    RANGE = "SELECT position, created_at, statement FROM audit_checkpoint \
             WHERE anchor = FALSE AND position > ? AND position <= ? ORDER BY position LIMIT ?";
    /// Forgets what lies before an anchor.
    FORGET = "DELETE FROM audit_checkpoint WHERE position < ?";
}

/// A row; nothing in it is trusted before its statement was verified.
#[derive(Clone)]
pub(crate) struct StoredCheckpoint {
    pub(crate) position: i64,
    pub(crate) created: Timestamp,
    pub(crate) statement: String,
}

fn read(row: &Row) -> Result<StoredCheckpoint, DbError> {
    let mut c = row.reader();
    Ok(StoredCheckpoint { position: c.next()?, created: c.next()?, statement: c.next()? })
}

pub(crate) fn insert(batch: &mut Batch, id: RowId, anchor: bool, checkpoint: &StoredCheckpoint) {
    let StoredCheckpoint { position, created, statement } = checkpoint;
    batch.run(&INSERT, db::args![id, *position, anchor, *created, statement]);
}

pub(crate) async fn last(db: &Db, anchor: bool) -> Result<Option<StoredCheckpoint>, DbError> {
    db.fetch_optional(&LAST, db::args![anchor]).await?.map(|row| read(&row)).transpose()
}

pub(crate) async fn last_until(db: &Db, position: i64) -> Result<Option<StoredCheckpoint>, DbError> {
    db.fetch_optional(&LAST_UNTIL, db::args![position]).await?.map(|row| read(&row)).transpose()
}

pub(crate) async fn range(db: &Db, after: i64, until: i64, limit: i64) -> Result<Vec<StoredCheckpoint>, DbError> {
    db.fetch_list(&RANGE, db::args![after, until, limit]).await?.iter().map(read).collect()
}

pub(crate) fn forget_before(batch: &mut Batch, position: i64) {
    batch.run(&FORGET, db::args![position]);
}
