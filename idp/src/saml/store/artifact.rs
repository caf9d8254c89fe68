//! Rows of `saml_artifact`: answers that wait to be fetched.

use db::{Batch, Db, DbError, WriteError, args};
use kernel::Timestamp;
use kernel::ids::RowId;

db::statements! {
    /// An answer is put aside.
    ARTIFACT_ADD = "INSERT INTO saml_artifact (handle_hash, sp_id, answer, expires_at) VALUES (?, ?, ?, ?)";
    /// What waits for a party under a handle.
    ARTIFACT_OF = "SELECT answer FROM saml_artifact WHERE handle_hash = ? AND sp_id = ? AND expires_at > ?";
    /// It is fetched: it cannot be fetched again.
    ARTIFACT_TAKE = "DELETE FROM saml_artifact WHERE handle_hash = ? AND sp_id = ? AND expires_at > ?";
    /// Forgets what nobody has fetched.
    ARTIFACTS_PURGE = "DELETE FROM saml_artifact WHERE expires_at <= ?";
}

keys::sealed_columns! {
    /// Answers.
    ANSWER = "saml_artifact", "answer", "handle_hash";
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) handle_hash: String,
    pub(crate) sp: RowId,
    /// The answer, sealed.
    pub(crate) answer: String,
    pub(crate) expires_at: Timestamp,
}

pub(crate) fn add(batch: &mut Batch, row: &Waiting) {
    batch.run(&ARTIFACT_ADD, args![&row.handle_hash, row.sp, &row.answer, row.expires_at]);
}

/// The answer for this party under this handle, sealed; from now on it is gone. `None` when there is none, or somebody was faster.
pub(crate) async fn take(db: &Db, handle_hash: &str, sp: RowId, now: Timestamp) -> Result<Option<String>, DbError> {
    let found = db.fetch_causal(&ARTIFACT_OF, args![handle_hash, sp, now]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let answer: String = row.get(0)?;
    let mut batch = Batch::new();
    batch.guard("artifact", &ARTIFACT_TAKE, args![handle_hash, sp, now]);
    match db.write(batch).await {
        Ok(_) => Ok(Some(answer)),
        Err(WriteError::Guard(_)) => Ok(None),
        Err(WriteError::Db(error)) => Err(error),
        Err(WriteError::Constraint(name)) => Err(DbError::Failed(name, "saml_artifact")),
    }
}

/// Adds to `batch`: what nobody has fetched in time is forgotten.
pub(crate) fn purge(batch: &mut Batch, now: Timestamp) {
    batch.run(&ARTIFACTS_PURGE, args![now]);
}
