//! The end of a flow: evidence is consumed, a session opened or strengthened, and all of it committed at once.

use db::{Batch, WriteError};
use kernel::SecretText;
use kernel::ids::SessionId;

use super::authenticated::{Admission, Authenticated};
use super::beside;
use super::decide::{assess, demanded, usable_session};
use super::error::LoginError;
use super::run::{Run, Surveyed};
use super::signal::{Signal, Survey};
use super::state::Step;
use super::store::{self, Written};
use super::view::{Failed, Progress, Refusal};
use crate::assurance::{Evidence, Level};
use crate::ports::{ConsentRule, Event, EventKind, on_record};
use crate::session::{Opening, Session, Strengthening};

/// The session of a client that never comes back to it: as long as parties may need to take note of it.
const TRANSIENT: std::time::Duration = std::time::Duration::from_secs(5 * 60);

/// A session that changes between reading and writing is read again at most so often.
const MAX_TRIES: usize = 3;

/// What a committed success hands to the browser.
struct Cookies {
    session: Option<SecretText>,
    device: Option<(SecretText, std::time::Duration)>,
}

impl Run<'_> {
    /// Admits the person, consumes the proofs, and commits.
    pub(super) async fn succeed(mut self, surveyed: Surveyed) -> Result<Progress, LoginError> {
        let survey = surveyed.survey();
        let kept = Written::of(&self.logins.sealer, self.flow.id, &self.state)?;
        let session = usable_session(&self.state, &survey, &self.context()).cloned();
        let success = self.admit(&survey)?;
        let mut batch = Batch::new();
        let cookies = self.settle(&mut batch, &success, session.as_ref(), &survey).await?;
        match self.write(batch).await {
            Err(WriteError::Guard("session")) if self.tries < MAX_TRIES => {
                self.tries += 1;
                self.read_again(&kept).await?;
                Box::pin(self.drive(Signal::Resume)).await
            }
            other => {
                other?;
                let Cookies { session, device } = cookies;
                Ok(Progress::Authenticated { success: Box::new(success), session, device })
            }
        }
    }

    /// Admission, on nothing but evidence and proofs.
    pub(super) fn admit(&self, survey: &Survey) -> Result<Authenticated, LoginError> {
        let request = &self.flow.request;
        let session = usable_session(&self.state, survey, &self.context());
        let assessment = assess(&self.state, survey, &self.context());
        let demanded = demanded(survey, &self.context(), &assessment);
        let demanded = demanded.map_err(|_| LoginError::Broken("a success beyond reach"))?;
        let id = session.map_or_else(|| SessionId::new(&self.logins.chance, self.origin.at), |s| s.id);
        let admission = Admission {
            person: survey.person.clone(),
            party: request.party.clone(),
            session: id,
            sid: self.logins.sessions.sid(id, &request.party),
            acr: request.acr.clone(),
            granted: request.ask.clone(),
            ticket: request.ticket.clone(),
            reasons: survey.demand.reasons.clone(),
        };
        Authenticated::admit(admission, &assessment, demanded).ok_or(LoginError::Broken("a success without its proofs"))
    }

    /// The session changed meanwhile; the proofs are still in the flow.
    async fn read_again(&mut self, kept: &Written) -> Result<(), LoginError> {
        self.state = kept.read(&self.logins.sealer, self.flow.id)?;
        self.session = match &self.browser.session {
            Some(token) => self.logins.sessions.resume(token, self.origin.at).await?,
            None => None,
        };
        Ok(())
    }

    /// Puts everything that a success changes on one batch.
    async fn settle(
        &mut self,
        batch: &mut Batch,
        success: &Authenticated,
        session: Option<&Session>,
        survey: &Survey,
    ) -> Result<Cookies, LoginError> {
        let (logins, origin) = (self.logins, self.origin);
        if self.flow.stored {
            store::finish(batch, &self.flow, origin.at);
        }
        self.leave_other_session(batch, session).await?;
        let token = self.settle_session(batch, success, session, survey)?;
        logins.sessions.sign_in_at(batch, success.session(), success.party(), origin.at);
        let consented = self.state.consented.clone();
        if let Some(given) = consented.as_ref().filter(|_| survey.demand.consent == ConsentRule::Remember) {
            let all = survey.remembered.clone().with(given);
            logins.consents.put(batch, origin, success.person_id(), success.party(), &all)?;
        }
        let device = self.settle_device(batch, success, survey);
        if consented.is_some() {
            self.record(batch, self.event(EventKind::ConsentGiven, success, success.granted().scopes.join(" "))).await?;
        }
        if let Some(serial) = self.state.enrolled.clone() {
            let event = self.event(EventKind::FirstFactorEnrolled, success, String::new());
            self.record(batch, Event { serial: Some(serial), ..event }).await?;
        }
        let info = format!("acr={} amr={}", success.acr(), success.amr().join(","));
        self.record(batch, self.event(EventKind::SignedIn, success, info)).await?;
        Ok(Cookies { session: token, device })
    }

    /// A session of somebody else, or one that is void, ends when this browser gets another.
    async fn leave_other_session(&self, batch: &mut Batch, session: Option<&Session>) -> Result<(), LoginError> {
        let (None, Some(old)) = (session, &self.session) else { return Ok(()) };
        self.logins.sessions.end(batch, old.id);
        let person = on_record(&*self.logins.ports.people, old.person).await;
        let event =
            Event { flow: Some(self.flow.id), ..beside::event(EventKind::SessionEnded, person, Some(old.id), "replaced") };
        self.record(batch, event).await
    }

    /// The session takes in the proofs. Whenever there are any, the browser gets a new token: the old one is worth nothing.
    fn settle_session(
        &mut self,
        batch: &mut Batch,
        success: &Authenticated,
        session: Option<&Session>,
        survey: &Survey,
    ) -> Result<Option<SecretText>, LoginError> {
        let (logins, origin) = (self.logins, self.origin);
        let proofs = std::mem::take(&mut self.state.proofs);
        if proofs.is_empty() {
            let session = session.ok_or(LoginError::Broken("a success without proofs"))?;
            logins.sessions.still(batch, session);
            return Ok(None);
        }
        let opened = proofs.iter().any(|p| p.material().method.opens());
        let mut evidence = session.map_or_else(Evidence::empty, |s| s.evidence().clone());
        for proof in proofs {
            evidence.absorb(proof);
        }
        let token = SecretText::new(logins.chance.token());
        if let Some(session) = session {
            let absolute = origin.at + survey.demand.session_absolute;
            let expires_at = if opened { absolute } else { session.expires_at };
            let with = Strengthening { session, token: &token, evidence: &evidence, expires_at, now: origin.at };
            logins.sessions.strengthen(batch, &with)?;
        } else {
            let most = if self.browser.is_transient { TRANSIENT } else { std::time::Duration::MAX };
            let (idle, absolute) = (survey.demand.session_idle.min(most), survey.demand.session_absolute.min(most));
            let (id, person) = (success.session(), success.person());
            let opening = Opening { id, token: &token, person, origin, evidence: &evidence, idle, absolute };
            logins.sessions.open(batch, &opening)?;
        }
        Ok(Some(token))
    }

    fn settle_device(
        &self,
        batch: &mut Batch,
        success: &Authenticated,
        survey: &Survey,
    ) -> Option<(SecretText, std::time::Duration)> {
        let span = survey.demand.known_device;
        let known = self.device.as_ref().is_some_and(|d| d.person == success.person_id());
        // Only a browser that showed two factors is trusted with a budget of its own.
        if self.browser.is_transient || span.is_zero() || known || success.level() < Level::Double {
            return None;
        }
        let token = self.logins.devices.remember(batch, &self.logins.chance, success.person_id(), self.origin.at, span);
        Some((token, span))
    }

    /// Ends the flow without success.
    pub(super) async fn fail(mut self, reason: Refusal, surveyed: Option<Surveyed>) -> Result<Progress, LoginError> {
        let mut batch = Batch::new();
        if self.flow.stored {
            store::finish(&mut batch, &self.flow, self.origin.at);
        }
        // Parties look silently and often whether somebody is signed in; that is no event.
        let silent = !self.flow.stored && self.flow.request.prompts.none && reason != Refusal::Forbidden;
        if !silent && !self.refused {
            self.record_failure(&mut batch, reason, surveyed).await?;
        }
        self.write(batch).await?;
        self.abandon().await;
        let (party, ticket) = (self.flow.request.party.clone(), self.flow.request.ticket.clone());
        Ok(Progress::Failed(Failed { reason, party, ticket }))
    }

    /// Records that the sign-in was turned away or given up.
    pub(super) async fn record_failure(
        &self,
        batch: &mut Batch,
        reason: Refusal,
        surveyed: Option<Surveyed>,
    ) -> Result<(), LoginError> {
        let (person, reasons) = match (surveyed, self.state.who) {
            (Some(s), _) => (Some(s.person), s.demand.reasons),
            (None, Some(id)) => (self.logins.ports.people.person(id).await?, Vec::new()),
            (None, None) => (None, Vec::new()),
        };
        let at_consent = reason == Refusal::Denied && matches!(self.state.step, Step::Consent { .. });
        let event = Event {
            kind: if at_consent { EventKind::ConsentRefused } else { EventKind::SignInFailed },
            success: false,
            person,
            party: Some(self.flow.request.party.clone()),
            flow: Some(self.flow.id),
            session: None,
            serial: None,
            info: reason.name().to_owned(),
            reasons,
        };
        self.record(batch, event).await
    }

    fn event(&self, kind: EventKind, success: &Authenticated, info: String) -> Event {
        Event {
            kind,
            success: true,
            person: Some(success.person().clone()),
            party: Some(success.party().clone()),
            flow: Some(self.flow.id),
            session: Some(success.session()),
            serial: None,
            info,
            reasons: success.reasons().to_vec(),
        }
    }

    async fn record(&self, batch: &mut Batch, event: Event) -> Result<(), LoginError> {
        Ok(self.logins.ports.events.record(self.origin, batch, event).await?)
    }
}
