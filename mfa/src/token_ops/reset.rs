//! `POST /token/reset`: forgets failures.

use super::change::{Strength, each};
use super::select::Which;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::store;

/// Resets the fail counters of tokens. Their owner must have shown another factor.
pub struct ResetToken;

impl Operation for ResetToken {
    const EVENT: &'static str = "token_reset";
    const ACCESS: Access = Access::Both;
    type Input = Which;
    /// How many tokens changed.
    type Output = i64;

    fn right(&self, _: &Which) -> Option<Right> {
        Some(rights::RESET.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, which: &Which) -> Result<Target, Failure> {
        which.target(sys).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, which: &Which) -> Result<i64, Failure> {
        let tokens = which.tokens(sys).await?;
        let changed = each(sys, call, which, Strength::Strengthens, |_| Ok(None)).await?;
        for token in &tokens {
            store::reset_failcount(&mut call.batch, token.id);
        }
        Ok(changed + i64::try_from(tokens.len()).unwrap_or(i64::MAX))
    }

    fn answer(&self, changed: &i64) -> Answer {
        Answer::value(*changed)
    }
}
