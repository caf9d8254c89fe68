//! What a kind of token is: a specification, and pure functions over a token.
//!
//! A kind never reads a clock, a database or the network. It looks at the token, its opened seed and what was given, and
//! answers with a [`Step`]; the engine performs what the step says. That is what makes the kinds testable by properties.

use std::time::Duration;

use kernel::{Entropy, SecretBytes, SecretText, Timestamp};

use super::init::{InitError, Made, Request};
use super::token::{Info, Token};

/// How a kind can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// PIN and value in one go.
    Authenticate,
    /// The PIN asks for a value, which then comes alone.
    Challenge,
    /// The answer comes through another channel.
    OutOfBand,
}

/// What a factor rests on. Two factors of the same class are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FactorClass {
    /// Something known: password, PIN.
    Knowledge,
    /// Something held: a token.
    Possession,
    /// Something that one is.
    Inherence,
}

/// A tokeninfo key that a kind declares.
pub struct InfoKey {
    /// Its name.
    pub name: &'static str,
    /// Whether `token set` may write it.
    pub settable: bool,
    /// Whether a value is acceptable.
    pub accepts: fn(&str) -> bool,
}

/// The constants of a kind, declared once.
pub struct Spec {
    /// Type name on the wire, lower case.
    pub name: &'static str,
    /// What a serial starts with.
    pub prefix: &'static str,
    /// For people.
    pub description: &'static str,
    /// How it can be used.
    pub modes: &'static [Mode],
    /// How a client renders its challenge.
    pub client_mode: &'static str,
    /// Names of the parameters that enrolment reads, beside the common ones.
    pub parameters: &'static [&'static str],
    /// Families of policy actions that it takes part in, such as `hashlib` of `{kind}_hashlib`.
    pub features: &'static [&'static str],
    /// Its tokeninfo keys.
    pub info: &'static [InfoKey],
    /// What it proves.
    pub class: FactorClass,
    /// Whether one value may be accepted more than once, by design.
    pub reusable: bool,
    /// Whether the application may contribute half of the seed.
    pub two_step: bool,
    /// Whether enrolment can demand a first value.
    pub verify: bool,
    /// Whether it can be enrolled in the middle of a sign-in.
    pub via_challenge: bool,
    /// Who is offered it in user interfaces.
    pub offered_to: &'static [&'static str],
}

impl Spec {
    /// Whether it can be used in this way.
    pub fn has(&self, mode: Mode) -> bool {
        self.modes.contains(&mode)
    }
}

/// Circumstances of a step: time, and the settings that kinds heed.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Now.
    pub at: Timestamp,
    /// Time between the two values of an automatic resynchronisation; none when it is off.
    pub auto_resync: Option<Duration>,
}

/// Which stored state a success replaces; repeated as a condition of the UPDATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spend {
    /// The counter must still lie below `to`, which replaces it.
    Advance {
        /// The new counter.
        to: i64,
    },
    /// The counter must still be exactly `from`; `to` replaces it.
    Swap {
        /// What was read.
        from: i64,
        /// What replaces it.
        to: i64,
    },
}

/// A value was right.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// What must be written for the value to count.
    pub spend: Spend,
    /// What the kind remembers from now on.
    pub memory: Option<String>,
}

/// A value was wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rejected {
    /// It was right once and has been used.
    pub replay: bool,
    /// What the kind remembers from now on, when that changes.
    pub memory: Option<Option<String>>,
}

/// What is asked of the person.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Default words, used unless policy has others.
    pub message: &'static str,
    /// `attributes` of the wire format.
    pub attributes: Option<serde_json::Value>,
}

/// I/O that a kind asks the engine for before it can decide. No kind of today asks for any.
#[derive(Clone, Debug, PartialEq)]
pub enum Io {}

/// What a kind decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The value is right.
    Accept(Accepted),
    /// The value is wrong.
    Reject(Rejected),
    /// A question must be put first.
    Challenge(Prompt),
    /// I/O must happen first.
    Need(Io),
}

/// What is given to a kind.
pub enum Input<'a> {
    /// The value, PIN already removed.
    Value(&'a str),
    /// The PIN alone was right: put the question.
    Ask,
}

/// What enrolment shows once: `detail` of the wire format, key by key. Holds secrets.
pub type Shown = serde_json::Map<String, serde_json::Value>;

/// What the enrolment links are made of.
pub struct LinkContext {
    /// The label, with its tags replaced.
    pub label: String,
    /// The issuer shown by the application.
    pub issuer: String,
    /// Further parameters: `image`, `pin`, `app_force_unlock`.
    pub extra: Vec<(&'static str, String)>,
    /// Whether pictures are drawn too.
    pub images: bool,
}

/// A kind of token. To add one: a file that implements this, and a line in `kinds!`.
pub trait Kind: Send + Sync {
    /// Its constants.
    fn spec(&self) -> &'static Spec;

    /// Reads the enrolment parameters and makes a new token of this kind.
    ///
    /// # Errors
    /// [`InitError`] when a parameter is missing or unacceptable.
    fn init(&self, request: &Request<'_>, chance: &Entropy) -> Result<Made, InitError>;

    /// Completes a two-step enrolment: the whole seed, from our half and the half that `request` carries.
    ///
    /// # Errors
    /// [`InitError`] when the kind knows no second step or the other half is unacceptable.
    fn second_step(&self, _token: &Token, _seed: &SecretBytes, _request: &Request<'_>) -> Result<SecretBytes, InitError> {
        Err(InitError::Parameter("2stepinit"))
    }

    /// What enrolment shows, once.
    fn reveal(&self, token: &Token, made: &Made, links: &LinkContext) -> Shown;

    /// Splits what was typed into PIN and value; `None` when it is too short to hold a value.
    fn split<'a>(&self, token: &Token, typed: &'a str, pin_first: bool) -> Option<(&'a str, &'a str)> {
        let len = usize::from(token.otplen);
        let at = if pin_first { typed.len().checked_sub(len)? } else { len };
        let (first, second) = typed.split_at_checked(at)?;
        Some(if pin_first { (first, second) } else { (second, first) })
    }

    /// Decides about what was given.
    fn step(&self, token: &Token, seed: &SecretBytes, input: &Input<'_>, now: &Circumstances) -> Step;

    /// Searches two successive values in the wide window; `None` when they are not there.
    fn resync(&self, token: &Token, seed: &SecretBytes, values: (&SecretText, &SecretText), at: Timestamp) -> Option<Accepted>;

    /// How many values are left once `counter` is stored, for kinds that run out: their owner is told of each value that is used,
    /// and that there are new ones.
    fn left(&self, _token: &Token, _counter: i64) -> Option<u32> {
        None
    }

    /// Tokeninfo that follows from the token's state rather than from what was set.
    fn derived_info(&self, token: &Token) -> Info;
}
