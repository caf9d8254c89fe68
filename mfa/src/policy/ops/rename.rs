//! `PATCH /policy/{old_name}`: renames a policy.

use super::{name_taken, sound, stored};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::actions::rights;
use crate::policy::{Definition, Right, store};

/// Renames a policy.
pub struct RenamePolicy;

/// Old and new name.
pub struct Input {
    old_name: String,
    name: String,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { old_name: params.required("old_name")?, name: params.required("name")? })
    }
}

impl Operation for RenamePolicy {
    const EVENT: &'static str = "policy_rename";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::POLICYWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let old = stored(sys, &input.old_name).await?;
        let definition = Definition { name: input.name.clone(), ..old.definition.clone() };
        sound(sys, &definition)?;
        store::update(&mut call.batch, &old, &definition, sys.clock.now());
        call.audit.info = format!("{} -> {}", input.old_name, input.name);
        call.reload_after();
        Ok(old.number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        name_taken(name)
    }
}
