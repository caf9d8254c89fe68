//! `POST /policy/enable/{name}` and `POST /policy/disable/{name}`.

use super::{Named, stored};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::policy::actions::rights;
use crate::policy::{Definition, Right, store};

/// Enables (`true`) or disables a policy.
pub struct EnablePolicy(pub bool);

impl Operation for EnablePolicy {
    const EVENT: &'static str = "policy_enable";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::POLICYWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<i64, Failure> {
        let old = stored(sys, &input.name).await?;
        let definition = Definition { active: self.0, ..old.definition.clone() };
        store::update(&mut call.batch, &old, &definition, sys.clock.now());
        call.audit.info.clone_from(&input.name);
        call.reload_after();
        Ok(old.number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}
