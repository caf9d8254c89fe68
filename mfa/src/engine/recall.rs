//! Tokens of people who were let in a while ago, as they are now as far as this node knows: whoever is checked again needs no SELECT.
//!
//! What is recalled may be out of date, because another node or an administrator has changed it. So it counts for one thing only:
//! a right value whose every condition is repeated by the statement that spends it (version, counter, fail counter, active, not
//! revoked, not locked). If anything has changed, that statement finds no row, nothing is committed, and the decision is
//! taken anew from the database. Whatever else comes out (a wrong value, a PIN that would have to be hashed, a question) is
//! not believed: it is decided from the database at once.

use db::Batch;
use kernel::Generations;
use kernel::ids::PersonId;

use super::Mfa;
use super::attempt::{Attempt, Form, Who};
use super::judge::Judge;
use super::outcome::{EngineError, Outcome, Spent};
use super::rank::{self, Rank};
use super::rules::Rules;
use super::verify::{Candidates, findings, usable};
use crate::tokens::Token;

/// People in one generation. A token takes about a kilobyte.
const PEOPLE: usize = 8192;
/// Whoever has more tokens is not remembered.
const MOST_TOKENS: usize = 4;

/// Tokens by whose they are. What is in use is taken out, so that of two checks at a time one asks the database.
pub struct Recall(Generations<PersonId, Vec<Token>>);

impl Default for Recall {
    fn default() -> Self {
        Self(Generations::new(PEOPLE))
    }
}

impl Recall {
    /// Remembers somebody's tokens, changed by what was spent: to be called after the commit.
    pub(super) fn keep(&self, person: PersonId, mut tokens: Vec<Token>, spent: Vec<Spent>) {
        if tokens.len() > MOST_TOKENS {
            return;
        }
        for Spent { token, counter, memory, counted, at } in spent {
            if let Some(token) = tokens.iter_mut().find(|t| t.id == token) {
                (token.counter, token.memory, token.last_auth) = (counter, memory, Some(at));
                (token.failcount, token.failed_at) = (0, None);
                token.uses.tried += i64::from(counted);
                token.uses.accepted += i64::from(counted);
            }
        }
        self.0.insert(person, tokens);
    }

    #[cfg(test)]
    pub(super) fn holds(&self, person: PersonId) -> bool {
        self.0.any(&person, |_| true)
    }
}

impl Mfa {
    /// The candidates of an attempt, if they are remembered.
    pub(super) fn recalled(&self, attempt: &Attempt<'_>) -> Option<Candidates> {
        let Who::Person(person) = &attempt.who else { return None };
        let plain = attempt.transaction.is_none() && attempt.kind.is_none() && attempt.form == Form::PinAndValue;
        let tokens = self.recall.0.take(&person.id).filter(|_| plain)?;
        Some(Candidates { tokens, set: None, person: Some(person.id), owner: Some(person.clone()) })
    }

    /// As [`Mfa::authenticate`], of tokens that are remembered: right, or nothing that counts.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn authenticate_recalled(
        &self,
        candidates: &Candidates,
        attempt: &Attempt<'_>,
        rules: &Rules,
        batch: &mut Batch,
    ) -> Result<Option<Outcome>, EngineError> {
        // Which other fail counters there are to be reset is not known.
        if rules.reset_all || candidates.barred() {
            return Ok(None);
        }
        let Ok(permit) = self.admit(attempt, candidates.person).await? else { return Ok(None) };
        let mut judge = Judge::new(self, rules, attempt, candidates.owner.as_ref()).hasty();
        let (usable, _) = usable(&candidates.tokens, attempt, rules);
        let found = findings(&mut judge, usable, None, attempt).await;
        // A wrong guess is counted when it is decided.
        permit.right();
        match found.ok().filter(|_| !judge.open).and_then(rank::strongest) {
            Some((Rank::Right, members)) => {
                let settlement = candidates.settlement(self, attempt, rules);
                Ok(Some(settlement.accept(members, batch)))
            }
            _ => Ok(None),
        }
    }
}
