//! Web Browser SSO (SAML profiles 4.1): from a request to a sign-in, and from its outcome to an answer.

use std::sync::Arc;
use std::time::Duration;

use audit::Origin;
use db::{Batch, WriteError};
use kernel::Timestamp;
use kernel::ids::RowId;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, ReturnTo, SignedIn, Statement, Status};
use super::attributes;
use super::context::{self, class_for};
use super::decode::{DecodeError, Incoming, can_be_kept};
use super::name_id::{format_for, is_granted};
use super::names::status;
use super::problem::SsoProblem;
use super::request::{AuthnRequest, Subject, Wanted};
use super::store::artifact;
use super::trust::{Demand, Trusted, Unsigned};
use super::way::Way;
use super::{Provider, attributes::Attribute, name_id::NameId, subject_id};
use crate::assurance::Level;
use crate::login::{Authenticated, ConsentAsk, Failed, Refusal, SignIn};
use crate::oidc::scope::Scopes;
use crate::party::client::redirect;
use crate::party::sp::store::{ANSWERED, answered};
use crate::party::sp::{Consumer, NameIdFormat, Sp};
use crate::ports::{Event, EventKind, Person};
use crate::session::participant::Participant;

/// Requests that were answered are remembered so long: longer than any flow that began with them can last or be taken up again.
const REMEMBERED: Duration = Duration::from_secs(3 * 86_400);
/// A sign-in can be begun again and again; what a request demanded counts so long.
const LATEST: Duration = Duration::from_secs(25 * 3600);

/// What becomes of a request.
pub enum Begun {
    /// Somebody has to be signed in; then [`Provider::answer_success`] or [`Provider::answer_failure`].
    SignIn(Box<SignIn>),
    /// The party is answered at once.
    Answer(Box<Answer>),
}

/// What is remembered while somebody signs in.
#[derive(Serialize, Deserialize)]
struct Ticket {
    sp: RowId,
    /// When the request came.
    at: Timestamp,
    to: ReturnTo,
    format: NameIdFormat,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<Subject>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<u16>,
    #[serde(default)]
    passive: bool,
    #[serde(default)]
    classes: Vec<String>,
}

impl Provider {
    /// Takes a request.
    ///
    /// # Errors
    /// [`SsoProblem`], for the person alone.
    pub async fn receive(&self, incoming: &Incoming, now: Timestamp) -> Result<Begun, SsoProblem> {
        let demand = Demand { here: Some(self.sso_url()), named: true, unsigned: Unsigned::UnlessDemanded };
        let asked = self.believe(incoming, &demand, AuthnRequest::read, now).await?;
        let (place, is_as_asked) = consumer(&asked.sp, &asked.message, &BROWSER)?;
        let to = ReturnTo { request: Some(asked.head.id.clone()), relay_state: incoming.relay_state.clone(), ..place };
        let begun = if is_as_asked { self.sign_in(&asked, to.clone(), now) } else { Err(OTHER_WAY) };
        self.begun(&asked.sp, &to, begun, now)
    }

    /// The sign-in, or the answer that there is none.
    pub(super) fn begun(
        &self,
        sp: &Sp,
        to: &ReturnTo,
        begun: Result<SignIn, Status>,
        now: Timestamp,
    ) -> Result<Begun, SsoProblem> {
        match begun {
            Ok(sign_in) => Ok(Begun::SignIn(Box::new(sign_in))),
            Err(problem) => {
                let answer = self.refusal(sp, &told_at(sp, to), problem, now).map_err(SsoProblem::fault)?;
                Ok(Begun::Answer(Box::new(answer)))
            }
        }
    }

