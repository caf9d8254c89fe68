//! `POST /policy/{name}`: creates or changes a policy.

use kernel::ids::RowId;

use super::{Patch, name_taken, sound};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::policy::actions::rights;
use crate::policy::{Right, store};

/// Creates or changes a policy.
pub struct SetPolicy;

/// The policy that was written.
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its id in the wire format.
    pub number: i64,
}

impl Operation for SetPolicy {
    const EVENT: &'static str = "policy_set";
    const ACCESS: Access = Access::Admin;
    type Input = Patch;
    type Output = Output;

    fn right(&self, _: &Patch) -> Option<Right> {
        Some(rights::POLICYWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, patch: &Patch) -> Result<Output, Failure> {
        let old = store::by_name(&sys.db, &patch.name).await?;
        let definition = patch.apply(old.as_ref().map(|old| &old.definition));
        sound(sys, &definition)?;
        let now = sys.clock.now();
        let number = match &old {
            Some(old) => {
                store::update(&mut call.batch, old, &definition, now);
                old.number
            }
            None => {
                let number = sys.sequences.next("policy").await?;
                store::insert(&mut call.batch, (RowId::new(&sys.chance, now), number), &definition, now);
                number
            }
        };
        call.audit.action_detail =
            format!("scope={}, action={}", definition.scope, crate::policy::write_actions(&definition.action));
        call.audit.info.clone_from(&definition.name);
        call.reload_after();
        Ok(Output { name: definition.name, number })
    }

    fn answer(&self, output: &Output) -> Answer {
        Answer::value(serde_json::json!({ format!("setPolicy {}", output.name): output.number }))
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        name_taken(name)
    }
}
