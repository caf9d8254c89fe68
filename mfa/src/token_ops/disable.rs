//! `POST /token/disable`: tokens that may not be used for a while.

use super::change::{Strength, each};
use super::select::Which;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::Token;

/// Disables tokens.
pub struct DisableToken;

impl Operation for DisableToken {
    const EVENT: &'static str = "token_disable";
    const ACCESS: Access = Access::Both;
    type Input = Which;
    /// How many tokens changed.
    type Output = i64;

    fn right(&self, _: &Which) -> Option<Right> {
        Some(rights::DISABLE.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, which: &Which) -> Result<Target, Failure> {
        which.target(sys).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, which: &Which) -> Result<i64, Failure> {
        each(sys, call, which, Strength::Neutral, |token| Ok(token.active.then(|| Token { active: false, ..token.clone() })))
            .await
    }

    fn answer(&self, changed: &i64) -> Answer {
        Answer::value(*changed)
    }
}