    /// Begins a sign-in for a party that has not asked, if it wants that.
    ///
    /// # Errors
    /// [`SsoProblem`], for the person alone.
    pub fn unasked(&self, sp_id: &str, relay_state: Option<String>, now: Timestamp) -> Result<SignIn, SsoProblem> {
        // One answer for both: whoever asks does not learn which ids there are.
        let wants = |sp: &Arc<Sp>| sp.is_usable(now) && sp.settings().idp_initiated;
        let sp = self.sps.find(sp_id).filter(wants).ok_or(SsoProblem::Unasked)?;
        if relay_state.as_deref().is_some_and(|state| !can_be_kept(state)) {
            return Err(DecodeError::RelayState.into());
        }
        let (_, consumer) = usual(&sp, &BROWSER, None).ok_or(SsoProblem::Consumer)?;
        let to = ReturnTo { relay_state, ..place(consumer) };
        let format = format_for(&sp, &super::request::NamePolicy::default()).ok_or(SsoProblem::Party)?;
        let demand = context::demand(None, sp.settings().required_acr.as_deref()).map_err(|_| SsoProblem::Party)?;
        let ticket =
            Ticket { sp: sp.id(), at: now, to, format, subject: None, service: None, passive: false, classes: Vec::new() };
        let mut sign_in = plain(&sp, &ticket).map_err(SsoProblem::fault)?;
        sign_in.acr = demand.acr;
        Ok(sign_in)
    }

    pub(super) fn sign_in(&self, asked: &Trusted<AuthnRequest>, to: ReturnTo, now: Timestamp) -> Result<SignIn, Status> {
        let (sp, request) = (&*asked.sp, &asked.message);
        if asked.head.version != "2.0" {
            return Err(Status {
                code: status::VERSION_MISMATCH,
                ..Status::requester(status::REQUEST_UNSUPPORTED, "Only version 2.0 is supported.")
            });
        }
        let format = format_for(sp, &request.policy).ok_or(INVALID_NAME)?;
        // Or whoever names a service that there is not would get more than those that there are.
        if request.service.is_some() && !sp.metadata().services.is_empty() && sp.metadata().service(request.service).is_none() {
            return Err(Status::requester(
                status::REQUEST_UNSUPPORTED,
                "The metadata has no AttributeConsumingService of this index.",
            ));
        }
        // Of other forms than the one that is told, only such as tell nothing. Before anything is looked at: guesses are not answered.
        let named = request.subject.as_ref().map(|subject| open_form(subject, format).ok_or(OTHER_PERSON)).transpose()?;
        let demand = context::demand(request.contexts.as_ref(), sp.settings().required_acr.as_deref()).map_err(|_| NO_CONTEXT)?;
        let ticket = Ticket {
            sp: sp.id(),
            at: now,
            to,
            format,
            subject: request.subject.clone(),
            service: request.service,
            passive: request.passive,
            classes: demand.classes,
        };
        let mut sign_in = plain(sp, &ticket).map_err(|_| FAULT)?;
        // What a party calls itself in a request counts only where it has no name otherwise: anybody can write a request.
        if sign_in.party.name == sp.entity_id()
            && let Some(name) = &request.provider_name
        {
            sign_in.party.name.clone_from(name);
        }
        sign_in.acr = demand.acr;
        sign_in.prompts.login = request.force;
        sign_in.prompts.none = request.passive;
        let is_readable = matches!(named, Some(NameIdFormat::Email | NameIdFormat::Unspecified));
        sign_in.login_hint = request.subject.as_ref().filter(|_| is_readable).map(|subject| subject.value.clone());
        Ok(sign_in)
    }

    /// Answers the party of a sign-in that succeeded, once for each request.
    ///
    /// # Errors
    /// [`SsoProblem`] when the party was changed meanwhile so that it may not be answered, or was answered before.
    pub async fn answer_success(&self, origin: &Origin, success: &Authenticated) -> Result<Answer, SsoProblem> {
        let (ticket, sp) = self.redeem(success.ticket(), origin.at).await?;
        if success.party().id != sp.entity_id() {
            return Err(SsoProblem::fault("the sign-in was for another party"));
        }
        let (name, attributes) = match self.about(&sp, &ticket, success) {
            Ok(about) => about,
            Err(problem) => {
                let event = told(success, EventKind::AssertionRefused, problem.text.to_owned());
                self.note(origin, event).await?;
                return self.refusal(&sp, &ticket.to, problem, origin.at).map_err(SsoProblem::fault);
            }
        };
        let class = class_for(success.level(), success.amr(), &ticket.classes);
        let signed_in = SignedIn { at: success.auth_time(), class: &class, session_index: success.sid() };
        let statement = Statement { name: &name, signed_in: Some(signed_in), attributes: &attributes };
        let mut answer = self.success(&sp, &ticket.to, &statement, origin.at).map_err(SsoProblem::fault)?;
        match self.record(origin, &sp, &ticket, (success, &statement, &class, &mut answer)).await {
            Ok(()) => Ok(answer),
            Err(problem) => {
                if matches!(problem, SsoProblem::Replayed) {
                    self.note(origin, told(success, EventKind::AssertionRefused, problem.to_string())).await?;
                }
                Err(problem)
            }
        }
    }

