//! Removes a client.

use idp::party::client::Clients;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;

use super::{Named, failed};

/// Removes a client and everything it was granted.
pub struct DeleteClient(pub Clients);

impl Operation for DeleteClient {
    const EVENT: &'static str = "oidc_client_delete";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = ();

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::OIDC_CLIENT_DELETE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<(), Failure> {
        self.0.delete(&mut call.batch, &input.client_id, sys.clock.now()).await.map_err(failed)?;
        super::changed(call, &self.0, &input.client_id);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(1)
    }
}
