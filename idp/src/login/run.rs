//! One request to a flow: drives the machine, does what it asks for, and writes what came of it.

use audit::Origin;
use db::{Batch, WriteError};

use super::error::LoginError;
use super::logins::{Browser, Logins};
use super::machine::transition;
use super::render;
use super::sign_in::ConsentAsk;
use super::signal::{Context, Effect, Next, Outcome, Signal, Survey};
use super::state::{State, Step};
use super::store::{self, Flow, Written};
use super::view::{Notice, Progress};
use crate::ports::{
    Claimed, Costly, EnrolBegun, EnrolGround, FactorAnswer, KnownDevice, PasswordAttempt, PasswordChange, Permit, SsoFacts,
    Started,
};
use crate::session::Session;

/// No answer leads through more effects than this.
const MAX_EFFECTS: usize = 12;

/// One request to one flow.
pub(super) struct Run<'a> {
    pub(super) logins: &'a Logins,
    pub(super) origin: &'a Origin,
    pub(super) browser: &'a Browser,
    pub(super) flow: Flow,
    pub(super) state: State,
    /// The session of the browser.
    pub(super) session: Option<Session>,
    pub(super) device: Option<KnownDevice>,
    claimed: bool,
    /// How often it was decided again because the session had changed.
    pub(super) tries: usize,
    /// Whether the refusal that is shown was recorded before.
    pub(super) refused: bool,
}

/// What was surveyed last, for those who write the end of a flow.
pub(super) struct Surveyed {
    pub(super) person: crate::ports::Person,
    pub(super) demand: crate::ports::Demand,
    pub(super) holdings: crate::ports::Holdings,
    pub(super) remembered: ConsentAsk,
}

impl Surveyed {
    pub(super) fn of(survey: &Survey) -> Self {
        Self {
            person: survey.person.clone(),
            demand: survey.demand.clone(),
            holdings: survey.holdings.clone(),
            remembered: survey.remembered.clone(),
        }
    }

    pub(super) fn survey(self) -> Survey {
        let Self { person, demand, holdings, remembered } = self;
        Survey { person, holdings, demand, remembered, meant: true }
    }
}

impl<'a> Run<'a> {
    pub(super) async fn new(
        logins: &'a Logins,
        origin: &'a Origin,
        browser: &'a Browser,
        flow: Flow,
        state: State,
    ) -> Result<Self, LoginError> {
        let session = match &browser.session {
            Some(token) => logins.sessions.resume(token, origin.at).await?,
            None => None,
        };
        let device = match &browser.device {
            Some(token) => logins.devices.recognise(token, origin.at).await?,
            None => None,
        };
        let refused = matches!(state.step, Step::Refused { .. });
        Ok(Self { logins, origin, browser, flow, state, session, device, claimed: false, tries: 0, refused })
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context {
            request: &self.flow.request,
            flow: self.flow.id,
            started_at: self.flow.created_at,
            now: self.origin.at,
            session: self.session.as_ref(),
            enrol_fresh: self.logins.settings.enrol_fresh,
            has_pages: !self.browser.is_transient,
        }
    }

    /// Goes on until there is something to show, or the end.
    pub(super) async fn drive(mut self, mut signal: Signal) -> Result<Progress, LoginError> {
        let mut surveyed = None;
        for _ in 0..MAX_EFFECTS {
            if let Signal::Outcome(Outcome::Surveyed(survey)) = &signal {
                surveyed = Some(Surveyed::of(survey));
            }
            match self.step(signal) {
                Next::Show { hold } => return self.keep(hold, surveyed).await,
                Next::Do(effect) => {
                    self.claim(&effect).await?;
                    signal = Signal::Outcome(self.perform(effect).await?);
                }
                Next::Succeed => {
                    let surveyed = surveyed.ok_or(LoginError::Broken("a success without a survey"))?;
                    return self.succeed(surveyed).await;
                }
                Next::Fail(reason) => return self.fail(reason, surveyed).await,
            }
        }
        Err(LoginError::Broken("a flow that does not come to rest"))
    }

    pub(super) fn step(&mut self, signal: Signal) -> Next {
        let mut state = std::mem::replace(&mut self.state, State::new());
        let next = transition(&mut state, signal, &self.context());
        self.state = state;
        next
    }

    /// Before anything is spent, this answer must be the only one to its page.
    async fn claim(&mut self, effect: &Effect) -> Result<(), LoginError> {
        if self.claimed || !self.flow.stored || !effect.spends() {
            return Ok(());
        }
        let mut batch = Batch::new();
        store::claim(&mut batch, &self.flow, self.origin.at);
        self.logins.db.write(batch).await?;
        self.flow.version += 1;
        self.claimed = true;
        Ok(())
    }

