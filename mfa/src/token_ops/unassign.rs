//! `POST /token/unassign`: takes tokens from their owners.

use super::change::siblings;
use super::select::{Which, owner, record, unlocked};
use crate::Mfa;
use crate::challenge;
use crate::enrol::demand;
use crate::notices::{self, of_change};
use crate::operation::{About, Access, Answer, Call, Failure, Operation, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::{Token, store};

/// Takes tokens from their owners. The PIN goes with the owner.
pub struct UnassignToken;

impl Operation for UnassignToken {
    const EVENT: &'static str = "token_unassign";
    const ACCESS: Access = Access::Both;
    type Input = Which;
    /// How many tokens were taken.
    type Output = i64;

    fn right(&self, _: &Which) -> Option<Right> {
        Some(rights::UNASSIGN.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, which: &Which) -> Result<Target, Failure> {
        which.target(sys).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, which: &Which) -> Result<i64, Failure> {
        let mut taken = 0;
        for token in which.tokens(sys).await? {
            unlocked(&token)?;
            record(call, &token);
            if token.owner.is_none() {
                continue;
            }
            let after = Token { owner: None, pin: None, ..token.clone() };
            if let Some(owner) = owner(sys, &token).await? {
                let siblings = siblings(sys, Some(&owner)).await?;
                call.ask(sys, About::Person(&owner), |call, at| demand(call, &owner, &siblings, at))?;
                if let Some(what) = of_change(&token, &after) {
                    notices::tell(sys, call, &owner, what);
                }
            }
            store::save(&mut call.batch, &token, &after);
            store::reset_failcount(&mut call.batch, token.id);
            challenge::store::forget_token(&mut call.batch, token.id);
            taken += 1;
        }
        Ok(taken)
    }

    fn answer(&self, taken: &i64) -> Answer {
        Answer::value(*taken)
    }
}
