//! What policy demands of a sign-in.

use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;

use super::{Person, PortError};
use crate::assurance::{FactorClass, Level};
use crate::party::Party;

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
