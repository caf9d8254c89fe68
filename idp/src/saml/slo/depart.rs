//! The end of sessions: everybody who takes part in them is told, or is left for the browser to be sent to.

use std::sync::Arc;
use std::time::Duration;

use audit::Origin;
use db::Batch;
use kernel::Timestamp;
use kernel::ids::{PersonId, RowId, SessionId};
use kernel::task::to_its_end;

use super::state::{Finish, Journey, Told};
use super::write::Verdict;
use super::{Onward, Visitor, Way, endpoint, store};
use crate::oidc::Ending;
use crate::party::sp::Sp;
use crate::party::{Party, PartyKind};
use crate::ports::{Event, EventKind, Person, on_record};
use crate::saml::Provider;
use crate::saml::problem::SsoProblem;
use crate::saml::trust::replayed;

/// A logout that is not taken up again for so long is over.
const OPEN: Duration = Duration::from_secs(900);

/// Somebody signs out on our pages, or an OpenID Connect client has signed them out.
pub struct Leaving<'a> {
    /// Whose sessions end.
    pub person: PersonId,
    /// Which of them.
    pub sessions: &'a [SessionId],
    /// The browser that is here.
    pub visitor: Visitor<'a>,
    /// What is done afterwards.
    pub ending: Ending,
}

/// What has to be done.
pub(super) struct Plan<'a> {
    pub(super) person: Option<PersonId>,
    pub(super) sessions: &'a [SessionId],
    /// The party that asked, which needs not be told.
    pub(super) except: Option<&'a str>,
    /// The session of the browser that can be sent around.
    pub(super) here: Option<SessionId>,
}

/// What a line of the audit says of a logout.
pub(super) struct Line<'a> {
    pub(super) party: Option<&'a str>,
    /// The session that has ended, if it is one.
    pub(super) session: Option<SessionId>,
    pub(super) info: String,
}

/// How far it was done.
#[derive(Default)]
pub(super) struct Departed {
    pub(super) waiting: Vec<Told>,
    pub(super) reached: Vec<String>,
    pub(super) unreached: Vec<String>,
}

impl Departed {
    pub(super) fn is_whole(&self) -> bool {
        self.waiting.is_empty() && self.unreached.is_empty()
    }
}

impl Provider {
    /// Tells the service providers that take part in sessions of their end, which is on the batch, and is committed here first.
    /// Goes on when the browser leaves: the sessions have ended then, and the others are still to be told.
    ///
    /// # Errors
    /// [`SsoProblem::Fault`].
    pub async fn leave(&self, origin: &Origin, batch: Batch, leaving: Leaving<'_>) -> Result<Onward, SsoProblem> {
        let (provider, origin, sessions) = (self.clone(), origin.clone(), leaving.sessions.to_vec());
        let Leaving { person, visitor: Visitor { binding, session }, ending, .. } = leaving;
        let binding = binding.to_owned();
        to_its_end(async move {
            let visitor = Visitor { binding: &binding, session };
            provider.left(&origin, batch, Leaving { person, sessions: &sessions, visitor, ending }).await
        })
        .await
    }

    async fn left(&self, origin: &Origin, batch: Batch, leaving: Leaving<'_>) -> Result<Onward, SsoProblem> {
        let Leaving { person, sessions, visitor, ending } = leaving;
        let here = visitor.session.filter(|session| sessions.contains(session));
        let departed = self.depart(origin, batch, &Plan { person: Some(person), sessions, except: None, here }).await?;
        let finish = match visitor.session.is_some() && here.is_none() {
            true => Finish::Elsewhere(ending),
            false => Finish::Here(ending),
        };
        self.onward(origin, visitor, Some(person), finish, departed).await
    }

    /// Commits the batch, by which the sessions end, and tells those who can be told without a browser.
    pub(super) async fn depart(&self, origin: &Origin, batch: Batch, plan: &Plan<'_>) -> Result<Departed, SsoProblem> {
        let mut by_soap: Vec<(Arc<Sp>, Told)> = Vec::new();
        let mut departed = Departed::default();
        let mut reports = Vec::new();
        let mut fronts = Vec::new();
        for (told, here) in self.participants(plan).await? {
            let sp = self.party(&told.party, origin.at).await?;
            let front = here && sp.as_ref().is_some_and(|sp| endpoint(sp, &[Way::Redirect, Way::Post]).is_some());
            fronts.extend(front.then(|| told.request.clone()));
            match sp.filter(|sp| endpoint(sp, &[Way::Soap]).is_some()) {
                Some(sp) => by_soap.push((sp, told)),
                None if front => departed.waiting.push(told),
                None => reports.push((told, Err("it cannot be told".to_owned()))),
            }
        }
        self.db.write(batch).await.map_err(replayed)?;
        for (mut told, outcome) in self.ask_all(by_soap, origin.at).await {
            match outcome {
                // The browser may get through where we do not.
                Err(problem) if fronts.contains(&told.request) => {
                    tracing::info!(request = %origin.request, party = %told.party, problem, "no answer by SOAP; the browser is sent");
                    // Another message has another ID (SAML core 1.3.4): it may have got the first.
                    told.request = self.new_id();
                    departed.waiting.push(told);
                }
                outcome => reports.push((told, outcome)),
            }
        }
        self.report(origin, plan.person, &reports).await?;
        for (told, outcome) in reports {
            let list = if outcome.is_ok() { &mut departed.reached } else { &mut departed.unreached };
            list.push(told.party);
        }
        Ok(departed)
    }

