//! Challenges: questions that wait for an answer.
//!
//! A [`ChallengeSet`] is what the wire format calls a transaction: 20 digits, a person or nobody yet, an expiry, what to do with
//! the answer, and one [`Challenge`] for each token that may answer. The right answer deletes the set; that this deletion
//! touches a row is what makes the answer count once.

pub(crate) mod store;

use std::time::Duration;

use audit::Door;
use kernel::ids::{ChallengeId, PersonId, TokenId};
use kernel::{Entropy, Timestamp};

/// What the answer is for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum Continuation {
    /// The right answer authenticates.
    Answer {
        /// Whether the first part (PIN) was given and right when the question was put; a set that an administrator or a hosted
        /// page triggered has none.
        knowledge: bool,
    },
}

/// Questions that share a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengeSet {
    /// The transaction: 20 digits.
    pub code: String,
    /// Whose answer is awaited.
    pub person: Option<PersonId>,
    /// Where the question was put.
    pub door: Door,
    /// What happens with the answer.
    pub continuation: Continuation,
    /// When it was put.
    pub created_at: Timestamp,
    /// Last moment at which an answer counts.
    pub expires_at: Timestamp,
    /// One for each token.
    pub challenges: Vec<Challenge>,
}

/// One token's part of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Its identity; `data` is sealed to it.
    pub id: ChallengeId,
    /// The token.
    pub token: TokenId,
    /// The token's serial.
    pub serial: String,
    /// What the kind needs to judge the answer, sealed.
    pub data: Option<String>,
    /// How many wrong answers came.
    pub received: i64,
    /// Whether the right answer came through another channel, and waits to be taken.
    pub answered: bool,
    /// Last moment at which an answer of this token counts.
    pub expires_at: Timestamp,
}

impl ChallengeSet {
    /// A fresh transaction for some tokens.
    pub fn new(
        chance: &Entropy,
        at: Timestamp,
        validity: Duration,
        (person, door, continuation): (Option<PersonId>, Door, Continuation),
        tokens: &[(TokenId, &str)],
    ) -> Self {
        let expires_at = at + validity;
        let challenge = |(token, serial): &(TokenId, &str)| Challenge {
            id: ChallengeId::new(chance, at),
            token: *token,
            serial: (*serial).to_owned(),
            data: None,
            received: 0,
            answered: false,
            expires_at,
        };
        let challenges = tokens.iter().map(challenge).collect();
        Self { code: chance.digits(20), person, door, continuation, created_at: at, expires_at, challenges }
    }

    /// The part of this token, if it has one that has not expired.
    pub fn of(&self, token: TokenId, at: Timestamp) -> Option<&Challenge> {
        self.challenges.iter().find(|challenge| challenge.token == token && at <= challenge.expires_at)
    }

    /// Whether the right answer has come through another channel in time.
    pub fn answered(&self, at: Timestamp) -> bool {
        self.challenges.iter().any(|challenge| challenge.answered && at <= challenge.expires_at)
    }

    /// Whether it may be answered at this door: what was asked on the pages is answered there, what a machine asked for by
    /// machines.
    pub fn belongs_at(&self, door: Door) -> bool {
        let pages = |door| matches!(door, Door::Pages | Door::Oidc | Door::Saml);
        pages(self.door) == pages(door)
    }
}
