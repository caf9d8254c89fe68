//! People in a table of an SQL database: PostgreSQL, MySQL, MariaDB and SQLite.
//!
//! * SQL is made in [`db::foreign`] only, of names that the table has and of bound values; nothing that somebody typed becomes SQL.
//! * The collation of the database says whether logins that differ in case are the same, and nothing else: what it finds beyond
//!   that is not taken.
//! * Rows that cannot be told apart are nobody's: two rows with one login, or with one uid.
//! * No question costs one statement for each row.

mod condition;
mod config;
mod diagnose;
mod look;
mod map;
mod params;
mod password;
mod source;
mod write;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use db::Batch;
use db::foreign::{ForeignError, ForeignTable};
use kernel::SecretText;
use kernel::ids::RowId;
use keys::Passwords;

use super::{
    Capabilities, Change, Entry, Env, Filter, Limits, Page, ParamValues, PasswordCheck, Resolver, ResolverError, ResolverKind,
};
use config::Config;

/// How the kind is declared.
pub(super) static KIND: ResolverKind = ResolverKind {
    name: "sqlresolver",
    description: "A table in an SQL database",
    params: params::PARAMS,
    presets: params::PRESETS,
    build,
};

/// It has no statements: those of a table that is not ours are made as they are needed.
pub(super) const STATEMENTS: &[&db::Stmt] = &[];

fn build(_: RowId, params: &ParamValues, env: &Env) -> Result<Arc<dyn Resolver>, ResolverError> {
    Ok(Arc::new(Sql::new(Config::read(params, env.db.file())?, env.keys.passwords().clone())))
}

/// A table of people.
struct Sql {
    config: Config,
    /// Why nothing can be done although the parameters are sound, or the table.
    table: Result<ForeignTable, &'static str>,
    passwords: Passwords,
    /// The hash that was checked last: who is nobody costs the same as its owner.
    model: Mutex<Option<SecretText>>,
}

impl Sql {
    fn new(config: Config, passwords: Passwords) -> Self {
        let table = match &config.place {
            Ok(place) => Ok(ForeignTable::new(place.clone(), config.table.clone(), config.bounds)),
            Err(why) => Err(*why),
        };
        Self { config, table, passwords, model: Mutex::new(None) }
    }

    fn table(&self) -> Result<&ForeignTable, ResolverError> {
        self.table.as_ref().map_err(|why| ResolverError::Unsupported(why))
    }
}

impl From<ForeignError> for ResolverError {
    fn from(e: ForeignError) -> Self {
        match e {
            ForeignError::Closed(..) | ForeignError::Unavailable(_) | ForeignError::Failed(_) => Self::Unavailable(e.to_string()),
            ForeignError::Refused(what) => Self::Refused(format!("The database refuses: {what}.")),
            ForeignError::NotOne => Self::Refused("The account does not exist.".to_owned()),
        }
    }
}

#[async_trait]
impl Resolver for Sql {
    fn capabilities(&self) -> Capabilities {
        let works = self.table.is_ok();
        Capabilities {
            editable: works && self.config.bounds.editable,
            passwords: works && self.config.password.is_some(),
            folds_case: false,
            staleness: Duration::from_secs(30),
        }
    }

    fn limits(&self) -> Limits {
        // A connection, and an answer.
        Limits { budget: self.config.bounds.patience * 2, ..Limits::default() }
    }

    fn attributes(&self) -> Vec<String> {
        self.config.map.keys().cloned().collect()
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
        diagnose::diagnose(self).await
    }
}
