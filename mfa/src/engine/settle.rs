//! Settling: what a verdict writes, and the outcome it becomes.

use db::Batch;
use kernel::ids::PersonId;

use super::Mfa;
use super::attempt::Attempt;
use super::outcome::{Asked, Asking, FactorProof, Outcome, Rejection, Spent, TokenRef, Verdict};
use super::rank::{Finding, Rank};
use super::rules::Rules;
use crate::challenge::{self, ChallengeSet, Continuation};
use crate::notices::{By, Notice, What};
use crate::people::Person;
use crate::tokens::{Prompt, Rejected, Spend, Token, store};

/// Tokens of the deciding rank: each with whether its PIN was right and not empty, and what it said.
type Members<'t> = Vec<((&'t Token, bool), Finding)>;

/// Everything that a settlement needs to know.
pub(super) struct Settlement<'a> {
    pub(super) mfa: &'a Mfa,
    pub(super) attempt: &'a Attempt<'a>,
    pub(super) rules: &'a Rules,
    pub(super) tokens: &'a [Token],
    pub(super) set: Option<&'a ChallengeSet>,
    pub(super) person: Option<PersonId>,
    /// The same, as far as they can still be found.
    pub(super) owner: Option<&'a Person>,
}

impl Settlement<'_> {
    fn outcome(&self, verdict: Verdict, message: impl Into<String>, tokens: Vec<TokenRef>) -> Outcome {
        Outcome { verdict, message: message.into(), tokens, person: self.person, spent: Vec::new() }
    }

    /// A value was right: it is spent, the transaction is consumed, fail counters are reset.
    pub(super) fn accept(&self, members: Members<'_>, batch: &mut Batch) -> Outcome {
        let at = self.attempt.origin.at;
        let refs: Vec<TokenRef> = members.iter().map(|((token, _), _)| TokenRef::from(*token)).collect();
        let answered = self.set.map(|set| set.code.clone());
        let message = match &answered {
            Some(_) => "Found matching challenge".to_owned(),
            None => format!("matching {} tokens", members.len()),
        };
        let first = members.first().map(|((token, knowledge), _)| (*token, *knowledge));
        if let Some(code) = &answered {
            challenge::store::consume(batch, code, at);
        }
        let mut spent = Vec::with_capacity(members.len());
        for ((token, _), finding) in members {
            if let Finding::Right(accepted) | Finding::RightAnswer(accepted) = finding {
                let (clear_after, counted) = (self.rules.clear_after, self.rules.counted);
                let (spend, memory) = (accepted.spend, accepted.memory);
                let (Spend::Advance { to } | Spend::Swap { to, .. }) = spend;
                spent.push(Spent { token: token.id, counter: to, memory: memory.clone(), counted, at });
                self.tell_left(token, spend, batch);
                store::spend(batch, store::Success { token, spend, memory, at, clear_after, counted });
            }
        }
        if self.rules.reset_all {
            for token in self.tokens.iter().filter(|token| token.failcount > 0 && !spent.iter().any(|s| s.token == token.id)) {
                store::reset_failcount(batch, token.id);
            }
        }
        let Some((token, knowledge)) = first else {
            return self.outcome(Verdict::Rejected(Rejection::NoToken), message, refs);
        };
        if !self.rules.authorized {
            let message = "User is not authorized to authenticate under these conditions.";
            return self.outcome(Verdict::Rejected(Rejection::Unauthorized), message, refs);
        }
        let spec = token.kind.spec();
        let proof = FactorProof {
            person: self.person,
            serial: token.serial.clone(),
            factor: spec.name,
            class: spec.class,
            knowledge,
            transaction: answered,
            at,
            door: self.attempt.origin.door,
        };
        Outcome { spent, ..self.outcome(Verdict::Accepted(proof), message, refs) }
    }

    /// Tells the owner of a value that will not grow again.
    fn tell_left(&self, token: &Token, (Spend::Advance { to } | Spend::Swap { to, .. }): Spend, batch: &mut Batch) {
        if let (Some(owner), Some(left)) = (self.owner, token.kind.left(token, to)) {
            Notice::new(self.attempt.origin, By::Person, owner, What::CodeUsed { left }).enqueue(self.mfa, batch);
        }
    }

    /// The PIN asks for a challenge: one transaction for all tokens that it belongs to.
    pub(super) fn ask(&self, members: Members<'_>, batch: &mut Batch) -> Outcome {
        let knowledge = members.iter().all(|((_, knowledge), _)| *knowledge);
        let asking: Vec<(&Token, Prompt)> = members
            .into_iter()
            .filter_map(|((token, _), finding)| match finding {
                Finding::Asks(prompt) => Some((token, prompt)),
                _ => None,
            })
            .collect();
        self.put(asking, knowledge, batch)
    }

    /// Puts a question to these tokens.
    pub(super) fn put(&self, asking: Vec<(&Token, Prompt)>, knowledge: bool, batch: &mut Batch) -> Outcome {
        let origin = self.attempt.origin;
        let parts: Vec<_> = asking.iter().map(|(token, _)| (token.id, token.serial.as_str())).collect();
        let about = (self.person, origin.door, Continuation::Answer { knowledge });
        let set = ChallengeSet::new(&self.mfa.chance, origin.at, self.rules.challenge_validity, about, &parts);
        challenge::store::insert(batch, &set);
        if self.rules.count_trigger {
            for (token, _) in &asking {
                self.fail(token, &Rejected::default(), batch);
            }
        }
        let words = self.rules.challenge_text.as_deref();
        let prompts: Vec<Asking> = asking.iter().map(|(token, prompt)| Asking::new(token, prompt, words)).collect();
        let mut messages: Vec<&str> = Vec::new();
        for prompt in &prompts {
            if !messages.contains(&prompt.message.as_str()) {
                messages.push(&prompt.message);
            }
        }
        let message = messages.join(", ");
        let refs = prompts.iter().map(|prompt| prompt.token.clone()).collect();
        self.outcome(Verdict::Challenged(Asked { set, prompts }), message, refs)
    }

    /// Nothing was right: failures are counted where the rules say so.
    pub(super) fn reject(&self, rank: Rank, members: Members<'_>, judged: &[&Token], batch: &mut Batch) -> Outcome {
        let refs = members.iter().map(|((token, _), _)| TokenRef::from(*token)).collect();
        let mut replay = false;
        for ((token, _), finding) in &members {
            match finding {
                Finding::WrongValue(rejected) => {
                    replay |= rejected.replay;
                    self.fail(token, rejected, batch);
                }
                Finding::WrongAnswer(rejected) => {
                    self.fail(token, rejected, batch);
                    if let Some(part) = self.set.and_then(|set| set.of(token.id, self.attempt.origin.at)) {
                        challenge::store::received(batch, part.id);
                    }
                }
                _ => {}
            }
        }
        let (rejection, message) = match rank {
            Rank::WrongAnswer => (Rejection::WrongAnswer, "Response did not match the challenge."),
            Rank::WrongValue if replay => (Rejection::WrongValue, "wrong otp value. previous otp used again"),
            Rank::WrongValue => (Rejection::WrongValue, "wrong otp value"),
            _ => (Rejection::WrongPin, "wrong otp pin"),
        };
        if rejection == Rejection::WrongPin && self.rules.count_wrong_pin {
            for token in judged {
                self.fail(token, &Rejected::default(), batch);
            }
        }
        self.outcome(Verdict::Rejected(rejection), message, refs)
    }

    fn fail(&self, token: &Token, rejected: &Rejected, batch: &mut Batch) {
        let memory = rejected.memory.clone().unwrap_or_else(|| token.memory.clone());
        let (at, clear_after, counted) = (self.attempt.origin.at, self.rules.clear_after, self.rules.counted);
        store::fail(batch, store::Failure { token, memory, at, clear_after, counted });
    }
}
