//! What the identity provider needs of the world, as small traits over plain data. The root implements them on the engine.
//!
//! Rules that every implementation keeps:
//! * guess budgets and the status of account and token are checked **inside** every check of a secret;
//! * a failure is committed before it is answered, and so is a success;
//! * an outcome carries [`Material`] only for what was truly checked; what policy waves through without a check is
//!   [`Checked::Refused`] here;
//! * unknown and disabled people are refused like a wrong password, in the same time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;
use kernel::ids::{FlowId, PersonId, RowId, SessionId};
use kernel::{Class, Classified, SecretText};

use crate::assurance::{FactorClass, Level, Material};
use crate::party::Party;

/// A port could not do its work. Refusals are no errors.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Something that it depends on does not answer; may succeed later.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(String),
}

impl Classified for PortError {
    fn class(&self) -> Class {
        match self {
            Self::Unavailable(_) => Class::Unavailable,
            Self::Internal(_) => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "port_unavailable",
            Self::Internal(_) => "port_internal",
        }
    }
}

/// A person as the identity provider sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Stable identifier; `sub` where subjects are public.
    pub id: PersonId,
    /// Login name, without realm.
    pub login: String,
    /// The realm they signed in through or belong to.
    pub realm: String,
    /// What people read.
    pub display_name: String,
    /// Standard claims by their OIDC names (`email`, `given_name`, ...), and whatever else the resolver maps.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Rises when the person is disabled, reset or revoked; evidence and tokens of an older epoch are void.
    pub auth_epoch: i64,
    /// Whether they may use anything at all.
    pub enabled: bool,
}

/// A device on which the person named has signed in before: budgets of its own, so that outsiders cannot lock it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its id.
    pub id: RowId,
    /// Who is known on it.
    pub person: PersonId,
}

/// Whose password it is said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed<'a> {
    /// As typed.
    Name {
        /// `login`, or `login@realm`.
        name: &'a str,
        /// A realm chosen beside the name.
        realm: Option<&'a str>,
    },
    /// Somebody known already, who is asked again.
    Person(PersonId),
}

/// Somebody says who they are.
pub struct PasswordAttempt<'a> {
    /// Who.
    pub who: Claimed<'a>,
    /// The password.
    pub password: &'a SecretText,
    /// The device, if it is known. Counts only for the person it belongs to.
    pub device: Option<&'a KnownDevice>,
}

/// Outcome of a check.
#[derive(Clone, Debug, PartialEq)]
pub enum Checked {
    /// It was right; this is what it proves, never empty. All of one person.
    Proved(Vec<Material>),
    /// It was not accepted, for whatever reason.
    Refused,
    /// The challenge or enrolment has expired, is spent, or never was.
    Gone,
    /// Not tried: too many attempts.
    Limited {
        /// When it may be tried again, if that may be told.
        retry_after: Option<Duration>,
    },
}

/// People and their passwords.
#[async_trait]
pub trait People: Send + Sync {
    /// Checks name and password. A success proves the password of the person in the material.
    async fn password(&self, origin: &Origin, attempt: PasswordAttempt<'_>) -> Result<Checked, PortError>;

    /// The person as they are now, disabled or not; `None` when they no longer exist.
    async fn person(&self, id: PersonId) -> Result<Option<Person>, PortError>;

    /// Whether a `login_hint` (login name, `login@realm`, mail address) means this person.
    async fn is_meant(&self, person: &Person, hint: &str) -> Result<bool, PortError>;
}

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
    /// The PIN, if policy asks for it on the pages.
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

/// Why something was decided: one policy that took effect.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// Name of the policy.
    pub policy: String,
    /// The action in it.
    pub action: String,
    /// The value it gave.
    pub value: String,
}

/// What a decision about a sign-in may depend on.
pub struct SsoFacts<'a> {
    /// Where the request comes from.
    pub origin: &'a Origin,
    /// Who signs in.
    pub person: &'a Person,
    /// To what.
    pub party: &'a Party,
    /// Level asked for by the party, if we know its name.
    pub requested: Option<Level>,
    /// Whether the browser is known for this person.
    pub known_device: bool,
    /// Whether the person has any factor.
    pub has_factor: bool,
}

/// When consent is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentRule {
    /// Never.
    Never,
    /// Once for each scope and claim, then remembered.
    Remember,
    /// At every sign-in.
    Always,
}

/// A kind of factor that may be enrolled at sign-in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EnrolKind {
    /// Its name, such as `totp`.
    pub kind: String,
}

/// What policy demands of a sign-in.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Whether the person may use this party at all.
    pub allowed: bool,
    /// At least this level.
    pub level: Level,
    /// Kinds of factor that count; all, if none are named.
    pub kinds: Option<Vec<String>>,
    /// Whether the PIN is asked for beside the code.
    pub ask_pin: bool,
    /// How long evidence of a class lasts for this party.
    pub max_ages: Vec<(FactorClass, Duration)>,
    /// Kinds that somebody without any factor may enrol at sign-in; none: they are turned away.
    pub enrol: Vec<EnrolKind>,
    /// Whether recovery codes are issued with a first enrolment.
    pub recovery_codes: bool,
    /// A session that is not used for so long ends.
    pub session_idle: Duration,
    /// A session ends after so long in any case.
    pub session_absolute: Duration,
    /// When consent is asked for.
    pub consent: ConsentRule,
    /// How long a browser stays known after a full sign-in; zero: never.
    pub known_device: Duration,
    /// The policies behind all this.
    pub reasons: Vec<Reason>,
}