    /// Who takes part in these sessions, each under its latest name, and whether in that of the browser.
    async fn participants(&self, plan: &Plan<'_>) -> Result<Vec<(Told, bool)>, SsoProblem> {
        let mut all = Vec::new();
        for session in plan.sessions {
            let mut seen: Vec<String> = plan.except.iter().map(|&party| party.to_owned()).collect();
            for participant in self.sessions.participants(*session).await.map_err(SsoProblem::fault)? {
                if !seen.contains(&participant.party) {
                    seen.push(participant.party.clone());
                    all.push((Told::new(participant, self.new_id()), plan.here == Some(*session)));
                }
            }
        }
        Ok(all)
    }

    /// Puts what has become of parties into the audit.
    async fn report(
        &self,
        origin: &Origin,
        person: Option<PersonId>,
        reports: &[(Told, Result<(), String>)],
    ) -> Result<(), SsoProblem> {
        if reports.is_empty() {
            return Ok(());
        }
        let (person, mut batch) = (self.somebody(person).await, Batch::new());
        for (told, outcome) in reports {
            let info = outcome.as_ref().err().map_or_else(|| Way::Soap.name().to_owned(), Clone::clone);
            let line = Line { party: Some(&told.party), session: told.session, info };
            self.jot(&mut batch, origin, (EventKind::LogoutTold, outcome.is_ok()), person.clone(), line).await?;
        }
        self.db.write(batch).await.map_err(SsoProblem::fault)?;
        Ok(())
    }

    /// What the browser does when the sessions have ended.
    pub(super) async fn onward(
        &self,
        origin: &Origin,
        visitor: Visitor<'_>,
        person: Option<PersonId>,
        finish: Finish,
        departed: Departed,
    ) -> Result<Onward, SsoProblem> {
        if !departed.is_whole() {
            let Departed { waiting, reached, unreached } = departed;
            let session = visitor.session.filter(|_| !matches!(finish, Finish::Elsewhere(_)));
            let journey = Journey { finish, person, session, waiting, current: None, reached, unreached };
            let id = RowId::new(&self.chance, origin.at);
            let mut batch = Batch::new();
            store::add(&mut batch, id, &self.browser_hash(visitor.binding), &journey, origin.at + OPEN)
                .map_err(SsoProblem::fault)?;
            self.db.write(batch).await.map_err(SsoProblem::fault)?;
            return Ok(Onward::Page(id));
        }
        match finish {
            Finish::Here(ending) | Finish::Elsewhere(ending) => Ok(Onward::Here(ending)),
            Finish::Party { .. } => Ok(match self.answered(&finish, Verdict::Whole, origin.at).await? {
                Some((_, message)) => Onward::Answer(message),
                None => Onward::Here(Ending::default()),
            }),
        }
    }

    pub(super) fn browser_hash(&self, binding: &str) -> String {
        self.lookup.text(["logout browser\n", binding].concat().as_bytes())
    }

    /// Who stands in the records of a logout.
    pub(super) async fn somebody(&self, person: Option<PersonId>) -> Option<Person> {
        on_record(&*self.people, person?).await
    }

    /// Adds a line of the audit.
    pub(super) async fn jot(
        &self,
        batch: &mut Batch,
        origin: &Origin,
        (kind, success): (EventKind, bool),
        person: Option<Person>,
        Line { party, session, info }: Line<'_>,
    ) -> Result<(), SsoProblem> {
        let party = match party {
            Some(entity) => Some(match self.sps.look_up(entity, origin.at).await.map_err(SsoProblem::fault)? {
                Some(sp) => sp.party(&[]),
                None => {
                    let name = entity.to_owned();
                    Party { kind: PartyKind::Saml, id: name.clone(), name, trusted: false, ..Party::portal() }
                }
            }),
            None => None,
        };
        let event = Event { kind, success, person, party, flow: None, session, serial: None, info, reasons: Vec::new() };
        self.events.record(origin, batch, event).await.map_err(SsoProblem::fault)
    }

    /// The party of this name, if it may be used.
    pub(super) async fn party(&self, entity: &str, now: Timestamp) -> Result<Option<Arc<Sp>>, SsoProblem> {
        let found = self.sps.look_up(entity, now).await.map_err(SsoProblem::fault)?;
        Ok(found.filter(|sp| sp.is_usable(now)))
    }

    /// What people call these parties.
    pub(super) async fn named(&self, entities: &[String], now: Timestamp) -> Result<Vec<String>, SsoProblem> {
        let mut names = Vec::with_capacity(entities.len());
        for entity in entities {
            let found = self.sps.look_up(entity, now).await.map_err(SsoProblem::fault)?;
            names.push(found.map_or_else(|| entity.clone(), |sp| sp.name(&[]).to_owned()));
        }
        Ok(names)
    }

    /// Whether a logout with these results went well everywhere.
    pub(super) const fn verdict(unreached: &[String]) -> Verdict {
        if unreached.is_empty() { Verdict::Whole } else { Verdict::Partial }
    }

    /// The hash by which the answer to a request of ours finds its logout.
    pub(super) fn request_hash(&self, request: &str) -> String {
        self.lookup.text(["logout request\n", request].concat().as_bytes())
    }

    /// The answer to the party that asked, and its name; `None` when it cannot be answered any more.
    pub(super) async fn answered(
        &self,
        finish: &Finish,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<Option<(String, super::Message)>, SsoProblem> {
        let Finish::Party { sp, request, relay_state, way } = finish else { return Ok(None) };
        let found = self.sps.look_up_row(*sp, now).await.map_err(SsoProblem::fault)?;
        let Some(sp) = found.filter(|sp| sp.is_usable(now)) else { return Ok(None) };
        self.answer_to(&sp, (request, relay_state.as_deref()), *way, verdict, now)
    }
}
