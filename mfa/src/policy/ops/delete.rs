//! `DELETE /policy/{name}`.

use super::{Named, stored};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::policy::actions::rights;
use crate::policy::{Right, store};

/// Removes a policy.
pub struct DeletePolicy;

impl Operation for DeletePolicy {
    const EVENT: &'static str = "policy_delete";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::POLICYDELETE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<i64, Failure> {
        let old = stored(sys, &input.name).await?;
        store::delete(&mut call.batch, &old);
        call.audit.info.clone_from(&input.name);
        call.reload_after();
        Ok(old.number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}
