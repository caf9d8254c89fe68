//! Rows of flows.

use db::{Batch, Db, DbError, Row, WriteError, args};
use kernel::Timestamp;
use kernel::ids::FlowId;
use keys::Sealer;

use super::error::LoginError;
use super::sign_in::SignIn;
use super::state::{Secrets, State};

db::statements! {
    /// A flow, whatever became of it.
    FLOW_BY_ID = "SELECT id, version, browser_hash, request, state, sealed, finished, created_at, expires_at FROM login_flow WHERE id = ?";
    /// Begins one.
    FLOW_INSERT = "INSERT INTO login_flow (id, version, browser_hash, issuer, party_kind, party, person_id, step, request, state, sealed, \
        finished, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, FALSE, ?, ?)";
    /// Claims the right to answer this version: whoever has it may spend something.
    FLOW_CLAIM = "UPDATE login_flow SET version = version + 1 WHERE id = ? AND version = ? AND NOT finished AND expires_at > ?";
    /// The next state.
    FLOW_SAVE = "UPDATE login_flow SET version = version + 1, person_id = ?, step = ?, state = ?, sealed = ? \
        WHERE id = ? AND version = ? AND NOT finished AND expires_at > ?";
    /// The end; what was proven is consumed, what was secret is gone.
    FLOW_FINISH = "UPDATE login_flow SET version = version + 1, step = 'done', state = '{}', sealed = NULL, finished = TRUE \
        WHERE id = ? AND version = ? AND NOT finished AND expires_at > ?";
    /// Those whose time is over.
    FLOWS_EXPIRED = "SELECT id FROM login_flow WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";
    /// Forgets one.
    FLOW_DELETE = "DELETE FROM login_flow WHERE id = ?";
}

keys::sealed_columns! {
    /// What a step shows and nobody else may read.
    FLOW_SECRETS = "login_flow", "sealed", "id";
}

/// What the row of a flow says beside its state.
pub(super) struct Flow {
    pub(super) id: FlowId,
    pub(super) version: i64,
    pub(super) browser_hash: String,
    pub(super) request: SignIn,
    pub(super) finished: bool,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    /// Whether there is a row; a flow that shows nothing never has one.
    pub(super) stored: bool,
}

/// Both forms of a state, ready to be written.
pub(super) struct Written {
    state: String,
    sealed: Option<String>,
}

impl Written {
    pub(super) fn of(sealer: &Sealer, id: FlowId, state: &State) -> Result<Self, LoginError> {
        let row = id.to_string();
        let sealed = state.secrets.to_bytes()?.map(|bytes| sealer.seal(&FLOW_SECRETS.place(&row), bytes.expose()));
        Ok(Self { state: serde_json::to_string(state)?, sealed })
    }

    pub(super) fn read(&self, sealer: &Sealer, id: FlowId) -> Result<State, LoginError> {
        let mut state: State = serde_json::from_str(&self.state)?;
        if let Some(sealed) = &self.sealed {
            state.secrets = Secrets::from_bytes(&sealer.open(&FLOW_SECRETS.place(&id.to_string()), sealed)?)?;
        }
        Ok(state)
    }
}

/// The flow and the written form of its state.
pub(super) async fn by_id(db: &Db, id: FlowId) -> Result<Option<(Flow, Written)>, DbError> {
    db.fetch_causal(&FLOW_BY_ID, args![id]).await?.first().map(read).transpose()
}

fn read(row: &Row) -> Result<(Flow, Written), DbError> {
    let mut r = row.reader();
    let (id, version, browser_hash) = (r.next()?, r.next()?, r.next()?);
    let request = r.parse(|text| serde_json::from_str(text))?;
    let written = Written { state: r.next()?, sealed: r.next()? };
    let (finished, created_at, expires_at) = (r.next()?, r.next()?, r.next()?);
    Ok((Flow { id, version, browser_hash, request, finished, created_at, expires_at, stored: true }, written))
}

pub(super) fn insert(
    batch: &mut Batch,
    issuer: &str,
    flow: &Flow,
    state: &State,
    written: Written,
) -> Result<(), serde_json::Error> {
    let party = &flow.request.party;
    let request = serde_json::to_string(&flow.request)?;
    let args = args![
        flow.id,
        flow.version,
        &flow.browser_hash,
        issuer,
        party.kind.name(),
        &party.id,
        state.who,
        state.step.name(),
        request,
        written.state,
        written.sealed,
        flow.created_at,
        flow.expires_at,
    ];
    batch.run(&FLOW_INSERT, args);
    Ok(())
}

pub(super) fn claim(batch: &mut Batch, flow: &Flow, now: Timestamp) {
    batch.guard("flow", &FLOW_CLAIM, args![flow.id, flow.version, now]);
}

pub(super) fn save(batch: &mut Batch, flow: &Flow, state: &State, written: Written, now: Timestamp) {
    let args = args![state.who, state.step.name(), written.state, written.sealed, flow.id, flow.version, now];
    batch.guard("flow", &FLOW_SAVE, args);
}

pub(super) fn finish(batch: &mut Batch, flow: &Flow, now: Timestamp) {
    batch.guard("flow", &FLOW_FINISH, args![flow.id, flow.version, now]);
}

/// Removes up to `limit` flows that expired before `before`; returns how many.
pub(super) async fn cleanup(db: &Db, before: Timestamp, limit: u32) -> Result<usize, WriteError> {
    let expired = db.fetch_all(&FLOWS_EXPIRED, args![before, limit]).await?;
    let mut batch = Batch::new();
    for row in &expired {
        batch.run(&FLOW_DELETE, args![row.get::<FlowId>(0)?]);
    }
    db.write(batch).await?;
    Ok(expired.len())
}
