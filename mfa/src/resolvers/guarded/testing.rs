//! A store for tests that answers, is silent or hangs as it is told, and counts what it is asked.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kernel::SecretText;
use tokio::sync::Notify;

use super::Limits;
use crate::people::Attributes;
use crate::resolvers::{Capabilities, Entry, Filter, Page, PasswordCheck, Resolver, ResolverError, Standing};

/// How a [`Stub`] behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Answers,
    /// Every question fails at once.
    Silent,
    /// Questions wait until [`Stub::release`].
    Hangs,
    /// It is too busy for now.
    Busy,
    /// It answers, and does not say who is there.
    Unclear,
}

/// A store with people in memory; every password is `geheim`.
pub(crate) struct Stub {
    people: Mutex<Vec<Entry>>,
    mode: Mutex<Mode>,
    asked: AtomicUsize,
    waiting: Notify,
    pub(crate) limits: Limits,
    pub(crate) staleness: Duration,
}

/// Somebody whose uid is their login name with `u-` in front.
pub(crate) fn somebody(login: &str) -> Entry {
    Entry { uid: format!("u-{login}"), login: login.to_owned(), attributes: Attributes::new(), standing: Standing::default() }
}

impl Stub {
    pub(crate) fn new(logins: &[&str]) -> Self {
        Self {
            people: Mutex::new(logins.iter().map(|login| somebody(login)).collect()),
            mode: Mutex::new(Mode::Answers),
            asked: AtomicUsize::new(0),
            waiting: Notify::new(),
            limits: Limits::default(),
            staleness: Duration::from_secs(60),
        }
    }

    pub(crate) fn shared(logins: &[&str]) -> Arc<Self> {
        Arc::new(Self::new(logins))
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// Changes, adds or removes somebody.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        change(&mut self.people.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Questions so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Answers all questions that hang.
    pub(crate) fn release(&self) {
        self.release_as(Mode::Answers);
    }

    /// Ends all questions that hang, like those of another mode.
    pub(crate) fn release_as(&self, mode: Mode) {
        self.set(mode);
        self.waiting.notify_waiters();
    }

    fn mode(&self) -> Mode {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn question(&self) -> Result<Vec<Entry>, ResolverError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let released = self.waiting.notified();
        if self.mode() == Mode::Hangs {
            released.await;
        }
        match self.mode() {
            Mode::Answers | Mode::Hangs => {}
            Mode::Silent => return Err(ResolverError::Unavailable("silent".to_owned())),
            Mode::Unclear => return Err(ResolverError::Unclear("unclear".to_owned())),
            Mode::Busy => return Err(ResolverError::Internal("busy".to_owned())),
        }
        Ok(self.people.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

#[async_trait]
impl Resolver for Arc<Stub> {
    fn capabilities(&self) -> Capabilities {
        Capabilities { editable: false, passwords: true, folds_case: true, staleness: self.staleness }
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn attributes(&self) -> Vec<String> {
        Vec::new()
    }

    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        Ok(self.question().await?.into_iter().find(|entry| entry.login == login))
    }

    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        let mut people = self.question().await?;
        people.retain(|entry| uids.contains(&entry.uid));
        Ok(people)
    }

    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        Ok(self.find_many(uids).await?.into_iter().map(|entry| entry.uid).collect())
    }

    async fn search(&self, filter: &Filter, _: Page, _: Option<&[String]>) -> Result<Vec<Entry>, ResolverError> {
        let mut people = self.question().await?;
        people.retain(|entry| filter.admits(entry));
        Ok(people)
    }

    async fn check_password(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        if password.is_empty() {
            return Ok(PasswordCheck::default());
        }
        let known = self.question().await?.iter().any(|entry| entry.uid == uid);
        Ok(PasswordCheck { ok: known && password.expose() == "geheim", ..PasswordCheck::default() })
    }

    async fn test(&self) -> Result<String, ResolverError> {
        self.question().await.map(|_| String::new())
    }
}