    /// What was refused stands in the audit too.
    async fn note(&self, origin: &Origin, event: Event) -> Result<(), SsoProblem> {
        let mut batch = Batch::new();
        self.events.record(origin, &mut batch, Event { success: false, ..event }).await.map_err(SsoProblem::fault)?;
        self.db.write(batch).await.map_err(SsoProblem::fault)?;
        Ok(())
    }

    /// The name and the attributes of the person.
    fn about(&self, sp: &Sp, ticket: &Ticket, success: &Authenticated) -> Result<(NameId, Vec<Attribute>), Status> {
        let person = success.person();
        // What is configured may have changed since the request came.
        let required = sp.settings().required_acr.as_deref().and_then(Level::of_acr);
        if required.is_some_and(|level| success.level() < level) {
            return Err(NO_CONTEXT);
        }
        if success.party().trusted && !sp.party(&[]).trusted {
            return Err(NOT_GRANTED);
        }
        if sp.settings().name_id_format.is_some_and(|format| format != ticket.format) {
            return Err(INVALID_NAME);
        }
        let scopes = granted_scopes(sp, success.granted());
        let name = self
            .name_id(sp, ticket.format, person, success.session())
            .filter(|_| is_granted(sp, ticket.format, &scopes))
            .ok_or(NO_NAME)?;
        if let Some(subject) = &ticket.subject
            && !self.is_meant(sp, subject, ticket.format, success)
        {
            return Err(OTHER_PERSON);
        }
        let mut attributes = self.releasable(sp, success.granted(), ticket.service, person)?;
        if sp.settings().only_by_query {
            attributes.clear();
        }
        attributes.extend(sp.settings().authn_factors.then(|| attributes::factors(sp, success.factors())));
        Ok((name, attributes))
    }

    /// The attributes of a person that a party gets, of what they have granted it.
    pub(super) fn releasable(
        &self,
        sp: &Sp,
        granted: &ConsentAsk,
        service: Option<u16>,
        person: &Person,
    ) -> Result<Vec<Attribute>, Status> {
        // What it gets may have changed since the person was asked.
        let is_known = |claim: &str| sp.party(&[]).trusted || granted.claims.iter().any(|one| one == claim);
        if !sp.claims().unasked().all(is_known) {
            return Err(NOT_GRANTED);
        }
        let scopes = granted_scopes(sp, granted);
        if sp.claims().unmet(&scopes, person).is_some() {
            return Err(INCOMPLETE);
        }
        let mut attributes = attributes::of(sp, &scopes, service, person);
        if subject_id::claim(sp).is_some_and(is_known) {
            attributes.extend(self.subject_id(sp, person));
        }
        Ok(attributes)
    }

    /// Whether the person is the one whom the party named in its request.
    fn is_meant(&self, sp: &Sp, subject: &Subject, told: NameIdFormat, success: &Authenticated) -> bool {
        let own = open_form(subject, told).and_then(|format| self.name_id(sp, format, success.person(), success.session()));
        own.is_some_and(|own| own.value == subject.value)
    }