    /// Writes the state and shows it.
    async fn keep(mut self, hold: bool, surveyed: Option<Surveyed>) -> Result<Progress, LoginError> {
        let mut batch = Batch::new();
        let written = Written::of(&self.logins.sealer, self.flow.id, &self.state)?;
        if self.flow.stored {
            store::save(&mut batch, &self.flow, &self.state, written, self.origin.at);
            self.flow.version += 1;
        } else {
            self.logins.spend(self.origin).await?;
            store::insert(&mut batch, &self.origin.issuer, &self.flow, &self.state, written)?;
            self.flow.stored = true;
        }
        if let (Step::Refused { reason }, false) = (&self.state.step, self.refused) {
            self.record_failure(&mut batch, *reason, surveyed).await?;
        }
        self.logins.db.write(batch).await?;
        self.abandon().await;
        let hold_until = hold.then(|| self.origin.at + self.logins.settings.refusal_deadline);
        Ok(Progress::Show(Box::new(render::view(&self.flow, &self.state, hold_until))))
    }

    /// Shows the state as it is.
    pub(super) fn shown(&self) -> Progress {
        Progress::Show(Box::new(render::view(&self.flow, &self.state, None)))
    }

    /// Shows the state as it is, with a remark that is not kept.
    pub(super) fn shown_with(&self, notice: Notice) -> Progress {
        let mut view = render::view(&self.flow, &self.state, None);
        view.notice = Some(notice);
        Progress::Show(Box::new(view))
    }

    /// Removes tokens that were begun and given up. The flow does not depend on it.
    pub(super) async fn abandon(&mut self) {
        for (person, serial) in std::mem::take(&mut self.state.abandoned) {
            if let Err(error) = self.logins.ports.factors.abandon(self.origin, person, &serial).await {
                tracing::warn!(%error, serial, "an enrolment that was given up is still there");
            }
        }
    }

    pub(super) async fn perform(&mut self, effect: Effect) -> Result<Outcome, LoginError> {
        let (ports, origin) = (&self.logins.ports, self.origin);
        Ok(match effect {
            Effect::Survey(person) => return self.survey(person).await,
            Effect::Password { name, realm, person, password } => {
                let named = Claimed::Name { name: &name, realm: realm.as_deref() };
                let who = person.map_or(named, Claimed::Person);
                let attempt = PasswordAttempt { who, password: &password, device: self.device.as_ref() };
                Outcome::Password(ports.people.password(origin, attempt).await?)
            }
            Effect::Ticket(negotiation) => Outcome::Ticket(ports.people.ticket(origin, &negotiation).await?),
            Effect::ChangePassword { person, old, new } => {
                let change = PasswordChange { person, old: &old, new: &new, device: self.device.as_ref() };
                Outcome::PasswordChanged(ports.people.change_password(origin, change).await?)
            }
            Effect::Start { person, factor } => {
                let started = match ports.budgets.spend(origin, Costly::Challenge(person)).await? {
                    Permit::Granted => ports.factors.start(origin, person, &factor.id).await?,
                    Permit::Limited { retry_after } => Started::Limited { retry_after },
                };
                Outcome::Started(factor, started)
            }
            Effect::Answer { person, transaction, code, pin } => {
                let device = self.device.as_ref();
                let answer = FactorAnswer { person, transaction: &transaction, code: &code, pin: pin.as_ref(), device };
                Outcome::Answered(ports.factors.answer(origin, answer).await?)
            }
            Effect::Poll { person, transaction } => Outcome::Polled(ports.factors.poll(person, &transaction).await?),
            Effect::Enrol { person, kind } => {
                let begun = match ports.budgets.spend(origin, Costly::Enrolment(person)).await? {
                    Permit::Granted => ports.factors.enrol(origin, person, &kind, EnrolGround::FirstUse).await?,
                    Permit::Limited { retry_after } => EnrolBegun::Limited { retry_after },
                };
                Outcome::Enrolling(begun)
            }
            Effect::Confirm { person, serial, code } => {
                let ground = EnrolGround::FirstUse;
                Outcome::Confirmed(ports.factors.confirm(origin, person, &serial, &code, ground).await?)
            }
            Effect::RecoveryCodes { person } => Outcome::RecoveryCodes(ports.factors.recovery_codes(origin, person).await?),
        })
    }

    async fn survey(&mut self, id: kernel::ids::PersonId) -> Result<Outcome, LoginError> {
        let (ports, request) = (&self.logins.ports, &self.flow.request);
        let Some(person) = ports.people.person(id).await?.filter(|person| person.enabled) else {
            return Ok(Outcome::Lost);
        };
        let holdings = ports.factors.holdings(&person).await?;
        let facts = SsoFacts {
            origin: self.origin,
            person: &person,
            party: &request.party,
            requested: request.acr.levels().next(),
            known_device: self.device.as_ref().is_some_and(|d| d.person == id),
            has_factor: holdings.any,
        };
        let demand = ports.decisions.demand(facts).await?;
        let remembered = self.logins.consents.of(id, &request.party).await?.map(|c| c.granted).unwrap_or_default();
        let meant = match &request.login_hint {
            Some(hint) => ports.people.is_meant(&person, hint).await?,
            None => true,
        };
        Ok(Outcome::Surveyed(Box::new(Survey { person, holdings, demand, remembered, meant })))
    }

    /// Writes a batch that ends the flow.
    pub(super) async fn write(&self, batch: Batch) -> Result<(), WriteError> {
        self.logins.db.write(batch).await.map(|_| ())
    }
}
