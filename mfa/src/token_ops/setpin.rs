//! `POST /token/setpin`: another PIN.

use kernel::SecretText;

use super::change::siblings;
use super::select::{by_serial, owner, record, target, unlocked};
use crate::Mfa;
use crate::enrol::{demand, pin_rules};
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::{Token, store};

/// Sets the PIN of a token. Its owner must have shown a factor.
pub struct SetPin;

/// Which token, and the PIN.
pub struct Input {
    serial: String,
    pin: Option<SecretText>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { serial: params.required("serial")?, pin: params.secret("otppin")? })
    }
}

impl Operation for SetPin {
    const EVENT: &'static str = "token_setpin";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    /// How many PINs were set.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::SETPIN.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        target(sys, &by_serial(sys, &input.serial).await?).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let token = by_serial(sys, &input.serial).await?;
        unlocked(&token)?;
        record(call, &token);
        let Some(pin) = &input.pin else { return Ok(0) };
        let owner = owner(sys, &token).await?;
        let siblings = siblings(sys, owner.as_ref()).await?;
        call.ask(sys, owner.as_ref(), |call, at| {
            if let Some(owner) = &owner {
                demand(call, owner, &siblings, at)?;
            }
            pin_rules::check(pin, at)
        })?;
        let stored = sys.pins.store(token.id, pin).await?;
        store::save(&mut call.batch, &token, &Token { pin: stored, ..token.clone() });
        Ok(1)
    }

    fn answer(&self, changed: &i64) -> Answer {
        Answer::value(*changed)
    }
}
