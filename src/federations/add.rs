//! Adds a federation.

use idp::party::federation::{FederationSettings, NewFederation};
use idp::party::sp::Sps;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Code, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::json;

use super::{Named, changed, failed, settings};

/// Adds a federation by the URL of its metadata and the certificate that signs it. Its entities come with its first refresh.
pub struct AddFederation(pub Sps);

impl Operation for AddFederation {
    const EVENT: &'static str = "saml_federation_add";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = String;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<String, Failure> {
        let new = NewFederation {
            name: input.name.clone(),
            settings: settings(&FederationSettings::default(), &call.params)?,
            enabled: call.params.maybe_flag("enabled").unwrap_or(true),
        };
        self.0.provide_key(&new.settings.parties).await.map_err(Failure::internal)?;
        self.0.add_federation(&mut call.batch, new, sys.clock.now()).map_err(failed)?;
        changed(call, &self.0, &input.name);
        Ok(input.name.clone())
    }

    fn answer(&self, output: &String) -> Answer {
        Answer::value(json!({ "name": output }))
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "saml_federation_name").then(|| Failure::new(Code::Conflict, "There is a federation with this name already."))
    }
}
