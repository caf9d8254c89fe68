//! Checkpoints: signed statements that the link of a position was this one. An anchor is the checkpoint where the chain
//! begins after older entries were dropped.

use std::io::{Read, Seek, SeekFrom, Write};
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

/// Marks a line that a crash has cut off.
const TORN: &str = " torn";

fn append_line(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).read(true).open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let mend = if last == *b"\n" { "" } else { " torn\n" };
    file.write_all(format!("{mend}{line}\n").as_bytes())?;
    file.sync_data()
}

/// The statements of a checkpoint file, for [`Chain::verify`]; lines that a crash has cut off are left out.
///
/// # Errors
/// When the file cannot be read.
pub fn read_checkpoints(path: &Path) -> std::io::Result<Vec<String>> {
    let text = std::fs::read_to_string(path)?;
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    Ok(whole.lines().filter(|line| !line.is_empty() && !line.ends_with(TORN)).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_does_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.log");
        append_line(&path, "a.b.c").unwrap();
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"d.e").unwrap();
        assert_eq!(read_checkpoints(&path).unwrap(), ["a.b.c"]);
        append_line(&path, "f.g.h").unwrap();
        assert_eq!(read_checkpoints(&path).unwrap(), ["a.b.c", "f.g.h"]);
    }
}
