//! Changes a federation.

use idp::party::sp::Sps;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;

use super::{Named, changed, failed, settings};

/// Changes the settings that are given and leaves the rest. With `version`, only if nobody has changed it since.
pub struct ChangeFederation(pub Sps);

impl Operation for ChangeFederation {
    const EVENT: &'static str = "saml_federation_edit";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = ();

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<(), Failure> {
        let version = call.params.number("version", 1..=i64::MAX)?;
        let present = self.0.federation(&input.name).await.map_err(failed)?;
        let settings = settings(&present.settings, &call.params)?;
        self.0.provide_key(&settings.parties).await.map_err(Failure::internal)?;
        let enabled = call.params.maybe_flag("enabled").unwrap_or(present.enabled);
        let (at, now) = ((input.name.as_str(), version.unwrap_or(present.version)), sys.clock.now());
        self.0.update_federation(&mut call.batch, at, (settings, enabled), now).await.map_err(failed)?;
        changed(call, &self.0, &input.name);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}
