//! `DELETE /token/{serial}`: removes tokens and what was asked of them.

use super::change::siblings;
use super::select::{Which, owner, record};
use crate::Mfa;
use crate::challenge;
use crate::enrol::demand;
use crate::notices::{self, Factor, What};
use crate::operation::{About, Access, Answer, Call, Failure, Operation, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::store;

/// Removes tokens. Who removes a factor of their own must show one, or a stolen password would make room for another first
/// enrolment; a token whose enrolment was never completed is no factor.
pub struct DeleteToken;

impl Operation for DeleteToken {
    const EVENT: &'static str = "token_delete";
    const ACCESS: Access = Access::Both;
    type Input = Which;
    /// How many tokens were removed.
    type Output = i64;

    fn right(&self, _: &Which) -> Option<Right> {
        Some(rights::DELETE.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, which: &Which) -> Result<Target, Failure> {
        which.target(sys).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, which: &Which) -> Result<i64, Failure> {
        let tokens = which.tokens(sys).await?;
        for token in &tokens {
            let owner = owner(sys, token).await?;
            if let Some(owner) = owner.as_ref().filter(|_| !token.rollout.unfinished()) {
                let siblings = siblings(sys, Some(owner)).await?;
                call.ask(sys, About::Person(owner), |call, at| demand(call, owner, &siblings, at))?;
            }
            record(call, token);
            if let Some(owner) = owner.as_ref().filter(|_| token.rollout.usable() && !token.revoked) {
                notices::tell(sys, call, owner, What::FactorRemoved { factor: Factor::from(token) });
            }
            store::delete(&mut call.batch, token);
            challenge::store::forget_token(&mut call.batch, token.id);
        }
        Ok(i64::try_from(tokens.len()).unwrap_or(i64::MAX))
    }

    fn answer(&self, removed: &i64) -> Answer {
        Answer::value(*removed)
    }
}
