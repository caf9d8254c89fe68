//! Operations on federations of SAML service providers, for the API and the command line: rights, hooks, audit and one commit around
//! the registry, which lives in `idp`.

mod add;
mod change;
mod delete;
mod list;
mod refresh;

use idp::party::federation::{FederationError, FederationSettings};
use idp::party::sp::Sps;
use mfa::operation::{Call, Code, Failure, FromParams, ParamError, Params};
use serde_json::json;

use crate::settings_of;

pub use add::AddFederation;
pub use change::ChangeFederation;
pub use delete::DeleteFederation;
pub use list::ListFederations;
pub use refresh::RefreshFederation;

/// The federation that parameters name.
pub struct Named {
    name: String,
}

impl FromParams for Named {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { name: params.required("name")? })
    }
}

fn failed(error: FederationError) -> Failure {
    match error {
        FederationError::Invalid(_) | FederationError::Source(_) => Failure::new(Code::Parameter, error.to_string()),
        FederationError::Unknown => Failure::not_found("There is no such federation."),
        FederationError::Changed => Failure::new(Code::Conflict, "The federation was changed meanwhile. Please read it again."),
        FederationError::Db(e) => e.into(),
    }
}

/// `base` with whatever parameters say otherwise.
fn settings(base: &FederationSettings, params: &Params) -> Result<FederationSettings, Failure> {
    let mut settings =
        settings_of::changed(base, &[("metadata_url", json!("")), ("metadata_name", json!(""))], params, "federation")?;
    // Whoever changes one thing for all parties means that one: the rest, consent above all, stays.
    if let Some(given) = params.raw("parties") {
        settings.parties = settings_of::overlaid(&base.parties, given, "federation")?;
    }
    Ok(settings)
}

/// This node knows of the change as soon as it is committed, the others within two seconds.
fn changed(call: &mut Call, sps: &Sps, name: &str) {
    call.audit.info = format!("federation {name}");
    let sps = sps.clone();
    call.after(move |_| async move {
        if let Err(error) = sps.reload().await {
            // The job that follows changes tries again within a second.
            tracing::warn!(%error, "service providers not reloaded");
        }
    });
}
