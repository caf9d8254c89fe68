//! Every resolver stands behind a guard, so that a store that is slow or gone harms nobody but its own people:
//!
//! * a **budget of time** for each question, however many steps it has;
//! * a **bulkhead**: so many questions at once and so many that wait; more are turned away at once;
//! * a **circuit breaker** ([`State`]): after a few questions in a row without an answer none is asked for a second, and then one
//!   at a time, until one is answered.
//!
//! What was turned away is [`ResolverError::Unavailable`], like a question without an answer: nobody above can tell them apart.
//! What then happens is decided by policy ([`RESOLVER_OUTAGE`](crate::policy::actions::sso::RESOLVER_OUTAGE)).

mod breaker;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use db::Batch;
use kernel::clock::Stopwatch;
use kernel::{Clock, SecretText, Timestamp};
use tokio::sync::{Mutex as TurnMutex, Semaphore};

use super::{Capabilities, Change, Entry, Filter, Page, PasswordCheck, Resolver, ResolverError};
use breaker::{Admission, Breaker};

pub use breaker::State;

/// What a resolver may take at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long one question may take, from the moment it is put.
    pub budget: Duration,
    /// Questions at the same time.
    pub at_once: usize,
    /// Questions that wait for their turn.
    pub waiting: usize,
}

impl Default for Limits {
    /// For stores elsewhere.
    fn default() -> Self {
        Self { budget: Duration::from_secs(10), at_once: 16, waiting: 128 }
    }
}

impl Limits {
    /// For our own database, which has limits of its own.
    pub const fn own() -> Self {
        Self { budget: Duration::from_secs(60), at_once: 4096, waiting: 65_536 }
    }
}

/// A look at a store for whoever watches over it is answered with what is known, if that is as young as this.
const RECENT: Duration = Duration::from_secs(5);
/// How long such a look may take.
const LOOK: Duration = Duration::from_secs(3);
/// A login name that nobody has.
const NOBODY: &str = "symbolon-health-check";

/// How a store is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it answers.
    pub answers: bool,
    /// How its breaker stands.
    pub state: State,
    /// Since when it has been left alone.
    pub out_since: Option<Timestamp>,
}

/// A resolver behind its guard.
pub struct Guarded {
    inner: Arc<dyn Resolver>,
    name: String,
    limits: Limits,
    clock: Clock,
    slots: Semaphore,
    /// Questions that are asked or wait.
    present: AtomicUsize,
    breaker: Mutex<Breaker>,
    /// When a question last told something, and whether it was answered.
    told: Mutex<Option<(Timestamp, bool)>>,
    look: TurnMutex<()>,
}

/// How a question ended.
#[derive(Clone, Copy)]
enum End {
    Answered,
    Silent,
    /// It tells nothing about the store: a fault of ours, or what needs no store to be answered.
    Untold,
}

impl End {
    const fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Silent => "silent",
            Self::Untold => "other",
        }
    }
}

/// A place among those who ask or wait; given back however they end.
struct Seat<'a>(&'a AtomicUsize);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A question under way. One that is given up, because its caller has gone, tells nothing.
struct Question<'a> {
    guard: &'a Guarded,
    admission: Admission,
    open: bool,
}

impl Question<'_> {
    fn end(mut self, end: End) {
        self.open = false;
        self.guard.conclude(self.admission, end);
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        if self.open {
            self.guard.conclude(self.admission, End::Untold);
        }
    }
}

/// Whether every store has to be asked for a name.
fn possible(login: &str) -> bool {
    let plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\');
    (1..=255).contains(&login.len()) && login.trim() == login && login.chars().all(plain) && !matches!(login, "." | "..")
}

fn silent(what: &str) -> ResolverError {
    ResolverError::Unavailable(what.to_owned())
}

impl Guarded {
    /// Puts a resolver behind a guard. The name is for logs and metrics.
    pub fn new(name: &str, inner: Arc<dyn Resolver>, clock: Clock) -> Self {
        let limits = inner.limits();
        Self {
            inner,
            name: name.to_owned(),
            limits,
            clock,
            slots: Semaphore::new(limits.at_once),
            present: AtomicUsize::new(0),
            breaker: Mutex::new(Breaker::new()),
            told: Mutex::new(None),
            look: TurnMutex::new(()),
        }
    }

    /// Whether a question has lately gone without an answer, and none was answered since.
    pub fn ailing(&self) -> bool {
        self.breaker().ailing()
    }

    /// How its breaker stands.
    pub fn state(&self) -> State {
        self.breaker().state()
    }

    /// How the store is doing. It is asked when nothing is known of the last few seconds, by one at a time and not for long; many
    /// who watch over it are no burden to it.
    pub async fn health(&self) -> Health {
        let mut told = self.recently();
        if told.is_none() {
            let _turn = self.look.lock().await;
            told = self.recently();
            if told.is_none() {
                let answered = tokio::time::timeout(LOOK, self.find_login(NOBODY)).await;
                let answers = matches!(answered, Ok(Ok(_)));
                self.tell(answers);
                told = Some(answers);
            }
        }
        let breaker = self.breaker();
        Health { answers: told == Some(true), state: breaker.state(), out_since: breaker.out_since() }
    }

