//! Lists service providers.

use idp::party::sp::{Metadata, SpRecord, Sps};
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
    whole: bool,
}

impl Operation for ListSps {
    const EVENT: &'static str = "saml_sp_list";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Listed;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::SAML_SP_READ.clone())
    }

    async fn run(&self, _: &Mfa, _: &mut Call, input: &Input) -> Result<Listed, Failure> {
        let records = match &input.id {
            Some(id) => vec![self.0.get(id).await.map_err(failed)?],
            None => self.0.list().await.map_err(failed)?,
        };
        Ok(Listed { records, whole: input.id.is_some() })
    }

    fn answer(&self, output: &Listed) -> Answer {
        let shown = |record: &SpRecord| (record.sp_id.clone(), shown(record, output.whole));
        let all: Map<String, Value> = output.records.iter().map(shown).collect();
        Answer::value(all)
    }
}

/// A service provider as administrators see it: what is configured, and what its metadata says.
fn shown(record: &SpRecord, whole: bool) -> Value {
    let mut out = serde_json::to_value(&record.settings).unwrap_or_default();
    out["id"] = json!(record.sp_id);
    out["entity_id"] = json!(record.entity_id);
    out["enabled"] = json!(record.enabled);
    out["version"] = json!(record.version);
    out["created_at"] = json!(record.created_at.seconds());
    out["updated_at"] = json!(record.updated_at.seconds());
    if whole {
        out["metadata"] = json!(record.metadata);
    }
    match Metadata::read(&record.metadata) {
        Ok(read) => out["described"] = described(&read),
        Err(problem) => out["problem"] = json!(problem.to_string()),
    }
    out
}

fn described(read: &Metadata) -> Value {
    let consumers = read.consumers.iter();
    let services = read.services.iter();
    json!({
        "names": read.display.names,
        "valid_until": read.valid_until.map(kernel::Timestamp::seconds),
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
