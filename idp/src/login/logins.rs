//! All flows: begin, answer, look, poll, begin again.

use std::time::Duration;

use audit::Origin;
use db::{Db, WriteError};
use kernel::ids::FlowId;
use kernel::{Entropy, SecretText, Timestamp};
use keys::{Keys, MacKey, Purpose, Sealer};

use super::error::LoginError;
use super::run::Run;
use super::sign_in::SignIn;
use super::signal::Signal;
use super::state::{State, Step};
use super::store::{self, Flow};
use super::view::{GoneReason, Input, Notice, Progress};
use crate::consent::Consents;
use crate::ports::{AnswerMode, Costly, Permit, Polled, Ports};
use crate::session::Sessions;
use crate::session::device::Devices;

/// How long things take, where it is not for policy to say.
#[derive(Clone, Copy, Debug)]
pub struct LoginSettings {
    /// A flow that is not finished by then is over.
    pub lifetime: Duration,
    /// Refused sign-ins are answered so long after they arrived.
    pub refusal_deadline: Duration,
    /// A first factor is enrolled only so soon after the password.
    pub enrol_fresh: Duration,
}

impl Default for LoginSettings {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self { lifetime: minutes(30), refusal_deadline: Duration::from_secs(1), enrol_fresh: minutes(10) }
    }
}

/// What a browser brings along.
pub struct Browser {
    /// A value of at least 128 bits that only this browser has and that outlives the flow, such as the id of its web session.
    /// Flows are bound to it.
    pub binding: SecretText,
    /// The session cookie.
    pub session: Option<SecretText>,
    /// The known-device cookie.
    pub device: Option<SecretText>,
    /// It is none: a client that keeps nothing and can show nothing. Nothing is enrolled for it, no device remembered, and the session of
    /// its sign-in, which parties know and nobody comes back to, ends within minutes.
    pub is_transient: bool,
}

/// More than this is no request of a party.
const MAX_TICKET: usize = 60_000;
/// The ticket, and all wishes and hints.
const MAX_REQUEST: usize = 100_000;
/// A name, code or PIN longer than this is not looked at.
const MAX_TYPED: usize = 1024;
/// Expired flows are kept so long, to be able to offer a restart.
const AFTERLIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// All flows. Cheap to clone.
#[derive(Clone)]
pub struct Logins {
    pub(super) db: Db,
    pub(super) ports: Ports,
    pub(super) sessions: Sessions,
    pub(super) devices: Devices,
    pub(super) consents: Consents,
    pub(super) sealer: Sealer,
    pub(super) chance: Entropy,
    pub(super) settings: LoginSettings,
    mac: MacKey,
}

impl Logins {
    /// The flows in `db`, on these ports. Time comes with each [`Origin`].
    pub fn new(db: Db, keys: &Keys, chance: Entropy, ports: Ports, settings: LoginSettings) -> Self {
        Self {
            ports,
            sessions: Sessions::new(db.clone(), keys),
            devices: Devices::new(db.clone(), keys),
            consents: Consents::new(db.clone()),
            sealer: keys.sealer().clone(),
            mac: keys.mac_key(Purpose::Lookup),
            db,
            chance,
            settings,
        }
    }

    /// Begins a sign-in: goes on silently as far as the browser's session carries, then shows the first step. A flow that
    /// shows nothing leaves no row.
    ///
    /// # Errors
    /// [`LoginError`]; a refusal is none.
    pub async fn start(&self, origin: &Origin, request: SignIn, browser: &Browser) -> Result<Progress, LoginError> {
        if request.ticket.len() > MAX_TICKET
            || request.party.id.chars().count() > 191
            || serde_json::to_vec(&request)?.len() > MAX_REQUEST
        {
            return Err(LoginError::TooLarge);
        }
        let flow = self.begin(origin, request, browser);
        Run::new(self, origin, browser, flow, State::new()).await?.drive(Signal::Begin).await
    }

    /// Answers the step that was shown as `version`. An answer to any other version changes nothing and shows how it stands.
    ///
    /// # Errors
    /// [`LoginError`]; a wrong answer is none.
    pub async fn answer(
        &self,
        origin: &Origin,
        flow: FlowId,
        version: i64,
        browser: &Browser,
        input: Input,
    ) -> Result<Progress, LoginError> {
        let (flow, state) = match self.load(origin.at, flow, browser).await? {
            Ok(found) => found,
            Err(gone) => return Ok(gone),
        };
        let run = Run::new(self, origin, browser, flow, state).await?;
        if run.flow.version != version {
            return Ok(run.shown_with(Notice::Stale));
        }
        if is_oversized(&input) {
            return Ok(run.shown_with(Notice::Unexpected));
        }
        let (id, outcome) = (run.flow.id, run.drive(Signal::Input(input)).await);
        match outcome {
            Err(LoginError::Db(WriteError::Guard("flow"))) => self.stale(origin, id, browser).await,
            other => other,
        }
    }

