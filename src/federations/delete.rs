//! Removes a federation.

use idp::party::sp::Sps;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;

use super::{Named, changed, failed};

/// Removes a federation with all its service providers. What people have let these know stays, for one of them may be in another
/// federation or come back.
pub struct DeleteFederation(pub Sps);

impl Operation for DeleteFederation {
    const EVENT: &'static str = "saml_federation_delete";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = ();

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_DELETE.clone())
    }

    async fn run(&self, _: &Mfa, call: &mut Call, input: &Named) -> Result<(), Failure> {
        self.0.delete_federation(&mut call.batch, &input.name).await.map_err(failed)?;
        changed(call, &self.0, &input.name);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(1)
    }
}