    /// The request is answered, the party takes part in the session, and that stands in the audit: all or nothing.
    async fn record(
        &self,
        origin: &Origin,
        sp: &Sp,
        ticket: &Ticket,
        (success, statement, class, answer): (&Authenticated, &Statement<'_>, &str, &mut Answer),
    ) -> Result<(), SsoProblem> {
        let mut batch = Batch::new();
        if let Some(request) = &ticket.to.request {
            let hash = self.lookup.text(format!("saml request\n{}\n{request}", sp.id()).as_bytes());
            answered(&mut batch, &hash, origin.at + REMEMBERED);
        }
        let participant = Participant {
            session: success.session(),
            person: success.person_id(),
            party: sp.entity_id().to_owned(),
            name_format: statement.name.format.uri().to_owned(),
            name: statement.name.value.clone(),
            session_index: success.sid().to_owned(),
            last_at: origin.at,
        };
        self.sessions.take_part(&mut batch, &participant, success.auth_epoch());
        if let Some(waiting) = answer.waiting.take() {
            artifact::add(&mut batch, &waiting);
        }
        let names: Vec<&str> = statement.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        let event = told(success, EventKind::AssertionIssued, format!("{class}, attributes {}", names.join(" ")));
        self.events.record(origin, &mut batch, event).await.map_err(SsoProblem::fault)?;
        match self.db.write(batch).await {
            Ok(_) => Ok(()),
            Err(error) if error.violates(ANSWERED) => Err(SsoProblem::Replayed),
            Err(WriteError::Guard("session")) => Err(SsoProblem::Over),
            Err(error) => Err(SsoProblem::fault(error)),
        }
    }

    /// Answers the party of a sign-in that did not succeed.
    ///
    /// # Errors
    /// As [`Provider::answer_success`].
    pub async fn answer_failure(&self, failed: &Failed, now: Timestamp) -> Result<Answer, SsoProblem> {
        let (ticket, sp) = self.redeem(&failed.ticket, now).await?;
        let problem = match failed.reason {
            Refusal::UnmetAcr => NO_CONTEXT,
            Refusal::Forbidden => Status::responder(status::REQUEST_DENIED, "The person may not use this application."),
            _ if ticket.passive => Status::responder(status::NO_PASSIVE, "The person would have to be asked something."),
            _ => Status::responder(status::AUTHN_FAILED, "The person was not signed in."),
        };
        self.refusal(&sp, &told_at(&sp, &ticket.to), problem, now).map_err(SsoProblem::fault)
    }

    /// The ticket, and its party: of a federation also where another node has begun the sign-in.
    async fn redeem(&self, ticket: &str, now: Timestamp) -> Result<(Ticket, Arc<Sp>), SsoProblem> {
        let ticket: Ticket = serde_json::from_str(ticket).map_err(|_| SsoProblem::Ticket)?;
        let found = self.sps.look_up_row(ticket.sp, now).await.map_err(SsoProblem::fault)?;
        let sp = found.filter(|sp| sp.is_usable(now)).ok_or(SsoProblem::Ticket)?;
        if ticket.at + LATEST < now {
            return Err(SsoProblem::Time);
        }
        let to = &ticket.to;
        let is_there = sp.metadata().consumers.iter().any(|c| c.binding == to.way.binding() && c.location == to.location);
        if is_there { Ok((ticket, sp)) } else { Err(SsoProblem::Ticket) }
    }
}

/// Ways on which a browser carries answers.
const BROWSER: [Way; 2] = [Way::Post, Way::Artifact];

const OTHER_WAY: Status = Status::requester(status::UNSUPPORTED_BINDING, "Answers are not sent with the binding asked for.");
const FAULT: Status = Status::responder(status::REQUEST_UNSUPPORTED, "The request is too long.");
const INVALID_NAME: Status = Status::requester(status::INVALID_NAME_ID_POLICY, "This form of name identifier cannot be had.");
const NO_CONTEXT: Status = Status::responder(status::NO_AUTHN_CONTEXT, "The authentication context asked for cannot be had.");
const NO_NAME: Status = Status::responder(status::INVALID_NAME_ID_POLICY, "The person has no name of this form.");
const OTHER_PERSON: Status = Status::responder(status::UNKNOWN_PRINCIPAL, "Somebody else is signed in than was asked for.");
const INCOMPLETE: Status =
    Status::responder(status::REQUEST_DENIED, "The person lacks an attribute that the application demands.");

const NOT_GRANTED: Status =
    Status::responder(status::REQUEST_DENIED, "The person was not asked for everything that would be told.");

/// What the audit says about somebody who is signed in.
fn told(success: &Authenticated, kind: EventKind, info: String) -> Event {
    Event {
        kind,
        success: true,
        person: Some(success.person().clone()),
        party: Some(success.party().clone()),
        flow: None,
        session: Some(success.session()),
        serial: None,
        info,
        reasons: Vec::new(),
    }
}

/// The form of a name by which a party may ask for somebody: the one that it is told, which one of no form is taken for, or one that tells
/// it nothing.
fn open_form(subject: &Subject, told: NameIdFormat) -> Option<NameIdFormat> {
    match NameIdFormat::of(&subject.format)? {
        NameIdFormat::Transient => None,
        NameIdFormat::Persistent => Some(NameIdFormat::Persistent),
        NameIdFormat::Unspecified => Some(told).filter(|told| *told != NameIdFormat::Transient),
        NameIdFormat::Email => Some(told).filter(|told| *told == NameIdFormat::Email),
    }
}

/// The scopes of a party that were granted.
fn granted_scopes(sp: &Sp, granted: &ConsentAsk) -> Scopes {
    sp.scopes().filtered(|scope| granted.scopes.iter().any(|one| one == scope))
}

/// What people are asked to let a party know.
pub(super) fn ask(sp: &Sp) -> ConsentAsk {
    ConsentAsk {
        scopes: sp.scopes().iter().map(str::to_owned).collect(),
        claims: sp.claims().unasked().chain(subject_id::claim(sp)).map(str::to_owned).collect(),
    }
}

/// A sign-in without wishes.
fn plain(sp: &Sp, ticket: &Ticket) -> Result<SignIn, serde_json::Error> {
    let mut sign_in = SignIn::new(sp.party(&[]), serde_json::to_string(ticket)?);
    sign_in.answer_to = redirect::origin(&ticket.to.location);
    sign_in.ask = ask(sp);
    Ok(sign_in)
}

fn place(consumer: &Consumer) -> ReturnTo {
    let way = Way::of(&consumer.binding).unwrap_or_default();
    ReturnTo { location: consumer.location.clone(), request: None, relay_state: None, way }
}

/// Where a party is told that nobody was signed in: in a form, if it has a place for that. What is to be fetched is kept until then, and
/// anybody can ask in the name of a party.
fn told_at(sp: &Sp, to: &ReturnTo) -> ReturnTo {
    match sp.metadata().default_of(Way::Post).filter(|_| to.way == Way::Artifact) {
        Some(consumer) => ReturnTo { location: consumer.location.clone(), way: Way::Post, ..to.clone() },
        None => to.clone(),
    }
}

/// The usual place of a party on one of these ways, or on the one that is asked for.
fn usual<'s>(sp: &'s Sp, ways: &[Way], asked: Option<Way>) -> Option<(Way, &'s Consumer)> {
    let mut found = sp.ways(ways).filter(|way| asked.is_none_or(|asked| asked == *way));
    found.find_map(|way| Some((way, sp.metadata().default_of(way)?)))
}

