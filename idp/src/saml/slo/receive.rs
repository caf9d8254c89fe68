//! Requests of service providers: whose sessions they may end, and what they are answered.

use std::sync::Arc;
use std::time::Duration;

use audit::Origin;
use db::Batch;
use kernel::Timestamp;
use kernel::ids::{PersonId, SessionId};
use kernel::task::to_its_end;

use super::brought::Asked;
use super::depart::{Departed, Line, Plan};
use super::read::LogoutRequest;
use super::state::Finish;
use super::write::Verdict;
use super::{Left, Message, Onward, Visitor, Way, endpoint};
use crate::oidc::Ending;
use crate::party::sp::Sp;
use crate::ports::EventKind;
use crate::saml::answer::Status;
use crate::saml::decode::Incoming;
use crate::saml::named::is_ours_alone;
use crate::saml::names::status;
use crate::saml::problem::SsoProblem;
use crate::saml::trust::{Demand, Trusted, Unsigned, replayed};
use crate::saml::{Provider, soap};
use crate::session::participant::Participant;

/// What these messages are among those that count once.
const REQUEST: &str = "logout request";

const VERSION: Status =
    Status { code: status::VERSION_MISMATCH, ..Status::requester(status::REQUEST_UNSUPPORTED, "Only version 2.0 is supported.") };
const UNREADABLE: Status = Status::responder(status::REQUEST_UNSUPPORTED, "Names are read as a NameID only.");
const UNKNOWN: Status = Status::requester(status::UNKNOWN_PRINCIPAL, "There is no such session.");

/// The sessions that a request may end, and of whom.
struct Found {
    person: Option<PersonId>,
    sessions: Vec<SessionId>,
}

impl Provider {
    /// Takes a request to sign somebody out, which a browser has brought. It goes on when that leaves: the others are to be told.
    ///
    /// # Errors
    /// [`SsoProblem`], for the person alone.
    pub async fn sign_out_asked(&self, origin: &Origin, asked: Asked, visitor: Visitor<'_>) -> Result<Left, SsoProblem> {
        let Asked { trusted: asked, relay_state, way } = asked;
        let (sp, request) = (asked.sp.id(), asked.head.id.clone());
        let finish = Finish::Party { sp, request, relay_state, way };
        let (provider, origin) = (self.clone(), origin.clone());
        let (binding, session) = (visitor.binding.to_owned(), visitor.session);
        to_its_end(async move { provider.asked(&origin, &asked, finish, Visitor { binding: &binding, session }).await }).await
    }

    async fn asked(
        &self,
        origin: &Origin,
        asked: &Trusted<LogoutRequest>,
        finish: Finish,
        visitor: Visitor<'_>,
    ) -> Result<Left, SsoProblem> {
        let refused = match self.found(asked, origin.at).await? {
            Ok(found) => {
                let here = visitor.session.filter(|session| found.sessions.contains(session));
                let departed = self.end(origin, asked, &found, here).await?;
                if here.is_some() {
                    let onward = self.onward(origin, visitor, found.person, finish, departed).await?;
                    return Ok(Left { onward, here: true });
                }
                // Another browser than the one of the session: it is shown nothing of where that person was signed in.
                let answer = self.answered(&finish, Self::verdict(&departed.unreached), origin.at).await?;
                let onward = answer.map_or_else(|| Onward::Here(Ending::default()), |(_, message)| Onward::Answer(message));
                return Ok(Left { onward, here: false });
            }
            // Nobody is signed in here any more, which is what was asked for; whether all were told, nobody knows.
            Err(UNKNOWN) if visitor.session.is_none() => Verdict::Partial,
            Err(refused) => Verdict::Refused(refused),
        };
        self.refuse(origin, asked, refused).await?;
        let answer = self.answered(&finish, refused, origin.at).await?;
        let (_, message) = answer.ok_or(SsoProblem::Consumer)?;
        Ok(Left { onward: Onward::Answer(message), here: false })
    }

    /// Takes a request to sign somebody out, which a party's server has brought; gives the answer. As soon as it is believed it goes on when
    /// that hangs up.
    ///
    /// # Errors
    /// [`SsoProblem`], for a fault.
    pub async fn sign_out_asked_by_soap(&self, origin: &Origin, envelope: String) -> Result<String, SsoProblem> {
        let incoming = Incoming::alone(soap::read(&envelope)?);
        let demand = Demand { here: Some(self.slo_soap_url()), named: false, unsigned: Unsigned::Never };
        let asked = self.believe(&incoming, &demand, LogoutRequest::read, origin.at).await?;
        let (provider, origin) = (self.clone(), origin.clone());
        to_its_end(async move { provider.asked_by_soap(&origin, &asked).await }).await
    }

