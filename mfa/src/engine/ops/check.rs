//! `/validate/check`: PIN and value, or the answer to a challenge, for machines.

use kernel::SecretText;

use super::{answer, verify};
use crate::Mfa;
use crate::engine::{Attempt, Form, Outcome, Who};
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::people::ops::UserParams;
use crate::tokens::{KindRef, kind};

/// Checks a factor.
pub struct ValidateCheck;

/// Whose factor, and what was typed.
pub struct Input {
    whose: Whose,
    pass: SecretText,
    transaction: Option<String>,
    value_only: bool,
    kind: Option<KindRef>,
}

/// Whose factor is checked or asked for, as parameters name it.
pub(super) enum Whose {
    Serial(String),
    User(UserParams),
}

impl Whose {
    pub(super) fn read(params: &Params) -> Result<Self, ParamError> {
        let user = UserParams::from_params(params)?;
        match params.optional("serial")? {
            Some(serial) => Ok(Self::Serial(serial)),
            None if user.user.is_some() => Ok(Self::User(user)),
            None => Err(ParamError::Missing("user".to_owned())),
        }
    }

    pub(super) async fn find(&self, sys: &Mfa, call: &mut Call) -> Result<Who, Failure> {
        match self {
            Self::Serial(serial) => Ok(Who::Serial(serial.clone())),
            Self::User(user) => match sys.resolve(user).await? {
                Some(person) => {
                    call.concerns(&person);
                    Ok(Who::Person(person))
                }
                None => {
                    let name = sys.name(user.user.as_deref().unwrap_or_default(), user.realm.as_deref());
                    call.audit.user.clone_from(&name.login);
                    Ok(Who::Unknown(format!("{}@{}", name.login, name.realm.unwrap_or_default())))
                }
            },
        }
    }
}

/// The kind named by `type`, if one is.
pub(super) fn only(params: &Params) -> Result<Option<KindRef>, ParamError> {
    match params.optional("type")? {
        None => Ok(None),
        Some(name) => kind(&name).map(Some).ok_or_else(|| ParamError::wrong("type", "no such token type")),
    }
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let transaction = match params.optional("transaction_id")? {
            Some(code) => Some(code),
            None => params.optional("state")?,
        };
        let whose = Whose::read(params)?;
        let pass = params.secret("pass")?.ok_or_else(|| ParamError::Missing("pass".to_owned()))?;
        let value_only = params.flag("otponly") && matches!(whose, Whose::Serial(_));
        Ok(Self { whose, pass, transaction, value_only, kind: only(params)? })
    }
}

impl Operation for ValidateCheck {
    const EVENT: &'static str = "validate_check";
    const ACCESS: Access = Access::Everybody;
    type Input = Input;
    type Output = Outcome;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Outcome, Failure> {
        let who = input.whose.find(sys, call).await?;
        let origin = call.origin.clone();
        let form = if input.value_only { Form::ValueOnly } else { Form::PinAndValue };
        let attempt = Attempt {
            origin: &origin,
            who,
            secret: input.pass.clone(),
            transaction: input.transaction.clone(),
            form,
            kind: input.kind,
            device: None,
        };
        verify(sys, call, attempt).await
    }

    fn answer(&self, outcome: &Outcome) -> Answer {
        answer::of(outcome)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "challenge_set_pk").then(|| Failure::new(Code::Conflict, "Please try again."))
    }
}
