//! Rows of `saml_source`.

use std::collections::HashMap;

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

use super::State;

db::statements! {
    /// How every source is doing.
    STATES = "SELECT id, checked_at, fetched_at, due_at, failures, problem FROM saml_source";
    /// How one is doing.
    STATE = "SELECT id, checked_at, fetched_at, due_at, failures, problem FROM saml_source WHERE id = ?";
    /// Forgets what was known of a source.
    FORGET = "DELETE FROM saml_source WHERE id = ?";
    /// Notes what is known of a source.
    NOTE = "INSERT INTO saml_source (id, checked_at, fetched_at, due_at, failures, problem) VALUES (?, ?, ?, ?, ?, ?)";
}

/// Longest problem that is kept.
const LONGEST: usize = 500;

fn read(row: &Row) -> Result<(RowId, State), DbError> {
    let mut r = row.reader();
    let id = r.next()?;
    let (checked_at, fetched_at): (Timestamp, Option<Timestamp>) = (r.next()?, r.next()?);
    Ok((id, State { checked_at, fetched_at, due_at: r.next()?, failures: r.next()?, problem: r.next()? }))
}

/// All of them.
pub(crate) async fn all(db: &Db) -> Result<HashMap<RowId, State>, DbError> {
    db.fetch_all(&STATES, args![]).await?.iter().map(read).collect()
}

/// One of them.
pub(crate) async fn get(db: &Db, id: RowId) -> Result<Option<State>, DbError> {
    Ok(db.fetch_optional(&STATE, args![id]).await?.as_ref().map(read).transpose()?.map(|(_, state)| state))
}

/// Adds to `batch`: this is known of the source from now on.
pub(crate) fn note(batch: &mut Batch, id: RowId, state: &State) {
    forget(batch, id);
    let problem: String = state.problem.chars().take(LONGEST).collect();
    batch.run(&NOTE, args![id, state.checked_at, state.fetched_at, state.due_at, state.failures, problem]);
}

/// Adds to `batch`: nothing is known of the source any more.
pub(crate) fn forget(batch: &mut Batch, id: RowId) {
    batch.run(&FORGET, args![id]);
}
