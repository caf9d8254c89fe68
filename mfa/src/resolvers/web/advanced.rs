//! A store that is asked by the requests of its configuration.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::Batch;
use kernel::outbound::Outbound;
use kernel::{Clock, SecretText};
use moka::future::Cache;
use serde_json::{Map, Value};

use super::channel::Channel;
use super::config::Config;
use super::manner::{Manner, STALENESS};
use super::ration::Ration;
use super::request::Request;
use super::template::Values;
use super::token::Grant;
use super::{alike, answer, diagnose, plausible, possible};
use crate::resolvers::{Capabilities, Change, Entry, Filter, Limits, Page, PasswordCheck, Resolver, ResolverError};

/// Login names that are remembered.
const REMEMBERED: u64 = 100_000;
/// How long a whole question may take, whatever the time for one answer.
const LONGEST: Duration = Duration::from_secs(30);

/// What a store says to a question for one person.
enum Told {
    /// It knows them not.
    Nobody,
    /// Records, at least one.
    Records(Vec<Value>),
    /// Nothing that would say so, or the contrary.
    Unclear(String),
}

fn unusable() -> ResolverError {
    ResolverError::Unclear("its answer is about somebody else, or cannot be used".to_owned())
}

/// The budget of a whole question.
pub(in crate::resolvers) fn budget(timeout: Duration) -> Duration {
    timeout.saturating_mul(2).min(LONGEST)
}

/// A store.
pub(in crate::resolvers) struct Advanced {
    pub(super) config: Config,
    pub(super) channel: Channel,
    pub(super) manner: Box<dyn Manner>,
    /// The login name by uid, so that a sign-in that has just looked somebody up need not look again.
    pub(super) logins: Cache<String, Arc<str>>,
}

impl Advanced {
    /// A store with this configuration.
    pub(in crate::resolvers) fn new(
        (config, out): (Config, Outbound),
        grant: Box<dyn Grant>,
        manner: Box<dyn Manner>,
        clock: Clock,
    ) -> Self {
        let logins = Cache::builder().max_capacity(REMEMBERED).time_to_live(STALENESS).build();
        Self { config, channel: Channel::new(out, grant, clock), manner, logins }
    }

    /// Names of the attributes that it can deliver.
    pub(super) fn names(&self) -> Vec<String> {
        let more = self.config.by_id.response.names().filter(|name| !matches!(*name, "userid" | "username" | "password"));
        let mut names: Vec<String> =
            self.config.people.attributes.keys().map(String::as_str).chain(more).map(str::to_owned).collect();
        names.extend(self.config.groups.iter().map(|groups| groups.key.clone()));
        names.sort();
        names.dedup();
        names
    }

    /// What the store says to a question for one person.
    async fn ask(&self, request: &Request, values: &Values, ration: &Ration) -> Result<Told, ResolverError> {
        let document = loop {
            let fields = self.manner.fields(&self.config);
            let fields: Vec<_> = fields.into_iter().filter(|(name, _)| !request.asks(name)).collect();
            let Some(prepared) = request.prepare(values, &fields, Map::new()) else {
                return Ok(Told::Unclear("it cannot be asked for such a value".to_owned()));
            };
            let answer = self.channel.call(&prepared).await?;
            ration.take(&answer)?;
            match answer.status {
                _ if answer::is_nobody(&answer) => return Ok(Told::Nobody),
                _ if answer::finds_nobody(&answer) => {
                    tracing::info!(status = answer.status, "a store does not look somebody up");
                    return Ok(Told::Unclear(format!("it answers with status {}", answer.status)));
                }
                _ if self.manner.asks_less(&answer) => {}
                _ => break answer::document(&answer)?,
            }
        };
        if answer::is_failure(request, &document) {
            return Ok(Told::Nobody);
        }
        Ok(match document {
            Value::Null => Told::Nobody,
            Value::Array(list) if list.is_empty() => Told::Nobody,
            Value::Array(list) => Told::Records(list),
            one => Told::Records(vec![one]),
        })
    }

    fn entry(&self, record: &Value, request: &Request) -> Option<Entry> {
        self.config.people.entry(record, &request.response, self.manner.standing(record))
    }

    pub(super) async fn by_uid(&self, uid: &str) -> Result<Option<Entry>, ResolverError> {
        self.by_uid_within(uid, &Ration::new()).await
    }

    /// Somebody of whom it matters whether they are there: that they are not found is certain.
    pub(super) async fn by_uid_within(&self, uid: &str, ration: &Ration) -> Result<Option<Entry>, ResolverError> {
        let request = &self.config.by_id;
        match self.ask(request, &Values::of([("userid", uid)]), ration).await? {
            Told::Nobody => Ok(None),
            Told::Unclear(why) => Err(ResolverError::Unclear(why)),
            Told::Records(records) => {
                let found = records.iter().filter_map(|record| self.entry(record, request)).find(|entry| entry.uid == uid);
                found.map(Some).ok_or_else(unusable)
            }
        }
    }

    /// As [`Advanced::by_uid_within`], where it does not matter whether somebody of whom nothing is told is there.
    pub(super) async fn by_uid_if_told(&self, uid: &str, ration: &Ration) -> Result<Option<Entry>, ResolverError> {
        match self.by_uid_within(uid, ration).await {
            Err(ResolverError::Unclear(_)) => Ok(None),
            told => told,
        }
    }