    /// Shows how a flow stands. Changes nothing.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn show(&self, origin: &Origin, flow: FlowId, browser: &Browser) -> Result<Progress, LoginError> {
        Ok(match self.load(origin.at, flow, browser).await? {
            Ok((flow, state)) => Run::new(self, origin, browser, flow, state).await?.shown(),
            Err(gone) => gone,
        })
    }

    /// Looks whether an approval has come. Reads only; [`Input::Approved`] takes it.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn poll(&self, origin: &Origin, flow: FlowId, browser: &Browser) -> Result<Polled, LoginError> {
        let Ok((_, state)) = self.load(origin.at, flow, browser).await? else { return Ok(Polled::Gone) };
        match (state.step, state.who) {
            (Step::Factor { transaction, mode: AnswerMode::Approve, .. }, Some(person)) => {
                Ok(self.ports.factors.poll(person, &transaction).await?)
            }
            _ => Ok(Polled::Gone),
        }
    }

    /// Begins again what has expired or led astray, with the same request; the old flow is over.
    ///
    /// # Errors
    /// As [`Logins::start`].
    pub async fn restart(&self, origin: &Origin, flow: FlowId, browser: &Browser) -> Result<Progress, LoginError> {
        let Some((flow, _)) = store::by_id(&self.db, flow).await?.filter(|(flow, _)| self.is_of(flow, browser)) else {
            return Ok(Progress::Gone { reason: GoneReason::Unknown, party: None });
        };
        if flow.finished {
            return Ok(Progress::Gone { reason: GoneReason::Finished, party: Some(flow.request.party) });
        }
        if flow.expires_at > origin.at {
            let mut batch = db::Batch::new();
            store::finish(&mut batch, &flow, origin.at);
            match self.db.write(batch).await {
                Err(WriteError::Guard(_)) => return self.stale(origin, flow.id, browser).await,
                other => other?,
            };
        }
        self.start(origin, flow.request, browser).await
    }

    /// Removes up to `limit` each of flows that have been over for a day, sessions that have ended and devices that have
    /// expired; returns how many. Call again until it returns none.
    ///
    /// # Errors
    /// [`LoginError::Db`].
    pub async fn cleanup(&self, now: Timestamp, limit: u32) -> Result<usize, LoginError> {
        let flows = store::cleanup(&self.db, now - AFTERLIFE, limit).await?;
        Ok(flows + self.sessions.cleanup(now, limit).await? + self.devices.cleanup(now, limit).await?)
    }

    /// Counts what costs as much as beginning a sign-in, and can be had by anybody.
    ///
    /// # Errors
    /// [`LoginError::Limited`] when there was too much of it.
    pub async fn spend(&self, origin: &Origin) -> Result<(), LoginError> {
        match self.ports.budgets.spend(origin, Costly::Flow).await? {
            Permit::Granted => Ok(()),
            Permit::Limited { retry_after } => Err(LoginError::Limited { retry_after }),
        }
    }

    /// The sessions that these flows open.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The devices that they remember.
    pub fn devices(&self) -> &Devices {
        &self.devices
    }

    /// The consents that they ask for.
    pub fn consents(&self) -> &Consents {
        &self.consents
    }

    /// A flow that has no row yet.
    pub(super) fn begin(&self, origin: &Origin, request: SignIn, browser: &Browser) -> Flow {
        Flow {
            id: FlowId::new(&self.chance, origin.at),
            version: 1,
            browser_hash: self.browser_hash(browser),
            request,
            finished: false,
            created_at: origin.at,
            expires_at: origin.at + self.settings.lifetime,
            stored: false,
        }
    }

    async fn load(&self, now: Timestamp, id: FlowId, browser: &Browser) -> Result<Result<(Flow, State), Progress>, LoginError> {
        // Another browser learns no more of a flow than of one that never was.
        let Some((flow, written)) = store::by_id(&self.db, id).await?.filter(|(flow, _)| self.is_of(flow, browser)) else {
            return Ok(Err(Progress::Gone { reason: GoneReason::Unknown, party: None }));
        };
        let reason = match flow.finished {
            true => GoneReason::Finished,
            false if flow.expires_at <= now => GoneReason::Expired,
            false => {
                let state = written.read(&self.sealer, id)?;
                return Ok(Ok((flow, state)));
            }
        };
        Ok(Err(Progress::Gone { reason, party: Some(flow.request.party) }))
    }

    async fn stale(&self, origin: &Origin, flow: FlowId, browser: &Browser) -> Result<Progress, LoginError> {
        Ok(match self.load(origin.at, flow, browser).await? {
            Ok((flow, state)) => Run::new(self, origin, browser, flow, state).await?.shown_with(Notice::Stale),
            Err(gone) => gone,
        })
    }

    fn is_of(&self, flow: &Flow, browser: &Browser) -> bool {
        keys::constant_time_eq(flow.browser_hash.as_bytes(), self.browser_hash(browser).as_bytes())
    }

    fn browser_hash(&self, browser: &Browser) -> String {
        self.mac.text(["browser\n", browser.binding.expose()].concat().as_bytes())
    }
}

fn is_oversized(input: &Input) -> bool {
    let long = |text: &SecretText| text.len() > MAX_TYPED;
    match input {
        Input::Password { name, realm, password } => {
            name.len() > MAX_TYPED || realm.as_ref().is_some_and(|r| r.len() > MAX_TYPED) || long(password)
        }
        Input::ChangePassword { old, new, again } => long(old) || long(new) || long(again),
        Input::Code { code, pin } => long(code) || pin.as_ref().is_some_and(long),
        _ => false,
    }
}
