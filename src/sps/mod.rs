//! Operations on SAML service providers, for the API and the command line. The registry itself lives in `idp`; here it meets the
//! pipeline of operations: rights, hooks, audit and one commit.

mod add;
mod change;
mod debug;
mod delete;
mod list;
pub mod presets;
mod refresh;
mod settings;

use idp::party::sp::{SpError, Sps};
use mfa::operation::{Call, Code, Failure, FromParams, ParamError, Params};

pub use add::AddSp;
pub use change::ChangeSp;
pub use debug::{ShowExchanged, WatchSp};
pub use delete::DeleteSp;
pub use list::ListSps;
pub(crate) use list::refresh as refresh_state;
pub use refresh::RefreshSp;

/// The service provider that parameters name.
pub struct Named {
    id: String,
}

impl FromParams for Named {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { id: params.required("id")? })
    }
}

fn failed(error: SpError) -> Failure {
    match error {
        SpError::Invalid(_) | SpError::Metadata(_) | SpError::Source(_) | SpError::OtherEntity => {
            Failure::new(Code::Parameter, error.to_string())
        }
        SpError::Unknown => Failure::not_found("There is no such service provider."),
        SpError::Exists(what) => Failure::new(Code::Conflict, format!("There is a service provider with this {what} already.")),
        SpError::Changed => Failure::new(Code::Conflict, "The service provider was changed meanwhile. Please read it again."),
        SpError::Db(e) => e.into(),
    }
}

/// This node knows of the change as soon as it is committed, the others within two seconds.
fn changed(call: &mut Call, sps: &Sps, id: &str, entity_id: &str) {
    call.audit.info = format!("service provider {id}, entity {entity_id}");
    let sps = sps.clone();
    call.after(move |_| async move {
        if let Err(error) = sps.reload().await {
            // The job that follows changes tries again within a second.
            tracing::warn!(%error, "service providers not reloaded");
        }
    });
}

/// A violated constraint, as a meaning.
fn constraint(name: &str) -> Option<Failure> {
    match name {
        "saml_sp_name" => Some(failed(SpError::Exists("id"))),
        "saml_sp_entity" => Some(failed(SpError::Exists("entityID"))),
        _ => None,
    }
}
