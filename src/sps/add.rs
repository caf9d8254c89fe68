//! Adds a service provider.

use idp::party::sp::{Metadata, NewSp, Settings, Sps};
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::json;

use super::settings::changed;
use super::{Named, constraint, failed};

/// Adds a service provider by its `metadata`, or by what is published at its `metadata_url`.
pub struct AddSp(pub Sps);

/// What was added.
pub struct Added {
    id: String,
    entity_id: String,
}

impl Operation for AddSp {
    const EVENT: &'static str = "saml_sp_add";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = Added;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<Added, Failure> {
        let settings = changed(&Settings::default(), &call.params)?;
        let metadata = match (call.params.optional("metadata")?, &settings.metadata_url) {
            (None, Some(url)) => self.0.fetch(url).await.map_err(|e| failed(e.into()))?,
            (Some(metadata), _) => metadata,
            (None, None) => call.params.required("metadata")?,
        };
        let entity_id = Metadata::read(&metadata).map_err(|e| failed(e.into()))?.entity_id;
        self.0.provide_key(&settings).await.map_err(Failure::internal)?;
        let new =
            NewSp { sp_id: input.id.clone(), metadata, settings, enabled: call.params.maybe_flag("enabled").unwrap_or(true) };
        self.0.add(&mut call.batch, new, sys.clock.now()).map_err(failed)?;
        super::changed(call, &self.0, &input.id, &entity_id);
        Ok(Added { id: input.id.clone(), entity_id })
    }

    fn answer(&self, output: &Added) -> Answer {
        Answer::value(json!({ "id": output.id, "entity_id": output.entity_id }))
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        constraint(name)
    }
}
