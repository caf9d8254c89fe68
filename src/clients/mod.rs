//! Operations on OpenID Connect clients, for the API and the command line. The registry itself lives in `idp`; here it meets the
//! pipeline of operations: rights, hooks, audit and one commit.

mod add;
mod change;
mod claims;
mod delete;
mod list;
mod rotate;
mod settings;

use idp::party::client::{ClientError, ClientRecord, Clients};

use mfa::operation::{Call, Code, Failure, FromParams, ParamError, Params};
use serde_json::{Value, json};

pub use add::AddClient;
pub use change::ChangeClient;
pub use claims::ExplainClaims;
pub use delete::DeleteClient;
pub use list::ListClients;
pub use rotate::RotateSecret;

/// The client that parameters name.
pub struct Named {
    client_id: String,
}

impl FromParams for Named {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { client_id: params.required("client_id")? })
    }
}

/// A client as administrators see it.
fn shown(record: &ClientRecord) -> Value {
    let mut out = serde_json::to_value(&record.settings).unwrap_or_default();
    out["client_id"] = json!(record.client_id);
    out["enabled"] = json!(record.enabled);
    out["has_secret"] = json!(record.has_secret);
    out["version"] = json!(record.version);
    out["created_at"] = json!(record.created_at.seconds());
    out["updated_at"] = json!(record.updated_at.seconds());
    out
}

fn failed(error: ClientError) -> Failure {
    match error {
        ClientError::Invalid(_) => Failure::new(Code::Parameter, error.to_string()),
        ClientError::Unknown => Failure::not_found("There is no such client."),
        ClientError::Exists => Failure::new(Code::Conflict, "There is a client with this client_id already."),
        ClientError::Changed => Failure::new(Code::Conflict, "The client was changed meanwhile. Please read it again."),
        ClientError::Db(e) => e.into(),
        ClientError::Sealed(e) => e.into(),
    }
}

/// This node knows of the change as soon as it is committed, the others within two seconds.
fn changed(call: &mut Call, clients: &Clients, client_id: &str) {
    call.audit.info = format!("client {client_id}");
    let clients = clients.clone();
    call.after(move |_| async move {
        if let Err(error) = clients.reload().await {
            // The job that follows changes tries again within a second.
            tracing::warn!(%error, "clients not reloaded");
        }
    });
}

/// The name of the unique index on client ids.
const NAME_INDEX: &str = "oidc_client_name";

/// A violated constraint, as a meaning.
fn constraint(name: &str) -> Option<Failure> {
    (name == NAME_INDEX).then(|| failed(ClientError::Exists))
}
