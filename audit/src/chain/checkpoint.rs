//! Checkpoints: signed statements that the link of a position was this one. An anchor is the checkpoint where the chain
//! begins after older entries were dropped.

use std::io::Write;
use std::path::Path;

use db::Batch;
use kernel::Timestamp;
use kernel::ids::RowId;
use keys::{Alg, Use};
use serde::{Deserialize, Serialize};

use super::{Chain, ChainError, Head, State};
use crate::store::checkpoint::{self, StoredCheckpoint};

/// `typ` of the statements.
const TYP: &str = "symbolon-audit+jwt";

/// What is signed.
#[derive(Serialize, Deserialize)]
pub(super) struct Statement {
    pub(super) position: i64,
    pub(super) link: String,
    /// Microseconds since the epoch.
    at: Timestamp,
    pub(super) anchor: bool,
}

impl Chain {
    pub(super) async fn checkpoint_if_due(&self, state: &mut State, head: &Head, now: Timestamp) -> Result<bool, ChainError> {
        if state.checkpoint.is_none() {
            let last = checkpoint::last(&self.audit.db, false).await?;
            state.checkpointed = last.as_ref().map_or(0, |c| c.position);
            state.checkpoint = Some(last.map_or(Timestamp::default(), |c| c.created));
        }
        let waited = state.checkpoint.is_none_or(|last| now.since(last) >= self.config.checkpoint_every);
        if !waited || head.position <= state.checkpointed {
            return Ok(false);
        }
        let statement = self.state_position(head, now, false)?;
        let mut batch = Batch::new();
        checkpoint::insert(&mut batch, RowId::new(&self.audit.chance, now), false, &statement);
        self.audit.db.write(batch).await?;
        self.send_away(&statement).await;
        (state.checkpoint, state.checkpointed) = (Some(now), head.position);
        Ok(true)
    }

    /// Signs a statement about the head.
    pub(super) fn state_position(&self, head: &Head, now: Timestamp, anchor: bool) -> Result<StoredCheckpoint, ChainError> {
        let claims = Statement { position: head.position, link: head.link.clone(), at: now, anchor };
        let statement = self.ring.sign_jwt(Use::Checkpoint, Alg::Es256, TYP, &claims)?;
        Ok(StoredCheckpoint { position: head.position, created: now, statement })
    }

    /// What a statement says, if one of our keys signed it.
    pub(super) fn read_statement(&self, statement: &str) -> Result<Statement, String> {
        let claims = self.ring.verify_signature(Use::Checkpoint, TYP, statement).map_err(|e| e.to_string())?;
        serde_json::from_value(serde_json::Value::Object(claims)).map_err(|e| e.to_string())
    }

    /// The last anchor, or the very beginning.
    pub(crate) async fn anchor(&self) -> Result<Head, ChainError> {
        let Some(stored) = checkpoint::last(&self.audit.db, true).await? else { return Ok(Head::genesis()) };
        let said = self.read_statement(&stored.statement).map_err(ChainError::Anchor)?;
        if !said.anchor || said.position != stored.position {
            return Err(ChainError::Anchor("the statement is about something else".to_owned()));
        }
        Ok(Head { position: said.position, link: said.link })
    }

    /// Lets the statement leave the database: to the log, and to the file if there is one.
    async fn send_away(&self, checkpoint: &StoredCheckpoint) {
        let StoredCheckpoint { position, statement, .. } = checkpoint.clone();
        tracing::info!(target: "audit::checkpoint", position, statement, "audit checkpoint");
        let Some(file) = self.config.checkpoint_file.clone() else { return };
        let written = tokio::task::spawn_blocking(move || append_line(&file, &statement)).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the checkpoint file cannot be written"),
            Err(error) => tracing::error!(%error, "the checkpoint file cannot be written"),
        }
    }
}

fn append_line(file: &Path, line: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}
