//! What drives a flow: signals in, effects out, and what a transition may look at.

use std::time::Duration;

use kernel::ids::{FlowId, PersonId};
use kernel::{SecretText, Timestamp};

use super::sign_in::{ConsentAsk, SignIn};
use super::view::{Input, Refusal};
use crate::ports::{
    Checked, Demand, EnrolBegun, Factor, Holdings, Negotiation, PasswordChanged, PasswordChecked, Person, Polled, Started,
};
use crate::session::Session;

/// What a transition may look at beside the state.
pub(super) struct Context<'a> {
    pub(super) request: &'a SignIn,
    pub(super) flow: FlowId,
    pub(super) started_at: Timestamp,
    pub(super) now: Timestamp,
    /// The browser's session, if it is live.
    pub(super) session: Option<&'a Session>,
    /// How fresh the password must be for a first enrolment.
    pub(super) enrol_fresh: Duration,
    /// Whether there are pages, on which a factor can be enrolled.
    pub(super) has_pages: bool,
}

/// The world as far as the next step depends on it, read anew before every decision.
pub(super) struct Survey {
    pub(super) person: Person,
    pub(super) holdings: Holdings,
    pub(super) demand: Demand,
    /// What the party may know already.
    pub(super) remembered: ConsentAsk,
    /// Whether the login hint, if there is one, means this person.
    pub(super) meant: bool,
}

/// What happens to a flow.
pub(super) enum Signal {
    /// It begins.
    Begin,
    /// What it rested on has changed: decide again.
    Resume,
    /// The person answers.
    Input(Input),
    /// What an effect came to.
    Outcome(Outcome),
}

/// What has to be done before the flow can go on.
pub(super) enum Effect {
    /// Look at the world.
    Survey(PersonId),
    Password {
        name: String,
        realm: Option<String>,
        person: Option<PersonId>,
        password: SecretText,
    },
    Ticket(Negotiation),
    ChangePassword {
        person: PersonId,
        old: SecretText,
        new: SecretText,
    },
    Start {
        person: PersonId,
        factor: Factor,
    },
    Answer {
        person: PersonId,
        transaction: String,
        code: SecretText,
        pin: Option<SecretText>,
    },
    Poll {
        person: PersonId,
        transaction: String,
    },
    Enrol {
        person: PersonId,
        kind: String,
    },
    Confirm {
        person: PersonId,
        serial: String,
        code: SecretText,
    },
    RecoveryCodes {
        person: PersonId,
    },
}

impl Effect {
    /// Whether it changes something that can be had once: then the version of the flow is claimed first, so that no two
    /// answers to one page can both have it. A password is not used up by looking at it, and its tries are counted elsewhere.
    pub(super) const fn spends(&self) -> bool {
        !matches!(self, Self::Survey(_) | Self::Poll { .. } | Self::Password { .. })
    }
}

/// What an effect came to.
pub(super) enum Outcome {
    Surveyed(Box<Survey>),
    /// The person does not exist any more, or is disabled.
    Lost,
    Password(PasswordChecked),
    Ticket(Checked),
    PasswordChanged(PasswordChanged),
    Started(Factor, Started),
    Answered(Checked),
    Polled(Polled),
    Enrolling(EnrolBegun),
    Confirmed(Checked),
    RecoveryCodes(Vec<SecretText>),
}

/// What to do next.
pub(super) enum Next {
    /// Keep the state and show its step.
    Show {
        /// Only at the fixed moment, so that time tells nothing.
        hold: bool,
    },
    /// Do this, and come back with its outcome.
    Do(Effect),
    /// All that is demanded seems to be there; admission decides.
    Succeed,
    /// Over.
    Fail(Refusal),
}