    fn recently(&self) -> Option<bool> {
        let told = *self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        told.filter(|(at, _)| *at <= now && now.since(*at) < RECENT).map(|(_, answered)| answered)
    }

    fn tell(&self, answered: bool) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.clock.now(), answered));
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turned_away(&self, why: &'static str, what: &str) -> ResolverError {
        self.count(why);
        silent(what)
    }

    fn count(&self, outcome: &'static str) {
        metrics::counter!("symbolon_resolver_questions_total", "resolver" => self.name.clone(), "outcome" => outcome)
            .increment(1);
    }

    fn conclude(&self, admission: Admission, end: End) {
        let now = self.clock.now();
        self.count(end.word());
        match end {
            End::Answered => {
                self.tell(true);
                let since = self.breaker().answered();
                if let Some(since) = since {
                    tracing::info!(resolver = self.name, seconds = now.since(since).as_secs(), "the resolver answers again");
                }
            }
            End::Silent => {
                self.tell(false);
                if self.breaker().failed(admission, now) {
                    tracing::warn!(resolver = self.name, "the resolver does not answer: it is left alone for a while");
                }
            }
            End::Untold => self.breaker().abandoned(admission, now),
        }
        let value = match self.state() {
            State::Closed => 0.0,
            State::HalfOpen => 1.0,
            State::Open => 2.0,
        };
        metrics::gauge!("symbolon_resolver_breaker", "resolver" => self.name.clone()).set(value);
    }

    /// Asks a question, if it may be asked. `telling`: whether an answer shows that the store is there.
    async fn ask<T>(&self, telling: bool, question: impl Future<Output = Result<T, ResolverError>>) -> Result<T, ResolverError> {
        let watch = Stopwatch::start();
        let open = "it has not answered lately, and is left alone for a moment";
        if self.breaker().refuses(self.clock.now()) {
            return Err(self.turned_away("left_alone", open));
        }
        let before = self.present.fetch_add(1, Ordering::Relaxed);
        let _seat = Seat(&self.present);
        if before >= self.limits.at_once.saturating_add(self.limits.waiting) {
            return Err(self.turned_away("crowded", "too many questions wait for an answer"));
        }
        // Whoever has waited in vain knows that others take long, and nothing else.
        let Ok(Ok(_slot)) = tokio::time::timeout(self.limits.budget, self.slots.acquire()).await else {
            return Err(self.turned_away("crowded", "the questions before this one take too long"));
        };
        let Some(admission) = self.breaker().admit(self.clock.now()) else {
            return Err(self.turned_away("left_alone", open));
        };
        let under_way = Question { guard: self, admission, open: true };
        let left = self.limits.budget.saturating_sub(watch.elapsed());
        let Ok(answer) = tokio::time::timeout(left, question).await else {
            under_way.end(End::Silent);
            return Err(silent("no answer in time"));
        };
        under_way.end(match &answer {
            Ok(_) if telling => End::Answered,
            Err(ResolverError::Unavailable(_)) => End::Silent,
            _ => End::Untold,
        });
        answer
    }
}

#[async_trait]
impl Resolver for Guarded {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn is_ours(&self) -> bool {
        self.inner.is_ours()
    }

    fn attributes(&self) -> Vec<String> {
        self.inner.attributes()
    }

    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        // An impossible name is nobody's without asking: whoever types one must not close the breaker with it.
        self.ask(possible(login), self.inner.find_login(login)).await
    }

    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        self.ask(!uids.is_empty(), self.inner.find_many(uids)).await
    }

    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        self.ask(!uids.is_empty(), self.inner.who_is_there(uids)).await
    }

    async fn search(&self, filter: &Filter, page: Page, projection: Option<&[String]>) -> Result<Vec<Entry>, ResolverError> {
        self.ask(true, self.inner.search(filter, page, projection)).await
    }

    async fn check_password(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        // An impossible password is wrong without asking: whoever guesses must not close the breaker with it.
        let possible = !password.is_empty() && password.len() <= 1024 && !password.expose().contains('\0');
        self.ask(possible, self.inner.check_password(uid, password)).await
    }

    async fn add(&self, batch: &mut Batch, login: &str, change: Change) -> Result<String, ResolverError> {
        self.ask(true, self.inner.add(batch, login, change)).await
    }

    async fn change(&self, batch: &mut Batch, uid: &str, change: Change) -> Result<(), ResolverError> {
        self.ask(true, self.inner.change(batch, uid, change)).await
    }

    async fn change_password(&self, uid: &str, old: &SecretText, new: &SecretText) -> Result<(), ResolverError> {
        self.ask(true, self.inner.change_password(uid, old, new)).await
    }

    async fn remove(&self, batch: &mut Batch, uid: &str) -> Result<(), ResolverError> {
        self.ask(true, self.inner.remove(batch, uid)).await
    }

    /// Asks in any case: whoever looks for the cause of an outage must not be turned away.
    async fn test(&self) -> Result<String, ResolverError> {
        let tried = self.inner.test().await;
        if tried.is_ok() {
            self.conclude(Admission::Ordinary, End::Answered);
        }
        tried
    }
}