/// Where the answer goes: always a place of the metadata, whatever the request says, or forms would carry assertions to anybody.
/// A party that asks for a way that we do not have, or that it has no place for, is told so at its usual place (`false`).
pub(super) fn consumer(sp: &Sp, request: &AuthnRequest, ways: &[Way]) -> Result<(ReturnTo, bool), SsoProblem> {
    let all = &sp.metadata().consumers;
    let asked = request.binding.as_deref().map(|binding| Way::of(binding).filter(|way| ways.contains(way)));
    let find = |fits: &dyn Fn(&Consumer) -> bool| {
        let mut found = sp.ways(ways).filter(|way| asked.is_none_or(|asked| asked == Some(*way)));
        found.find_map(|way| all.iter().find(|consumer| consumer.binding == way.binding() && fits(consumer)))
    };
    let found = match &request.wanted {
        Wanted::Url(url) => find(&|consumer| consumer.location == *url),
        Wanted::Index(number) => find(&|consumer| consumer.index == *number),
        Wanted::Default => match asked {
            None => usual(sp, ways, None).map(|(_, consumer)| consumer),
            Some(way) => way.and_then(|way| usual(sp, ways, Some(way))).map(|(_, consumer)| consumer),
        },
    };
    if let Some(found) = found {
        return Ok((place(found), true));
    }
    let is_known = match &request.wanted {
        Wanted::Url(url) => all.iter().any(|consumer| consumer.location == *url),
        Wanted::Index(_) => false,
        Wanted::Default => true,
    };
    let told = usual(sp, ways, None).filter(|_| is_known && asked.is_some());
    told.map(|(_, consumer)| (place(consumer), false)).ok_or(SsoProblem::Consumer)
}
