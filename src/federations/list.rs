//! Lists federations.

use std::collections::HashMap;

use idp::party::federation::FederationRecord;
use idp::party::source::State;
use idp::party::sp::Sps;
use kernel::Timestamp;
use kernel::ids::RowId;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::{Map, Value, json};

use super::failed;
use crate::sps::refresh_state;

/// Lists all federations, or one.
pub struct ListFederations(pub Sps);

/// Which.
pub struct Input {
    name: Option<String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { name: params.optional("name")? })
    }
}

/// What was found.
pub struct Listed {
    records: Vec<FederationRecord>,
    states: HashMap<RowId, State>,
    now: Timestamp,
}

impl Operation for ListFederations {
    const EVENT: &'static str = "saml_federation_list";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Listed;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::SAML_SP_READ.clone())
    }

    async fn run(&self, sys: &Mfa, _: &mut Call, input: &Input) -> Result<Listed, Failure> {
        let records = match &input.name {
            Some(name) => vec![self.0.federation(name).await.map_err(failed)?],
            None => self.0.federations().await.map_err(failed)?,
        };
        Ok(Listed { records, states: self.0.states().await?, now: sys.clock.now() })
    }

    fn answer(&self, output: &Listed) -> Answer {
        let all: Map<String, Value> = output.records.iter().map(|record| (record.name.clone(), shown(record, output))).collect();
        Answer::value(all)
    }
}

fn shown(record: &FederationRecord, listed: &Listed) -> Value {
    let (mut out, held) = (serde_json::to_value(&record.settings).unwrap_or_default(), &record.held);
    out["name"] = json!(record.name);
    out["enabled"] = json!(record.enabled);
    out["version"] = json!(record.version);
    out["entities"] = json!(held.entities);
    out["services"] = json!(held.services);
    out["unreadable"] = json!(held.unreadable);
    out["valid_until"] = json!(held.valid_until.map(Timestamp::seconds));
    out["made_at"] = json!(held.made_at.map(Timestamp::seconds));
    out["created_at"] = json!(record.created_at.seconds());
    out["updated_at"] = json!(record.updated_at.seconds());
    out["status"] = json!(match held {
        _ if !record.enabled => "disabled",
        held if held.generation == 0 => "empty",
        held if held.valid_until.is_some_and(|until| until <= listed.now) => "expired",
        _ => "usable",
    });
    if let Some(state) = listed.states.get(&record.id) {
        out["refresh"] = refresh_state(state);
    }
    out
}
