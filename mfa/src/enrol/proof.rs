//! A new factor needs an old one.
//!
//! Whoever adds, enables or resets a factor of their own must have shown a factor that they have, lately, as soon as they
//! have one. A stolen password alone must not be enough to make, or bring back to life, the second factor that it lacks.
//! Administrators are held to their rights instead; policy `enroll_without_factor` relaxes it for older clients.

use std::time::Duration;

use kernel::Timestamp;
use kernel::ids::PersonId;

use crate::engine::FactorProof;
use crate::operation::{Call, Caller, Failure};
use crate::people::Person;
use crate::policy::At;
use crate::policy::actions::enrollment::ENROLL_WITHOUT_FACTOR;
use crate::tokens::Token;

/// How long ago the factor may have been shown.
const FRESH: Duration = Duration::from_secs(600);

/// Evidence that a person has shown one of their factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshProof {
    person: PersonId,
    serial: String,
    at: Timestamp,
}

impl FreshProof {
    /// What a check has just proved. Nobody's token proves nothing about a person.
    pub fn of(proof: &FactorProof) -> Option<Self> {
        Some(Self { person: proof.person?, serial: proof.serial.clone(), at: proof.at })
    }

    /// What the evidence of a session remembers of an earlier check of this engine. Whoever calls this vouches for it.
    pub fn remembered(person: PersonId, serial: impl Into<String>, at: Timestamp) -> Self {
        Self { person, serial: serial.into(), at }
    }

    /// Serial of the factor that was shown.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    fn holds(&self, person: PersonId, tokens: &[Token], now: Timestamp) -> bool {
        let shown = |token: &Token| token.serial == self.serial && token.active && token.belongs_to(person);
        self.person == person && self.at <= now && now.since(self.at) <= FRESH && tokens.iter().any(shown)
    }
}

/// The factors that a person has: everything enrolled and not revoked. Disabled and exhausted ones count: bringing them back
/// is what must be protected.
pub fn factors(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    tokens.iter().filter(|token| token.rollout.usable() && !token.revoked)
}

/// Lets a change of a person's factors through, or says that a factor must be shown first. `tokens` are all tokens of the
/// person.
///
/// # Errors
/// [`Failure`] of policy when a proof is missing, or when a policy cannot be decided.
pub fn demand(call: &Call, person: &Person, tokens: &[Token], at: &At<'_>) -> Result<(), Failure> {
    match &call.caller {
        Caller::Admin(_) | Caller::Operator(_) => return Ok(()),
        Caller::Person(own) if own.id == person.id => {}
        Caller::Person(_) | Caller::Anonymous | Caller::Service(_) => {
            return Err(Failure::policy("Nobody but the owner may change this token."));
        }
    }
    let proved = call.proof.as_ref().is_some_and(|proof| proof.holds(person.id, tokens, call.origin.at));
    if factors(tokens).next().is_none() || proved || at.any(&ENROLL_WITHOUT_FACTOR)? {
        return Ok(());
    }
    Err(Failure::policy("Please confirm this with one of your existing factors first."))
}
