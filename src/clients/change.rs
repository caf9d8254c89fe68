//! Changes a client.

use idp::party::client::Clients;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;

use super::settings::changed;
use super::{Named, failed};

/// Changes the settings that are given and leaves the others. With `version`, only if nobody has changed it since.
pub struct ChangeClient(pub Clients);

impl Operation for ChangeClient {
    const EVENT: &'static str = "oidc_client_edit";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = ();

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::OIDC_CLIENT_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<(), Failure> {
        let version = call.params.number("version", 1..=i64::MAX)?;
        let present = self.0.get(&input.client_id).await.map_err(failed)?;
        let settings = changed(&present.settings, &call.params)?;
        let enabled = call.params.maybe_flag("enabled").unwrap_or(present.enabled);
        let version = Some(version.unwrap_or(present.version));
        let now = sys.clock.now();
        self.0.update(&mut call.batch, &input.client_id, version, (settings, enabled), now).await.map_err(failed)?;
        super::changed(call, &self.0, &input.client_id);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}
