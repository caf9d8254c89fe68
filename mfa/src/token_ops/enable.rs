//! `POST /token/enable`: lets tokens be used again.

use super::change::{Strength, each};
use super::select::Which;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::Token;

/// Enables tokens. Their owner must have shown another factor, and the limit of active tokens holds.
pub struct EnableToken;

impl Operation for EnableToken {
    const EVENT: &'static str = "token_enable";
    const ACCESS: Access = Access::Both;
    type Input = Which;
    /// How many tokens changed.
    type Output = i64;

    fn right(&self, _: &Which) -> Option<Right> {
        Some(rights::ENABLE.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, which: &Which) -> Result<Target, Failure> {
        which.target(sys).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, which: &Which) -> Result<i64, Failure> {
        each(
            sys,
            call,
            which,
            Strength::Strengthens,
            |token| Ok((!token.active).then(|| Token { active: true, ..token.clone() })),
        )
        .await
    }

    fn answer(&self, changed: &i64) -> Answer {
        Answer::value(*changed)
    }
}
