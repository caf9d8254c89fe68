//! Lists service providers.

use std::collections::HashMap;

use idp::party::source::State;
use idp::party::sp::{Metadata, SpRecord, Sps};
use kernel::Timestamp;
use kernel::ids::RowId;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::{Map, Value, json};

use super::failed;

/// Lists all service providers, or one with its metadata.
pub struct ListSps(pub Sps);

/// Which.
pub struct Input {
    id: Option<String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { id: params.optional("id")? })
    }
}

/// What was found.
pub struct Listed {
    records: Vec<SpRecord>,
    states: HashMap<RowId, State>,
    whole: bool,
    now: Timestamp,
}

impl Operation for ListSps {
    const EVENT: &'static str = "saml_sp_list";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Listed;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::SAML_SP_READ.clone())
    }

    async fn run(&self, sys: &Mfa, _: &mut Call, input: &Input) -> Result<Listed, Failure> {
        let records = match &input.id {
            Some(id) => vec![self.0.get(id).await.map_err(failed)?],
            None => self.0.list().await.map_err(failed)?,
        };
        let states = self.0.states().await?;
        Ok(Listed { records, states, whole: input.id.is_some(), now: sys.clock.now() })
    }

    fn answer(&self, output: &Listed) -> Answer {
        let shown = |record: &SpRecord| (record.sp_id.clone(), shown(record, output));
        let all: Map<String, Value> = output.records.iter().map(shown).collect();
        Answer::value(all)
    }
}

/// A service provider as administrators see it: what is configured, and what its metadata says.
fn shown(record: &SpRecord, listed: &Listed) -> Value {
    let mut out = serde_json::to_value(&record.settings).unwrap_or_default();
    out["id"] = json!(record.sp_id);
    out["entity_id"] = json!(record.entity_id);
    out["enabled"] = json!(record.enabled);
    out["version"] = json!(record.version);
    out["created_at"] = json!(record.created_at.seconds());
    out["updated_at"] = json!(record.updated_at.seconds());
    if listed.whole {
        out["metadata"] = json!(record.metadata);
    }
    if let Some(state) = listed.states.get(&record.id).filter(|_| record.settings.metadata_url.is_some()) {
        out["refresh"] = refresh(state);
    }
    let read = Metadata::read(&record.metadata);
    out["status"] = json!(match &read {
        _ if !record.enabled => "disabled",
        Err(_) => "broken",
        Ok(read) if read.valid_until.is_some_and(|until| until <= listed.now) => "expired",
        Ok(_) => "usable",
    });
    match read {
        Ok(read) => out["described"] = described(&read),
        Err(problem) => out["problem"] = json!(problem.to_string()),
    }
    out
}

/// How the looks at published metadata went.
pub(crate) fn refresh(state: &State) -> Value {
    json!({
        "checked_at": state.checked_at.seconds(),
        "fetched_at": state.fetched_at.map(Timestamp::seconds),
        "due_at": state.due_at.seconds(),
        "failures": state.failures,
        "problem": state.problem,
    })
}

fn described(read: &Metadata) -> Value {
    let consumers = read.consumers.iter();
    let services = read.services.iter();
    json!({
        "names": read.display.names,
        "valid_until": read.valid_until.map(Timestamp::seconds),
        "registrar": read.standing.registrar,
        "categories": read.standing.categories,
        "consumers": consumers.map(|c| json!({"index": c.index, "binding": c.binding, "location": c.location})).collect::<Vec<_>>(),
        "logout": read.logout.iter().map(|e| json!({"binding": e.binding, "location": e.location})).collect::<Vec<_>>(),
        "signing_certificates": read.signing.len(),
        "encryption_certificates": read.encryption.len(),
        "name_id_formats": read.name_id_formats,
        "requested_attributes": services.flat_map(|s| &s.attributes).map(|a| json!(a.name)).collect::<Vec<_>>(),
        "requests_signed": read.requests_signed,
        "wants_assertions_signed": read.wants_assertions_signed,
    })
}
