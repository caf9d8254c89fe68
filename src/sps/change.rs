//! Changes a service provider.

use idp::party::sp::Sps;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;

use super::settings::changed;
use super::{Named, constraint, failed};

/// Changes the settings and the metadata that are given and leaves the rest; from another `metadata_url` the metadata is fetched at
/// once. With `version`, only if nobody has changed it since.
pub struct ChangeSp(pub Sps);

impl Operation for ChangeSp {
    const EVENT: &'static str = "saml_sp_edit";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = ();

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<(), Failure> {
        let version = call.params.number("version", 1..=i64::MAX)?;
        let present = self.0.get(&input.id).await.map_err(failed)?;
        let settings = changed(&present.settings, &call.params)?;
        self.0.provide_key(&settings).await.map_err(Failure::internal)?;
        let enabled = call.params.maybe_flag("enabled").unwrap_or(present.enabled);
        let metadata = match (call.params.optional("metadata")?, &settings.metadata_url) {
            (None, Some(url)) if settings.metadata_url != present.settings.metadata_url => {
                Some(self.0.fetch(url).await.map_err(|e| failed(e.into()))?)
            }
            (given, _) => given,
        };
        let (at, now) = ((input.id.as_str(), version.unwrap_or(present.version)), sys.clock.now());
        self.0.update(&mut call.batch, at, (settings, enabled), metadata, now).await.map_err(failed)?;
        super::changed(call, &self.0, &input.id, &present.entity_id);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        constraint(name)
    }
}
