//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Without asking, a session ends only when the client shows an ID token of that very person. Without an ID token nothing
//! proves who wants the browser to go where: the person is asked, and the way back is taken only to a registered address of
//! a named client.

use audit::Origin;
use db::Batch;
use kernel::ids::{PersonId, SessionId};
use serde::{Deserialize, Serialize};

use super::Provider;
use super::authorize::with_query;
use super::params::{Params, Repeated};
use super::problem::{Fault, problems};
use super::signing::Hint;
use crate::party::client::Client;
use crate::ports::{Event, EventKind, on_record};
use crate::session::Session;

/// Longest `state` that we echo.
const LONGEST_STATE: usize = 8 * 1024;

problems! {
    /// Problems of a logout request; shown to the person, never sent anywhere.
    LogoutProblem {
        /// A parameter occurs twice, or is absurdly long.
        Malformed = "logout_malformed", "invalid_request", Invalid, "The request cannot be read.";
        /// The id_token_hint is not ours.
        Hint = "logout_hint", "invalid_request", Invalid, "The ID token was not issued here.";
        /// client_id and id_token_hint contradict each other, or there is no such client.
        Client = "logout_client", "invalid_request", Invalid, "The request names another application than its ID token, or none that is known.";
        /// The address is not registered.
        Redirect = "logout_redirect", "invalid_request", Invalid, "The address to go to afterwards is not registered for this application.";
    }
}

impl From<Repeated> for LogoutProblem {
    fn from(_: Repeated) -> Self {
        Self::Malformed
    }
}

/// What is left to do when the session has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Where the browser goes; nowhere: the page says that the person is signed out.
    pub redirect: Option<String>,
    /// The client that asked, if it is known: for texts of the page.
    pub client_id: Option<String>,
    /// Languages that the client wishes.
    pub ui_locales: Vec<String>,
}

/// What becomes of a logout request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndSession {
    /// End this session with [`Provider::end_session`], if there is one, then go on.
    Now(Option<SessionId>, Ending),
    /// Ask the person first (with CSRF protection); when they agree, end the session of this browser and go on.
    Ask(Ending),
}

impl Provider {
    /// Takes a logout request, from a query or a form. `session` is the session of the browser, if it has one.
    ///
    /// # Errors
    /// [`LogoutProblem`], for the person alone. Nothing has ended then.
    pub fn logout(&self, params: &Params, session: Option<&Session>) -> Result<EndSession, LogoutProblem> {
        let hint = params.get("id_token_hint")?.map(|hint| self.read_hint(hint)).transpose().map_err(|_| LogoutProblem::Hint)?;
        let named = params.get("client_id")?;
        let client = self.logout_client(hint.as_ref(), named)?;
        let redirect = destination(params, client.as_deref())?;
        let ui_locales = params.hint("ui_locales").unwrap_or_default().split(' ').filter(|l| !l.is_empty()).take(10);
        let ending = Ending {
            redirect,
            client_id: client.map(|client| client.client_id().to_owned()),
            ui_locales: ui_locales.map(str::to_owned).collect(),
        };
        Ok(match (hint, session) {
            (Some(hint), Some(session)) if hint.sub == session.person.to_string() => EndSession::Now(Some(session.id), ending),
            // Somebody else is signed in at this browser: not theirs to end.
            (Some(_), Some(_)) => EndSession::Ask(ending),
            (Some(_), None) => EndSession::Now(None, ending),
            (None, Some(_)) => EndSession::Ask(ending),
            // Nobody is signed in; but who wants the browser to go there, is not proven.
            (None, None) if ending.redirect.is_some() => EndSession::Ask(ending),
            (None, None) => EndSession::Now(None, ending),
        })
    }

    fn logout_client(&self, hint: Option<&Hint>, named: Option<&str>) -> Result<Option<std::sync::Arc<Client>>, LogoutProblem> {
        let client_id = match (hint, named) {
            (Some(hint), Some(named)) if !hint.is_for(named) => return Err(LogoutProblem::Client),
            (Some(hint), None) => hint.client_id().ok_or(LogoutProblem::Client)?,
            (_, Some(named)) => named,
            (None, None) => return Ok(None),
        };
        // The client of an older ID token may be gone; then it has no address to go to either.
        match self.clients.find(client_id) {
            None if hint.is_none() => Err(LogoutProblem::Client),
            found => Ok(found),
        }
    }

    /// Adds to `batch`: a session ends, and with it all that was granted no further than it; with its record.
    ///
    /// # Errors
    /// Faults of ours.
    pub async fn end_session(&self, batch: &mut Batch, origin: &Origin, session: &Session, ending: &Ending) -> Result<(), Fault> {
        self.sessions.end_with_grants(batch, session.id, origin.at);
        let client = ending.client_id.as_deref().and_then(|client_id| self.clients.find(client_id));
        let event = Event {
            kind: EventKind::SessionEnded,
            success: true,
            person: on_record(&*self.people, session.person).await,
            party: client.map(|client| client.party(&[])),
            flow: None,
            session: Some(session.id),
            serial: None,
            info: "signed out".to_owned(),
            reasons: Vec::new(),
        };
        Ok(self.events.record(origin, batch, event).await?)
    }

    /// Adds to `batch`: all these sessions of one person end, and with them all that was granted no further than they; with
    /// their records, and the person is told.
    ///
    /// # Errors
    /// Faults of ours.
    pub async fn end_all_sessions(
        &self,
        batch: &mut Batch,
        origin: &Origin,
        person: PersonId,
        sessions: &[Session],
    ) -> Result<(), Fault> {
        let person = on_record(&*self.people, person).await;
        let event = |kind, session: Option<SessionId>, info: String| Event {
            kind,
            success: true,
            person: person.clone(),
            party: None,
            flow: None,
            session,
            serial: None,
            info,
            reasons: Vec::new(),
        };
        for session in sessions {
            self.sessions.end_with_grants(batch, session.id, origin.at);
            let ended = event(EventKind::SessionEnded, Some(session.id), "signed out everywhere".to_owned());
            self.events.record(origin, batch, ended).await?;
        }
        let all = event(EventKind::SignedOutEverywhere, None, format!("{} sessions", sessions.len()));
        Ok(self.events.record(origin, batch, all).await?)
    }
}

/// The address to go to, with `state`. Only what is registered for a known client, byte for byte.
fn destination(params: &Params, client: Option<&Client>) -> Result<Option<String>, LogoutProblem> {
    let state = params.get("state")?;
    if state.is_some_and(|state| state.len() > LONGEST_STATE) {
        return Err(LogoutProblem::Malformed);
    }
    let Some(uri) = params.get("post_logout_redirect_uri")? else { return Ok(None) };
    match client {
        Some(client) if client.allows_post_logout(uri) => Ok(Some(with_query(uri, state.map(|state| ("state", state))))),
        Some(_) => Err(LogoutProblem::Redirect),
        // Nobody is named: the person is asked, and the browser goes nowhere.
        None => Ok(None),
    }
}
