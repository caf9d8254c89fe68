//! `POST /token/resync`: finds a token that has run away by two successive values.

use kernel::SecretText;

use super::select::{by_serial, owner, record, target, unlocked};
use crate::Mfa;
use crate::budget::{CheckError, Guess, Secret, Subject};
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::{Spend, store};

/// Resynchronises a token.
pub struct ResyncToken;

/// Which token, and two values.
pub struct Input {
    serial: String,
    first: SecretText,
    second: SecretText,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let value = |name: &str| params.required(name).map(SecretText::new);
        Ok(Self { serial: params.required("serial")?, first: value("otp1")?, second: value("otp2")? })
    }
}

impl Operation for ResyncToken {
    const EVENT: &'static str = "token_resync";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    /// Whether the pair was found.
    type Output = bool;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::RESYNC.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        target(sys, &by_serial(sys, &input.serial).await?).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<bool, Failure> {
        let token = by_serial(sys, &input.serial).await?;
        unlocked(&token)?;
        record(call, &token);
        let owner = owner(sys, &token).await?;
        let subject = owner.as_ref().map_or(Subject::Named(&token.serial), |owner| Subject::Person(owner.id));
        let guess = Guess { secret: Secret::Otp, subject, origin: &call.origin, device: None };
        let permit = sys.budgets.check(&guess, call.origin.at).await.map_err(|e| match e {
            CheckError::Limited(limited) => Failure::new(Code::Limited, limited.to_string()),
            CheckError::Db(e) => e.into(),
        })?;
        let seed = sys.seed(&token)?;
        let Some(found) = token.kind.resync(&token, &seed, (&input.first, &input.second), call.origin.at) else {
            permit.wrong(&mut call.batch);
            return Ok(false);
        };
        permit.right();
        let (Spend::Advance { to } | Spend::Swap { to, .. }) = found.spend;
        store::resync(&mut call.batch, &token, to, found.memory);
        Ok(true)
    }

    fn answer(&self, found: &bool) -> Answer {
        Answer::value(*found)
    }
}
