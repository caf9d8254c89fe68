//! Adds a client.

use idp::party::client::{Clients, GivenSecret, NewClient, Settings};
use kernel::SecretText;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::json;

use super::settings::changed;
use super::{Named, constraint, failed};

/// Adds a client; its secret is drawn unless it is given as `client_secret`.
pub struct AddClient(pub Clients);

/// What was added.
pub struct Added {
    client_id: String,
    secret: Option<SecretText>,
}

impl Added {
    /// The secret that was drawn; shown once, kept nowhere.
    pub fn secret(&self) -> Option<&SecretText> {
        self.secret.as_ref()
    }
}

impl Operation for AddClient {
    const EVENT: &'static str = "oidc_client_add";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = Added;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::OIDC_CLIENT_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<Added, Failure> {
        let given = call.params.secret("client_secret")?.filter(|secret| !secret.is_empty());
        let new = NewClient {
            client_id: input.client_id.clone(),
            settings: changed(&Settings::default(), &call.params)?,
            secret: given.map_or(GivenSecret::Generate, GivenSecret::Given),
            enabled: call.params.maybe_flag("enabled").unwrap_or(true),
        };
        let added = self.0.add(&mut call.batch, new, sys.clock.now()).map_err(failed)?;
        super::changed(call, &self.0, &input.client_id);
        Ok(Added { client_id: input.client_id.clone(), secret: added.secret })
    }

    fn answer(&self, output: &Added) -> Answer {
        let mut value = json!({ "client_id": output.client_id });
        if let Some(secret) = &output.secret {
            value["client_secret"] = json!(secret.expose());
        }
        Answer::value(value)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        constraint(name)
    }
}