    /// Whether somebody is there, also one of whom nothing but the uid can be used.
    pub(super) async fn is_there(&self, uid: &str, ration: &Ration) -> Result<bool, ResolverError> {
        let request = &self.config.by_id;
        match self.ask(request, &Values::of([("userid", uid)]), ration).await? {
            Told::Nobody => Ok(false),
            Told::Unclear(why) => Err(ResolverError::Unclear(why)),
            Told::Records(records) => {
                let mut uids = records.iter().filter_map(|record| self.config.people.uid_of(record, &request.response));
                uids.any(|found| alike(&found, uid)).then_some(true).ok_or_else(unusable)
            }
        }
    }

    /// Without groups: whom a login name means.
    async fn named(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        if !plausible(login) {
            return Ok(None);
        }
        let (values, ration) = (Values::of([("username", login)]), Ration::new());
        let found = match (&self.config.by_name, &self.config.list) {
            (Some(request), _) => match self.ask(request, &values, &ration).await? {
                Told::Records(records) => records.iter().filter_map(|record| self.entry(record, request)).collect(),
                // A name that the store cannot have is nobody's.
                Told::Nobody | Told::Unclear(_) => Vec::new(),
            },
            (None, Some(request)) => {
                let exact = Filter { conditions: vec![("username".to_owned(), login.to_owned())] };
                self.listed(request, &values, &self.manner.conditions(&self.config, &exact), &ration).await?
            }
            (None, None) => Vec::new(),
        };
        Ok(self.meant(found, login))
    }

    pub(super) async fn by_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        let Some(entry) = self.named(login).await? else { return Ok(None) };
        self.logins.insert(entry.uid.clone(), entry.login.as_str().into()).await;
        self.with_groups(entry).await.map(Some)
    }

    /// Checks a password by the request for it.
    pub(super) async fn check(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        let Some(request) = &self.config.user_auth else {
            return Err(ResolverError::Unsupported("This resolver does not check passwords."));
        };
        if !possible(password) || !plausible(uid) {
            return Ok(PasswordCheck::default());
        }
        let remembered = self.logins.get(uid).await;
        let is_remembered = remembered.is_some();
        let login = match remembered {
            Some(login) => Some(login),
            None => self.by_uid(uid).await?.map(|entry| Arc::<str>::from(entry.login)),
        };
        let Some(login) = login else { return Ok(PasswordCheck::default()) };
        let mut values = Values::of([("userid", uid), ("username", &*login)]);
        values.set("password", password.expose());
        let Some(prepared) = request.prepare(&values, &[], Map::new()) else { return Ok(PasswordCheck::default()) };
        let answer = match self.manner.passes_with_passwords() {
            true => self.channel.call(&prepared).await?,
            false => self.channel.bare(&prepared).await?,
        };
        if answer::succeeded(&answer) {
            // Nothing at all cannot be told from a failure where the body tells them apart.
            let document: Value = match answer.body.is_empty() && request.failure.is_none() {
                true => Value::Null,
                // A page that asks to sign in is a success too, for HTTP.
                false => answer::document(&answer)?,
            };
            let complete = request.response.apply(&document).len() == request.response.names().count();
            if answer::is_failure(request, &document) || !complete {
                return Ok(PasswordCheck::default());
            }
        }
        // A refusal may be about what lets us in, and is nobody's wrong guess then.
        if matches!(answer.status, 401 | 403) && self.manner.passes_with_passwords() {
            self.by_uid(uid).await?;
        }
        let check = self.manner.verdict(&self.config, uid, &answer)?;
        // A name that was remembered may be somebody else's by now.
        if check.ok && is_remembered && !self.manner.names_owner(&answer) {
            let still = self.by_uid(uid).await?.is_some_and(|entry| entry.login == *login);
            return Ok(if still { check } else { PasswordCheck::default() });
        }
        Ok(check)
    }
}

#[async_trait]
impl Resolver for Advanced {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            editable: self.config.editable,
            passwords: self.config.user_auth.is_some(),
            folds_case: self.manner.folds_case(),
            staleness: STALENESS,
        }
    }

    fn limits(&self) -> Limits {
        Limits { budget: budget(self.config.timeout), ..Limits::default() }
    }

    fn attributes(&self) -> Vec<String> {
        self.names()
    }

    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        self.by_login(login).await
    }

    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        self.by_uids(uids).await
    }

    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        self.there(uids).await
    }

    async fn search(&self, filter: &Filter, page: Page, projection: Option<&[String]>) -> Result<Vec<Entry>, ResolverError> {
        self.by_filter(filter, page, projection).await
    }

    async fn check_password(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        self.check(uid, password).await
    }

    async fn change_password(&self, uid: &str, old: &SecretText, new: &SecretText) -> Result<(), ResolverError> {
        self.change_own(uid, old, new).await
    }

    async fn add(&self, _: &mut Batch, login: &str, change: Change) -> Result<String, ResolverError> {
        self.create(login, change).await
    }

    async fn change(&self, _: &mut Batch, uid: &str, change: Change) -> Result<(), ResolverError> {
        self.update(uid, change).await
    }

    async fn remove(&self, _: &mut Batch, uid: &str) -> Result<(), ResolverError> {
        self.delete(uid).await
    }

    async fn test(&self) -> Result<String, ResolverError> {
        let budget = budget(self.config.timeout);
        let tried = tokio::time::timeout(budget, diagnose::diagnose(self)).await;
        tried.unwrap_or_else(|_| Err(ResolverError::Unavailable("no answer in time".to_owned())))
    }
}
