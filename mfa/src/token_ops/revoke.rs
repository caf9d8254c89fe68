//! `POST /token/revoke`: tokens that may never be used again.

use super::change::{Strength, each};
use super::select::Which;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::Token;

/// Revokes tokens: from now on every change of them is refused.
pub struct RevokeToken;

impl Operation for RevokeToken {
    const EVENT: &'static str = "token_revoke";
    const ACCESS: Access = Access::Both;
    type Input = Which;
    /// How many tokens changed.
    type Output = i64;

    fn right(&self, _: &Which) -> Option<Right> {
        Some(rights::REVOKE.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, which: &Which) -> Result<Target, Failure> {
        which.target(sys).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, which: &Which) -> Result<i64, Failure> {
        each(sys, call, which, Strength::Neutral, |token| {
            Ok(Some(Token { active: false, locked: true, revoked: true, ..token.clone() }))
        })
        .await
    }

    fn answer(&self, changed: &i64) -> Answer {
        Answer::value(*changed)
    }
}