    async fn asked_by_soap(&self, origin: &Origin, asked: &Trusted<LogoutRequest>) -> Result<String, SsoProblem> {
        let verdict = match self.found(asked, origin.at).await? {
            Ok(found) => {
                let departed = self.end(origin, asked, &found, None).await?;
                Self::verdict(&departed.unreached)
            }
            Err(refused) => {
                self.refuse(origin, asked, Verdict::Refused(refused)).await?;
                Verdict::Refused(refused)
            }
        };
        let draft = self.logout_response(&asked.head.id, None, verdict, origin.at);
        self.in_envelope(&asked.sp, &draft).map_err(SsoProblem::fault)
    }

    /// Which sessions the request names, or what is wrong with it.
    async fn found(&self, asked: &Trusted<LogoutRequest>, now: Timestamp) -> Result<Result<Found, Status>, SsoProblem> {
        let (sp, request) = (&asked.sp, &asked.message);
        let skew = Duration::from_secs(sp.settings().clock_skew.into());
        if request.until.is_some_and(|until| until + skew <= now) {
            return Err(SsoProblem::Time);
        }
        if asked.head.version != "2.0" {
            return Ok(Err(VERSION));
        }
        let Some(name) = &request.name else { return Ok(Err(UNREADABLE)) };
        let known = self.sessions.participants_named(sp.entity_id(), &name.value).await.map_err(SsoProblem::fault)?;
        let is_meant = |participant: &Participant| {
            let is_named = request.indexes.contains(&participant.session_index);
            // Whoever passes on what was meant for others may have chosen the name, but does not know what we have made up.
            let is_for_us = asked.head.is_addressed() || is_named || is_ours_alone(&participant.name_format);
            name.fits(&participant.name_format, self.entity_id(), sp.entity_id())
                && is_for_us
                && (request.indexes.is_empty() || is_named)
        };
        let meant: Vec<Participant> = known.into_iter().filter(is_meant).collect();
        Ok(match meant.first() {
            Some(first) => Ok(Found {
                // One name may be that of several people, where an administrator has made it of an attribute.
                person: meant.iter().all(|one| one.person == first.person).then_some(first.person),
                sessions: meant.iter().map(|participant| participant.session).collect(),
            }),
            None => Err(UNKNOWN),
        })
    }

    /// Ends the sessions, with their records, and tells the others.
    async fn end(
        &self,
        origin: &Origin,
        asked: &Trusted<LogoutRequest>,
        found: &Found,
        here: Option<SessionId>,
    ) -> Result<Departed, SsoProblem> {
        let (entity, person) = (asked.sp.entity_id(), self.somebody(found.person).await);
        let mut batch = Batch::new();
        self.counted(&mut batch, (REQUEST, asked), origin.at);
        let info = format!("{} sessions", found.sessions.len());
        let only = found.sessions.first().filter(|_| found.sessions.len() == 1).copied();
        let line = Line { party: Some(entity), session: only, info };
        self.jot(&mut batch, origin, (EventKind::LogoutAsked, true), person.clone(), line).await?;
        for session in &found.sessions {
            self.sessions.end_with_grants(&mut batch, *session, origin.at);
            let line = Line { party: Some(entity), session: Some(*session), info: format!("signed out, session {session}") };
            self.jot(&mut batch, origin, (EventKind::SessionEnded, true), person.clone(), line).await?;
        }
        let plan = Plan { person: found.person, sessions: &found.sessions, except: Some(entity), here };
        self.depart(origin, batch, &plan).await
    }

    /// A request of a party counts once, also when nothing came of it.
    async fn refuse(&self, origin: &Origin, asked: &Trusted<LogoutRequest>, verdict: Verdict) -> Result<(), SsoProblem> {
        let info = match verdict {
            Verdict::Refused(status) => status.text,
            Verdict::Whole | Verdict::Partial => "there was no session any more",
        };
        let mut batch = Batch::new();
        self.counted(&mut batch, (REQUEST, asked), origin.at);
        let line = Line { party: Some(asked.sp.entity_id()), session: None, info: info.to_owned() };
        self.jot(&mut batch, origin, (EventKind::LogoutAsked, false), None, line).await?;
        self.db.write(batch).await.map_err(replayed)?;
        Ok(())
    }

    /// The answer for a browser, on the way on which the request came, or else on another that the party has.
    pub(super) fn answer_to(
        &self,
        sp: &Arc<Sp>,
        (request, relay_state): (&str, Option<&str>),
        way: Way,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<Option<(String, Message)>, SsoProblem> {
        let Some((way, endpoint)) = endpoint(sp, &[way, Way::Redirect, Way::Post]) else { return Ok(None) };
        let location = endpoint.response_location.as_ref().unwrap_or(&endpoint.location);
        let draft = self.logout_response(request, Some(location), verdict, now);
        let message = self.by_browser(sp, (way, location), &draft, relay_state).map_err(SsoProblem::fault)?;
        Ok(Some((sp.name(&[]).to_owned(), message)))
    }
}
