//! What is done with sessions beside signing in: recognising who is there, signing out, withdrawing.

use audit::Origin;
use db::Batch;
use kernel::ids::{PersonId, SessionId};

use super::authenticated::Authenticated;
use super::error::LoginError;
use super::logins::{Browser, Logins};
use super::run::Run;
use super::sign_in::SignIn;
use super::signal::{Next, Outcome, Signal};
use crate::party::PartyKind;
use crate::ports::{Event, EventKind, Person, on_record};
use crate::session::{Session, SignedInAt};

/// A session that was ended, for those who must be told.
pub struct Ended {
    /// The session.
    pub session: Session,
    /// Whose it was, if they still exist.
    pub person: Option<Person>,
    /// Where it was signed in.
    pub parties: Vec<SignedInAt>,
}

impl Logins {
    /// Whether the browser's session answers `request` as it is: nothing shown, nothing written, no sign-in recorded. For the
    /// pages of our own portal, at every request; protocols call [`Logins::start`].
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn recognise(
        &self,
        origin: &Origin,
        mut request: SignIn,
        browser: &Browser,
    ) -> Result<Option<Box<Authenticated>>, LoginError> {
        request.prompts.none = true;
        let mut run = Run::new(self, origin, browser, self.begin(origin, request, browser), super::state::State::new()).await?;
        let Next::Do(effect) = run.step(Signal::Begin) else { return Ok(None) };
        let Outcome::Surveyed(survey) = run.perform(effect).await? else { return Ok(None) };
        let surveyed = super::run::Surveyed::of(&survey);
        match run.step(Signal::Outcome(Outcome::Surveyed(survey))) {
            Next::Succeed => run.admit(&surveyed.survey()).map(|success| Some(Box::new(success))),
            _ => Ok(None),
        }
    }

    /// Ends the browser's session, if it has one.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn sign_out(&self, origin: &Origin, browser: &Browser) -> Result<Option<Ended>, LoginError> {
        let Some(token) = &browser.session else { return Ok(None) };
        match self.sessions.resume(token, origin.at).await? {
            Some(session) => self.end(origin, session, "signed_out").await.map(Some),
            None => Ok(None),
        }
    }

    /// Ends one session of a person; `None` when they have no such session.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn end_session(&self, origin: &Origin, person: PersonId, session: SessionId) -> Result<Option<Ended>, LoginError> {
        match self.sessions.by_id(session, origin.at).await?.filter(|s| s.person == person) {
            Some(session) => self.end(origin, session, "ended").await.map(Some),
            None => Ok(None),
        }
    }

    /// Ends all sessions of a person.
    ///
    /// # Errors
    /// [`LoginError`]; sessions ended before it stay ended.
    pub async fn end_sessions(&self, origin: &Origin, person: PersonId) -> Result<Vec<Ended>, LoginError> {
        let mut ended = Vec::new();
        for session in self.sessions.of_person(person, origin.at).await? {
            ended.push(self.end(origin, session, "ended").await?);
        }
        Ok(ended)
    }

    /// The person withdraws what they let a party know; `false` when there was nothing. Tokens that rest on it are the
    /// protocol's to revoke.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn withdraw_consent(
        &self,
        origin: &Origin,
        person: &Person,
        kind: PartyKind,
        party: &str,
    ) -> Result<bool, LoginError> {
        let all = self.consents.of_person(person.id).await?;
        if !all.iter().any(|c| c.kind == kind && c.party == party) {
            return Ok(false);
        }
        let mut batch = Batch::new();
        self.consents.revoke(&mut batch, person.id, kind, party);
        let event = event(EventKind::ConsentRevoked, Some(person.clone()), None, party);
        self.ports.events.record(origin, &mut batch, event).await?;
        self.db.write(batch).await?;
        Ok(true)
    }

    async fn end(&self, origin: &Origin, session: Session, why: &str) -> Result<Ended, LoginError> {
        let parties = self.sessions.parties(session.id).await?;
        let person = on_record(&*self.ports.people, session.person).await;
        let mut batch = Batch::new();
        self.sessions.end(&mut batch, session.id);
        let event = event(EventKind::SessionEnded, person.clone(), Some(session.id), why);
        self.ports.events.record(origin, &mut batch, event).await?;
        self.db.write(batch).await?;
        Ok(Ended { session, person, parties })
    }
}

pub(super) fn event(kind: EventKind, person: Option<Person>, session: Option<SessionId>, info: &str) -> Event {
    let info = info.to_owned();
    Event { kind, success: true, person, party: None, flow: None, session, serial: None, info, reasons: Vec::new() }
}
