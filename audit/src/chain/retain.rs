//! Retention: old entries are dropped in whole ranges that end at a checkpoint; a signed anchor takes their place.

use db::Batch;
use kernel::Timestamp;
use kernel::ids::{AuditId, RowId};

use super::{Chain, ChainError, Head};
use crate::store::{chain, checkpoint};

/// Links that are dropped at a time.
const RANGE: i64 = 500;

impl Chain {
    /// Drops the entries that were made before `cutoff`, up to the last checkpoint before it; returns how many. An
    /// interrupted run is finished by the next one.
    ///
    /// # Errors
    /// [`ChainError`]; [`ChainError::Anchor`] when the checkpoint is not one of ours: nothing is dropped then.
    pub async fn drop_before(&self, cutoff: Timestamp, now: Timestamp) -> Result<u64, ChainError> {
        let db = &self.audit.db;
        let kept = chain::position_of_first_since(db, AuditId::first_of(cutoff)).await?;
        let limit = match kept {
            Some(position) => position - 1,
            None => self.head().await?.position,
        };
        let old = self.anchor().await?;
        let mut end = old.position;
        if let Some(stored) = checkpoint::last_until(db, limit).await?.filter(|c| c.position > old.position) {
            let said = self.read_statement(&stored.statement).map_err(ChainError::Anchor)?;
            if said.position != stored.position {
                return Err(ChainError::Anchor("the statement is about another position".to_owned()));
            }
            let head = Head { position: said.position, link: said.link };
            let mut batch = Batch::new();
            let anchor = self.state_position(&head, now, true)?;
            checkpoint::insert(&mut batch, RowId::new(&self.audit.chance, now), true, &anchor);
            checkpoint::forget_before(&mut batch, head.position);
            db.write(batch).await?;
            end = head.position;
        }
        self.drop_until(end).await
    }

    /// Drops all links up to a position with their entries.
    async fn drop_until(&self, end: i64) -> Result<u64, ChainError> {
        let db = &self.audit.db;
        let mut dropped = 0;
        while let Some(first) = chain::first(db).await?.filter(|first| first.position <= end) {
            let until = end.min(first.position + RANGE - 1);
            dropped += chain::drop_range(db, first.position - 1, until).await?;
        }
        Ok(dropped)
    }
}
