//! What the identity provider needs of the world, as small traits over plain data. The root implements them on the engine.
//!
//! Rules that every implementation keeps:
//! * guess budgets and the status of account and token are checked **inside** every check of a secret;
//! * a failure is committed before it is answered, and so is a success;
//! * an outcome carries [`crate::assurance::Material`] only for what was truly checked; what policy waves through without a check is
//!   [`Checked::Refused`] here;
//! * unknown and disabled people are refused like a wrong password, in the same time.

mod budgets;
mod decisions;
mod events;
mod factors;
mod password;
mod people;
mod ticket;

use std::sync::Arc;

use kernel::{Class, Classified};

pub use budgets::{Budgets, ClientGuess, ClientGuesses, Costly, Permit};
pub use decisions::{ConsentRule, Decisions, Demand, EnrolKind, Reason, SsoFacts};
pub use events::{Event, EventKind, Events};
pub use factors::{
    AnswerMode, Challenge, EnrolBegun, EnrolGround, Enrolment, Factor, FactorAnswer, Factors, Holdings, Polled, Started,
};
pub use password::{ChangeReason, ChangeWanted, NewPasswordFault, PasswordChange, PasswordChanged, PasswordChecked};
pub use people::{Checked, Claimed, KnownDevice, PasswordAttempt, People, Person, on_record};
pub use ticket::Negotiation;

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
