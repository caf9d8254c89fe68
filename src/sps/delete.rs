//! Removes a service provider.

use idp::consent::Consents;
use idp::party::PartyKind;
use idp::party::sp::Sps;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;

use super::{Named, failed};

/// Removes a service provider, and what people have let it know.
pub struct DeleteSp(pub Sps, pub Consents);

impl Operation for DeleteSp {
    const EVENT: &'static str = "saml_sp_delete";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = ();

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_DELETE.clone())
    }

    async fn run(&self, _: &Mfa, call: &mut Call, input: &Named) -> Result<(), Failure> {
        let removed = self.0.delete(&mut call.batch, &input.id).await.map_err(failed)?;
        self.1.forget_party(&mut call.batch, PartyKind::Saml, &removed.entity_id);
        super::changed(call, &self.0, &input.id, &removed.entity_id);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(1)
    }
}