/// Policies of scope `sso`.
#[async_trait]
pub trait Decisions: Send + Sync {
    /// What is demanded. Conflicting policies are an error, never a weaker demand.
    async fn demand(&self, facts: SsoFacts<'_>) -> Result<Demand, PortError>;
}

/// Something that costs, or that many would do to annoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Costly {
    /// Beginning a sign-in that will show a page.
    Flow,
    /// Triggering a challenge for the person.
    Challenge(PersonId),
    /// Beginning an enrolment for the person.
    Enrolment(PersonId),
}

/// Answer of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Go on.
    Granted,
    /// Not now.
    Limited {
        /// When it may be tried again.
        retry_after: Option<Duration>,
    },
}

/// Budgets of what is no guess: guesses are counted where they are checked.
#[async_trait]
pub trait Budgets: Send + Sync {
    /// Takes one from the budget of the network the request comes from, and of the person where one is named.
    async fn spend(&self, origin: &Origin, what: Costly) -> Result<Permit, PortError>;
}

/// A secret that somebody gave for a client, already compared.
#[derive(Clone, Copy, Debug)]
pub struct ClientGuess<'a> {
    /// The client that was named.
    pub client_id: &'a str,
    /// Whether there is such a client, enabled and with a secret.
    pub known: bool,
    /// Whether the secret is right.
    pub right: bool,
}

/// Guesses at secrets of OpenID Connect clients. A budget is that of a client and the network of the request, so that nobody
/// can lock a client out from elsewhere.
#[async_trait]
pub trait ClientGuesses: Send + Sync {
    /// Counts a guess. [`Permit::Limited`]: it counts as refused, even if it is right. What a wrong one leaves behind is added to
    /// `batch`, which is committed before the answer. A right one must cost no query.
    async fn count(&self, origin: &Origin, guess: ClientGuess<'_>, batch: &mut db::Batch) -> Result<Permit, PortError>;
}

/// What happened on the pages, or at the endpoints of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A sign-in was completed.
    SignedIn,
    /// A sign-in was turned away or given up.
    SignInFailed,
    /// A first factor was enrolled during a sign-in, on trust: the person is notified.
    FirstFactorEnrolled,
    /// Consent was given.
    ConsentGiven,
    /// Consent was refused.
    ConsentRefused,
    /// Consent was withdrawn.
    ConsentRevoked,
    /// A session was ended by its person or an administrator.
    SessionEnded,
    /// Tokens were issued to a client.
    TokenIssued,
    /// A token was revoked by its client.
    TokenRevoked,
    /// A code came twice; what came of it has ended.
    CodeReplayed,
    /// A refresh token came again after its successor was used; its family has ended.
    RefreshReused,
    /// Somebody who does not know the secret of a client tried to act for it.
    ClientRefused,
}

impl EventKind {
    /// Stable name, for audit and event handlers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::FirstFactorEnrolled => "first_factor_enrolled",
            Self::ConsentGiven => "consent_given",
            Self::ConsentRefused => "consent_refused",
            Self::ConsentRevoked => "consent_revoked",
            Self::SessionEnded => "session_ended",
            Self::TokenIssued => "token_issued",
            Self::TokenRevoked => "token_revoked",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshReused => "refresh_reused",
            Self::ClientRefused => "client_refused",
        }
    }
}

/// One event, to be recorded with the change it describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// Whether it went well.
    pub success: bool,
    /// To whom, if known.
    pub person: Option<Person>,
    /// Which party.
    pub party: Option<Party>,
    /// In which flow.
    pub flow: Option<FlowId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// Serial of a token that took part.
    pub serial: Option<String>,
    /// A stable word or two: level and methods, or why not. Never a secret.
    pub info: String,
    /// The policies that decided.
    pub reasons: Vec<Reason>,
}

/// Audit, event handlers and messages.
#[async_trait]
pub trait Events: Send + Sync {
    /// Adds to `batch` what must commit together with the change: the audit row, messages for the outbox.
    async fn record(&self, origin: &Origin, batch: &mut db::Batch, event: Event) -> Result<(), PortError>;
}

/// All ports. Cheap to clone.
#[derive(Clone)]
pub struct Ports {
    /// People.
    pub people: Arc<dyn People>,
    /// Factors.
    pub factors: Arc<dyn Factors>,
    /// Policies.
    pub decisions: Arc<dyn Decisions>,
    /// Budgets.
    pub budgets: Arc<dyn Budgets>,
    /// Events.
    pub events: Arc<dyn Events>,
}
