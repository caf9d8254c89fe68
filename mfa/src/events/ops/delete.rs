//! `DELETE /event/{eid}`.

use super::{existing, number};
use crate::Mfa;
use crate::events::store;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Removes a binding.
pub struct DeleteBinding;

/// Which.
pub struct Input {
    number: i64,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { number: number(params, "eid")? })
    }
}

impl Operation for DeleteBinding {
    const EVENT: &'static str = "event_delete";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::EVENTHANDLING_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let old = existing(sys, input.number).await?;
        store::delete(&mut call.batch, &old);
        call.audit.info.clone_from(&old.binding.name);
        call.reload_after();
        Ok(old.number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}
