//! What comes of an attempt.

use std::time::Duration;

use audit::Door;
use kernel::ids::{PersonId, TokenId};
use kernel::{Class, Classified, Timestamp};

use super::pins::PinError;
use crate::challenge::ChallengeSet;
use crate::people::PeopleError;
use crate::tokens::{FactorClass, Prompt, Token};

/// What a check came to.
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// `detail.message` of the wire format.
    pub message: String,
    /// The tokens that the verdict is about.
    pub tokens: Vec<TokenRef>,
    /// Who was checked, as far as it is known.
    pub person: Option<PersonId>,
    /// What the tokens become with the batch.
    pub(super) spent: Vec<Spent>,
}

/// What a token becomes whose value was right.
pub(super) struct Spent {
    pub(super) token: TokenId,
    pub(super) counter: i64,
    pub(super) memory: Option<String>,
    pub(super) counted: bool,
    pub(super) at: Timestamp,
}

/// The verdict.
pub enum Verdict {
    /// Right, and spent once the batch has committed.
    Accepted(FactorProof),
    /// A question was put; the answer names its transaction.
    Challenged(Asked),
    /// Wrong.
    Rejected(Rejection),
    /// Not looked at: too many failures.
    Limited {
        /// When the next attempt is possible.
        retry_after: Duration,
    },
}

/// Why an attempt was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// PIN right, value wrong.
    WrongValue,
    /// PIN wrong.
    WrongPin,
    /// The answer to a challenge is wrong.
    WrongAnswer,
    /// There is a token, but none may be used at present.
    Unusable,
    /// All tokens are revoked.
    Revoked,
    /// The person may use nothing, or is gone.
    Barred,
    /// Right, but policy does not let it through.
    Unauthorized,
    /// There is no token.
    NoToken,
    /// There is nobody of this name, or no such token.
    Unknown,
}

/// A question that was put.
pub struct Asked {
    /// The transaction and its parts.
    pub set: ChallengeSet,
    /// One entry for each part, in the same order.
    pub prompts: Vec<Asking>,
}

/// What one token asks.
pub struct Asking {
    /// The token.
    pub token: TokenRef,
    /// How a client renders it.
    pub client_mode: &'static str,
    /// The words.
    pub message: String,
    /// `attributes` of the wire format.
    pub attributes: Option<serde_json::Value>,
}

impl Asking {
    pub(super) fn new(token: &Token, prompt: &Prompt, words: Option<&str>) -> Self {
        Self {
            token: TokenRef::from(token),
            client_mode: token.kind.spec().client_mode,
            message: words.unwrap_or(prompt.message).to_owned(),
            attributes: prompt.attributes.clone(),
        }
    }
}

/// What an answer says about a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRef {
    /// Its serial.
    pub serial: String,
    /// Its kind.
    pub kind: &'static str,
    /// Digits or characters of one value.
    pub otplen: u8,
}

impl From<&Token> for TokenRef {
    fn from(token: &Token) -> Self {
        Self { serial: token.serial.clone(), kind: token.kind.spec().name, otplen: token.otplen }
    }
}

/// What a right value proves. It proves nothing before the batch has committed: operations hand it out after that.
/// Only a check makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FactorProof {
    /// Whose token it was; a token may be nobody's.
    pub person: Option<PersonId>,
    /// Serial of the token.
    pub serial: String,
    /// Its kind.
    pub factor: &'static str,
    /// What it rests on.
    pub class: FactorClass,
    /// Whether a PIN or password that is not empty was right too.
    pub knowledge: bool,
    /// The transaction that was answered.
    pub transaction: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Through which door.
    pub door: Door,
}

/// The check could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::DbError),
    /// A PIN could not be judged.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// A seed does not open.
    #[error("seed of token {serial}: {error}")]
    Seed {
        /// Whose.
        serial: String,
        /// Why.
        error: keys::SealError,
    },
    /// The person cannot be looked up.
    #[error(transparent)]
    People(#[from] PeopleError),
}

impl Classified for EngineError {
    fn class(&self) -> Class {
        match self {
            Self::Db(e) => e.class(),
            Self::Pin(e) => e.class(),
            Self::Seed { error, .. } => error.class(),
            Self::People(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Db(e) => e.code(),
            Self::Pin(e) => e.code(),
            Self::Seed { error, .. } => error.code(),
            Self::People(e) => e.code(),
        }
    }
}
