//! The one type that stands for a successful sign-in.

use kernel::Timestamp;
use kernel::ids::{PersonId, SessionId};

use super::sign_in::ConsentAsk;
use crate::assurance::{AcrRequest, Assessment, Demanded, Level};
use crate::party::Party;
use crate::ports::{EnrolGround, Person, Reason};

/// What the person lets the party know.
pub type Granted = ConsentAsk;

/// Somebody is signed in, as far as was demanded. Built by [`Authenticated::admit`] alone, which only the login flow can call.
pub struct Authenticated {
    person: Person,
    party: Party,
    session: SessionId,
    sid: String,
    level: Level,
    acr: String,
    amr: Vec<String>,
    factors: Vec<(String, Timestamp)>,
    auth_time: Timestamp,
    granted: Granted,
    ticket: String,
    reasons: Vec<Reason>,
}

/// What goes into [`Authenticated`] beside the proofs.
pub(super) struct Admission {
    pub(super) person: Person,
    pub(super) party: Party,
    pub(super) session: SessionId,
    pub(super) sid: String,
    pub(super) acr: AcrRequest,
    pub(super) granted: Granted,
    pub(super) ticket: String,
    pub(super) reasons: Vec<Reason>,
}

impl Authenticated {
    /// Builds it if, and only if, the assessed proofs reach what is demanded of an enabled person.
    pub(super) fn admit(admission: Admission, assessment: &Assessment, demanded: Demanded) -> Option<Self> {
        let Admission { person, party, session, sid, acr, granted, ticket, reasons } = admission;
        let level = assessment.level()?;
        let auth_time = assessment.auth_time()?;
        if level < demanded.level || !person.enabled || !acr.is_met(level) {
            return None;
        }
        let acr = acr.name_for(level);
        let (amr, factors) = (assessment.amr().to_vec(), assessment.factors().to_vec());
        Some(Self { person, party, session, sid, level, acr, amr, factors, auth_time, granted, ticket, reasons })
    }

    /// Who.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// Their id.
    pub fn person_id(&self) -> PersonId {
        self.person.id
    }

    /// The person's epoch that this rests on; whatever is issued on it dies when the epoch rises.
    pub fn auth_epoch(&self) -> i64 {
        self.person.auth_epoch
    }

    /// To what.
    pub fn party(&self) -> &Party {
        &self.party
    }

    /// In which session.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The session's id as this party knows it (`sid`, SAML `SessionIndex`).
    pub fn sid(&self) -> &str {
        &self.sid
    }

    /// Level reached.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Its name in the words of the party.
    pub fn acr(&self) -> &str {
        &self.acr
    }

    /// Methods used (RFC 8176).
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// Each method that was shown, and when.
    pub fn factors(&self) -> &[(String, Timestamp)] {
        &self.factors
    }

    /// When the person was last actively authenticated: the oldest part of what counts.
    pub fn auth_time(&self) -> Timestamp {
        self.auth_time
    }

    /// What the party may know: what it asked for, after consent where that was needed.
    pub fn granted(&self) -> &Granted {
        &self.granted
    }

    /// What the protocol gave along.
    pub fn ticket(&self) -> &str {
        &self.ticket
    }

    /// The policies that decided.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// On what ground this person may add a factor now: on that of an existing one if one was shown.
    pub fn enrol_ground(&self) -> EnrolGround {
        if self.level >= Level::Double { EnrolGround::ExistingFactor } else { EnrolGround::FirstUse }
    }

    /// Any success at all, for tests of what comes after it.
    #[cfg(test)]
    #[allow(dead_code, reason = "for the tests of protocols")]
    pub(crate) fn for_tests(person: Person, party: Party, session: SessionId, auth_time: Timestamp, ticket: &str) -> Self {
        Self {
            person,
            party,
            session,
            sid: "sid".to_owned(),
            level: Level::Double,
            acr: Level::Double.acr().to_owned(),
            amr: vec!["pwd".to_owned(), "otp".to_owned(), "mfa".to_owned()],
            factors: vec![("pwd".to_owned(), auth_time), ("otp".to_owned(), auth_time)],
            auth_time,
            granted: Granted::default(),
            ticket: ticket.to_owned(),
            reasons: Vec::new(),
        }
    }

    /// The same, with what the party may know.
    #[cfg(test)]
    #[allow(dead_code, reason = "for the tests of protocols")]
    pub(crate) fn granting(mut self, granted: Granted) -> Self {
        self.granted = granted;
        self
    }
}
