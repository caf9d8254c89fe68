//! `POST /event/enable/{eventid}` and `POST /event/disable/{eventid}`.

use super::{existing, number};
use crate::Mfa;
use crate::events::{Binding, store};
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Lets a binding count (`true`), or count no more.
pub struct EnableBinding(pub bool);

/// Which.
pub struct Input {
    number: i64,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { number: number(params, "eventid")? })
    }
}

impl Operation for EnableBinding {
    const EVENT: &'static str = "event_enable";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::EVENTHANDLING_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let old = existing(sys, input.number).await?;
        store::update(&mut call.batch, &old, &Binding { active: self.0, ..old.binding.clone() });
        call.audit.info.clone_from(&old.binding.name);
        call.reload_after();
        Ok(old.number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}
