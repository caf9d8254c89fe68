//! People in an LDAP directory: OpenLDAP, Active Directory, FreeIPA, 389 Directory Server and others.
//!
//! * Searches go through connections of the service account, password checks through others that are used for nothing else.
//! * Filters and names are values ([`filter`], [`dn`]); nothing that somebody typed is ever joined to text that is parsed.
//! * The service account signs in with its password, or with a Kerberos ticket ([`sasl`]).
//! * What a server sends is bounded and checked before the LDAP library sees it ([`transport`], [`frames`]).
//! * No question costs one search for each row: uids are looked up up to a thousand at a time.

mod account;
mod config;
mod connection;
mod diagnose;
mod dn;
mod features;
mod filter;
mod frames;
#[cfg(test)]
mod fuzz;
mod groups;
mod look;
mod many;
mod params;
mod password;
mod people;
mod pool;
mod record;
mod referral;
mod sasl;
mod template;
mod tls;
mod transport;
mod uid;
mod verdict;
mod write;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use db::Batch;
use kernel::ids::RowId;
use kernel::{Clock, Entropy, SecretText};
use moka::future::Cache;
use tokio::sync::OnceCell;

use super::{
    Capabilities, Change, Entry, Env, Filter, Limits, Page, ParamValues, PasswordCheck, Resolver, ResolverError, ResolverKind,
};
use config::Config;
use features::Features;
use pool::{Checks, Searches, Servers};

/// How the kind is declared.
pub(super) static KIND: ResolverKind = ResolverKind {
    name: "ldapresolver",
    description: "An LDAP directory",
    params: params::PARAMS,
    presets: params::PRESETS,
    build,
};

/// It has no statements.
pub(super) const STATEMENTS: &[&db::Stmt] = &[];

/// Names of entries that are remembered.
const REMEMBERED: u64 = 100_000;

fn build(_: RowId, params: &ParamValues, env: &Env) -> Result<Arc<dyn Resolver>, ResolverError> {
    Ok(Arc::new(Ldap::new(Config::read(params)?, env.clock.clone(), env.chance.clone())))
}

/// A directory.
struct Ldap {
    config: Arc<Config>,
    servers: Arc<Servers>,
    searches: Searches,
    checks: Checks,
    features: OnceCell<Features>,
    /// The name of an entry by its uid, so that a sign-in that has just looked somebody up need not look again.
    names: Cache<String, Arc<str>>,
    chance: Entropy,
}

impl Ldap {
    fn new(config: Config, clock: Clock, chance: Entropy) -> Self {
        let config = Arc::new(config);
        let servers = Servers::new(Arc::clone(&config), clock, chance.clone());
        Self {
            searches: Searches::new(Arc::clone(&servers)),
            checks: Checks::new(Arc::clone(&servers)),
            features: OnceCell::new(),
            names: Cache::builder().max_capacity(REMEMBERED).time_to_live(config.staleness).build(),
            servers,
            config,
            chance,
        }
    }

    /// Asks a question within its budget of time, if questions can be asked at all.
    async fn within<T>(&self, question: impl Future<Output = Result<T, ResolverError>>) -> Result<T, ResolverError> {
        if let Some(why) = self.config.refused {
            return Err(ResolverError::Unsupported(why));
        }
        let budget = verdict::budget(self.config.timeout);
        let answered = tokio::time::timeout(budget, question).await;
        answered.unwrap_or_else(|_| Err(ResolverError::Unavailable("no answer in time".to_owned())))
    }

    async fn features(&self) -> Result<&Features, ResolverError> {
        self.features.get_or_try_init(|| features::ask(&self.searches)).await
    }
}

#[async_trait]
impl Resolver for Ldap {
    fn capabilities(&self) -> Capabilities {
        let works = self.config.refused.is_none();
        Capabilities {
            editable: works && self.config.editable,
            passwords: works,
            folds_case: true,
            staleness: self.config.staleness,
        }
    }

    /// The pools have eight connections each, for searches and for passwords.
    fn limits(&self) -> Limits {
        Limits { budget: verdict::budget(self.config.timeout), ..Limits::default() }
    }

    fn attributes(&self) -> Vec<String> {
        self.config.map.keys().cloned().collect()
    }

    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        self.within(self.by_login(login)).await
    }

    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        self.within(self.by_uids(uids)).await
    }

    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        self.within(self.there(uids)).await
    }

    async fn search(&self, filter: &Filter, page: Page, projection: Option<&[String]>) -> Result<Vec<Entry>, ResolverError> {
        self.within(self.by_filter(filter, page, projection)).await
    }

    async fn check_password(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        self.within(self.check(uid, password)).await
    }

    async fn change_password(&self, uid: &str, old: &SecretText, new: &SecretText) -> Result<(), ResolverError> {
        self.within(self.change_own(uid, old, new)).await
    }

    async fn add(&self, _: &mut Batch, login: &str, change: Change) -> Result<String, ResolverError> {
        self.within(self.create(login, change)).await
    }

    async fn change(&self, _: &mut Batch, uid: &str, change: Change) -> Result<(), ResolverError> {
        self.within(self.update(uid, change)).await
    }

    async fn remove(&self, _: &mut Batch, uid: &str) -> Result<(), ResolverError> {
        self.within(self.delete(uid)).await
    }

    async fn test(&self) -> Result<String, ResolverError> {
        if let Some(why) = self.config.refused {
            return Err(ResolverError::Unsupported(why));
        }
        // Every server is tried in turn, each step with its own limit of time.
        diagnose::diagnose(self).await
    }
}
