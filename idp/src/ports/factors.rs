//! Second factors: what a person has, challenges and answers, enrolment.

use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;
use kernel::SecretText;
use kernel::ids::PersonId;

use super::{Checked, KnownDevice, Person, PortError};
use crate::assurance::FactorClass;

/// How a factor is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerMode {
    /// A code is typed.
    Code,
    /// The person approves elsewhere; the page polls.
    Approve,
}

/// A factor that can be answered now.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Factor {
    /// Handle for [`Factors::start`]: a serial, or the name of a group that is answered together.
    pub id: String,
    /// Kind, such as `totp`; `recovery` for the list of recovery codes.
    pub kind: String,
    /// What the person calls it.
    pub label: String,
    /// How it is answered.
    pub mode: AnswerMode,
    /// Class of what it proves.
    pub class: FactorClass,
    /// Whether it is bound to our origin.
    pub phishing_resistant: bool,
    /// Whether it is tried first.
    pub preferred: bool,
}

/// The factors of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Those that can be answered now.
    pub usable: Vec<Factor>,
    /// Whether there is any factor at all, also one that is locked, disabled or not yet valid. First enrolment at sign-in is
    /// possible only when this is false: otherwise locking somebody's factor would make room for one's own.
    pub any: bool,
}

/// A challenge that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Its transaction.
    pub transaction: String,
    /// What to tell the person, if the factor has something to tell.
    pub message: Option<String>,
    /// How it is answered.
    pub mode: AnswerMode,
}

/// Outcome of asking for a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// It waits for its answer.
    Challenge(Challenge),
    /// The factor cannot be used now.
    Refused,
    /// Not started: too many.
    Limited {
        /// When it may be tried again.
        retry_after: Option<Duration>,
    },
}

/// An answer to a challenge.
pub struct FactorAnswer<'a> {
    /// Who answers.
    pub person: PersonId,
    /// The challenge.
    pub transaction: &'a str,
    /// The code; empty for an approval that was given on the device.
    pub code: &'a SecretText,
    /// The PIN, if policy asks for it: then the code alone is not enough, and an empty one is right only where there is no PIN.
    pub pin: Option<&'a SecretText>,
    /// The device, if it is known.
    pub device: Option<&'a KnownDevice>,
}

/// State of a challenge that is answered elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Not answered yet.
    Pending,
    /// Approved: [`Factors::answer`] with an empty code will take it.
    Ready,
    /// Declined on the device.
    Declined,
    /// Expired, spent or unknown.
    Gone,
}

/// On what ground a factor is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolGround {
    /// The person has none: trust on first use. The implementation repeats "has none" as a guard when it confirms.
    FirstUse,
    /// An existing factor was proven in this sign-in.
    ExistingFactor,
}

/// A new factor that waits for its confirmation.
pub struct Enrolment {
    /// Serial of the new token.
    pub serial: String,
    /// Its kind.
    pub kind: String,
    /// `otpauth://` link.
    pub uri: SecretText,
    /// The key in base32, for typing.
    pub key: SecretText,
    /// The link as a picture: a data URI.
    pub qr: SecretText,
    /// How many digits its codes have.
    pub digits: u8,
}

/// Outcome of beginning an enrolment.
pub enum EnrolBegun {
    /// Waits for a code.
    Ready(Box<Enrolment>),
    /// Policy or state forbids it.
    Refused,
    /// Not begun: too many.
    Limited {
        /// When it may be tried again.
        retry_after: Option<Duration>,
    },
}

/// Second factors.
#[async_trait]
pub trait Factors: Send + Sync {
    /// What the person has.
    async fn holdings(&self, person: &Person) -> Result<Holdings, PortError>;

    /// Triggers a challenge of a factor that [`Factors::holdings`] named.
    async fn start(&self, origin: &Origin, person: PersonId, factor: &str) -> Result<Started, PortError>;

    /// Checks an answer. Only one of any number of concurrent calls with one answer succeeds.
    async fn answer(&self, origin: &Origin, answer: FactorAnswer<'_>) -> Result<Checked, PortError>;

    /// Looks how a challenge stands. Reads only.
    async fn poll(&self, person: PersonId, transaction: &str) -> Result<Polled, PortError>;

    /// Creates a token that cannot be used before it is confirmed.
    async fn enrol(&self, origin: &Origin, person: PersonId, kind: &str, ground: EnrolGround) -> Result<EnrolBegun, PortError>;

    /// Confirms a new token with one of its codes; proves possession of it. Notifies the person in the same transaction.
    async fn confirm(
        &self,
        origin: &Origin,
        person: PersonId,
        serial: &str,
        code: &SecretText,
        ground: EnrolGround,
    ) -> Result<Checked, PortError>;

    /// Gives up a token that was never confirmed; does nothing to any other.
    async fn abandon(&self, origin: &Origin, person: PersonId, serial: &str) -> Result<(), PortError>;

    /// Issues recovery codes in place of all earlier ones. They are shown once.
    async fn recovery_codes(&self, origin: &Origin, person: PersonId) -> Result<Vec<SecretText>, PortError>;
}
