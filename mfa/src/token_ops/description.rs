//! `POST /token/description`: words of the owner or administrator.

use super::change::{Strength, each};
use super::select::Which;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::Token;

/// Characters of a description.
pub(super) const MAX: usize = 80;

/// Describes a token.
pub struct SetDescription;

/// Which token, and the words.
pub struct Input {
    which: Which,
    description: String,
}

/// Reads a description, cut to what is kept.
pub(super) fn read(params: &Params) -> Result<Option<String>, ParamError> {
    Ok(params.text("description")?.map(|text| text.chars().filter(|c| !c.is_control()).take(MAX).collect()))
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let which = Which::Serial(params.required("serial")?);
        let description = read(params)?.ok_or_else(|| ParamError::Missing("description".to_owned()))?;
        Ok(Self { which, description })
    }
}

impl Operation for SetDescription {
    const EVENT: &'static str = "token_info";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    /// How many tokens changed.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::SETDESCRIPTION.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        input.which.target(sys).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let described = |token: &Token| Token { description: input.description.clone(), ..token.clone() };
        each(sys, call, &input.which, Strength::Neutral, |token| Ok(Some(described(token)))).await
    }

    fn answer(&self, changed: &i64) -> Answer {
        Answer::value(*changed)
    }
}
