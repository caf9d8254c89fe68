//! People of a running engine: the directory, and what is remembered of those who were looked up.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use audit::Audit;
use db::revision::{self, Held, Revisions};
use db::{Batch, Db, DbError};
use kernel::ids::{PersonId, RowId};
use kernel::outbound::Outbound;
use kernel::{Clock, Entropy, SecretText};
use keys::Keys;

use super::admins::Admins;
use super::directory::{Directory, ResolverRef};
use super::error::PeopleError;
use super::memory::{Found, Key, Memory};
use super::names::{self, Name};
use super::person::Person;
use super::store::person as store;
use crate::policy::Policies;
use crate::resolvers::{self, Guarded, PasswordCheck, ResolverError};
use crate::revision::Topic;

/// How old the knowledge may be that somebody is disabled.
pub(super) const STATE_AGE: Duration = Duration::from_secs(2);
/// How old the knowledge may be that nobody has a name.
pub(super) const ABSENCE_AGE: Duration = Duration::from_secs(2);
/// How old any other knowledge may be while its resolver answers; resolvers may ask for less.
pub(super) const IDENTITY_AGE: Duration = Duration::from_secs(300);

/// What people are built on.
#[derive(Clone)]
pub struct Env {
    /// The database.
    pub db: Db,
    /// Sealing and password hashes.
    pub keys: Keys,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub chance: Entropy,
    /// Name of this node.
    pub node: String,
    /// The audit log.
    pub audit: Audit,
    /// The compiled policies: they decide what happens during an outage.
    pub policies: Policies,
    /// The client for calls to others.
    pub outbound: Outbound,
}

impl Env {
    pub(crate) fn for_resolvers(&self) -> resolvers::Env {
        resolvers::Env {
            db: self.db.clone(),
            keys: self.keys.clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            outbound: self.outbound.clone(),
        }
    }
}

/// What a resolver is about to answer.
pub(super) type Asked<'r, T> = Pin<Box<dyn Future<Output = Result<T, ResolverError>> + Send + 'r>>;

/// Realms, resolvers and people. Cheap to clone.
#[derive(Clone)]
pub struct People(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) env: Env,
    directory: ArcSwap<Directory>,
    held: Held,
    pub(super) memory: Memory,
    admins: Admins,
}

impl People {
    /// Loads realms and resolvers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(env: Env) -> Result<Self, DbError> {
        let admins = Admins::new(env.db.clone(), env.keys.clone(), env.clock.clone(), env.chance.clone());
        let people = Self(Arc::new(Inner {
            env,
            directory: ArcSwap::from_pointee(Directory::default()),
            held: Topic::People.held(),
            memory: Memory::new(),
            admins,
        }));
        people.reload().await?;
        Ok(people)
    }

    /// Puts another store behind a resolver.
    #[cfg(test)]
    pub(crate) fn replace_store(&self, name: &str, store: Arc<dyn resolvers::Resolver>) {
        let directory = self.directory().with_store(name, store, self.0.env.clock.clone());
        self.0.directory.store(Arc::new(directory));
        self.forget_all();
    }

    /// Realms and resolvers as they are now.
    pub fn directory(&self) -> Arc<Directory> {
        self.0.directory.load_full()
    }

    /// The local administrators.
    pub fn admins(&self) -> &Admins {
        &self.0.admins
    }

    pub(crate) fn env(&self) -> &Env {
        &self.0.env
    }

    /// Loads realms and resolvers again and forgets everybody.
    ///
    /// # Errors
    /// When the database fails; what was loaded before stays.
    pub async fn reload(&self) -> Result<(), DbError> {
        self.0.held.load(&revision::read(&self.0.env.db).await?, self.load_all()).await
    }

    async fn load_all(&self) -> Result<(), DbError> {
        let directory = Directory::load(&self.0.env.for_resolvers(), &self.directory()).await?;
        self.0.directory.store(Arc::new(directory));
        self.forget_all();
        Ok(())
    }

    /// Reloads if the revision is another.
    ///
    /// # Errors
    /// As [`People::reload`].
    pub async fn refresh(&self, revisions: &Revisions) -> Result<(), DbError> {
        self.0.held.refresh(revisions, self.load_all()).await
    }

    /// Forgets everybody who was looked up.
    pub fn forget_all(&self) {
        self.0.memory.forget_all();
    }

    /// Reads what was typed; with `split`, a realm may be part of it.
    pub fn name(&self, typed: &str, realm: Option<&str>, split: bool) -> Name {
        let directory = self.0.directory.load();
        names::read(typed, realm, split, |realm| directory.realm(realm).is_some())
    }

    /// One spelling for all that mean the same person, whether there is one or not: for keys, never for looking up.
    pub fn canonical(&self, name: &Name) -> String {
        let directory = self.0.directory.load();
        let realm = name.realm.as_deref().or(directory.default_realm()).unwrap_or_default();
        format!("{}@{realm}", name.login.to_lowercase())
    }

    /// The person of this name: the first resolver of the realm that knows the login.
    ///
    /// # Errors
    /// When a resolver or the database does not answer. That nobody has the name is no error.
    pub async fn resolve(&self, name: &Name) -> Result<Option<Person>, PeopleError> {
        let directory = self.0.directory.load_full();
        let Some(realm) = name.realm.as_deref().or(directory.default_realm()).and_then(|realm| directory.realm(realm)) else {
            return Ok(None);
        };
        if name.login.is_empty() || name.login.len() > 1000 || name.login.contains('\0') {
            return Ok(None);
        }
        self.find(Key::Name(realm.name.clone(), name.login.clone())).await
    }

    /// Whether a resolver of the realm that the name belongs to is out, or has just been. Then nothing that is said to somebody who
    /// does not get in may depend on who exists: the same must be said to all.
    pub fn ailing(&self, name: &Name) -> bool {
        let directory = self.0.directory.load();
        let realm = name.realm.as_deref().or(directory.default_realm()).and_then(|realm| directory.realm(realm));
        let resolvers = realm.map(|realm| realm.resolvers_on(&self.0.env.node)).unwrap_or_default();
        let ailing = |id| directory.resolver_by_id(id).and_then(|r| r.guard().ok()).is_some_and(Guarded::ailing);
        resolvers.into_iter().any(ailing)
    }

    /// The person of this login in one resolver; shown in the given realm, or the first that shows the resolver.
    ///
    /// # Errors
    /// As [`People::resolve`].
    pub async fn resolve_in(&self, resolver: &str, login: &str, realm: Option<&str>) -> Result<Option<Person>, PeopleError> {
        let directory = self.0.directory.load_full();
        let Some(resolver) = directory.resolver(resolver) else { return Ok(None) };
        let realms = directory.realms_with(resolver.id, &self.0.env.node);
        let realm = match realm.map(str::to_lowercase) {
            Some(realm) if realms.contains(&realm.as_str()) => realm,
            Some(_) => return Ok(None),
            None => realms.first().copied().unwrap_or_default().to_owned(),
        };
        let Some(entry) = self.ask(resolver, |r| r.find_login(login)).await? else { return Ok(None) };
        let now = self.0.env.clock.now();
        let identity = self.identify(resolver, entry, &realm, now).await?;
        let key = Key::Id(identity.id);
        self.shown(&Found::somebody(identity, now, Duration::ZERO), &key).await
    }

    /// The person of this identifier, in the first realm that shows them (the default realm, if it does).
    ///
    /// # Errors
    /// As [`People::resolve`].
    pub async fn by_id(&self, id: PersonId) -> Result<Option<Person>, PeopleError> {
        self.find(Key::Id(id)).await
    }

    /// Names of the realms that show this person.
    pub fn realms_of(&self, person: &Person) -> Vec<String> {
        let directory = self.0.directory.load();
        directory.realms_with(person.resolver_id, &self.0.env.node).into_iter().map(str::to_owned).collect()
    }

    /// Names of all resolvers of the person's realm that know their login.
    ///
    /// # Errors
    /// As [`People::resolve`].
    pub async fn resolvers_knowing(&self, person: &Person) -> Result<Vec<String>, PeopleError> {
        let directory = self.0.directory.load_full();
        let mut knowing = Vec::new();
        for id in directory.realm(&person.realm).map(|realm| realm.resolvers_on(&self.0.env.node)).unwrap_or_default() {
            let Some(resolver) = directory.resolver_by_id(id) else { continue };
            if id == person.resolver_id || self.ask(resolver, |r| r.find_login(&person.login)).await?.is_some() {
                knowing.push(resolver.name.clone());
            }
        }
        Ok(knowing)
    }

    /// Checks the password of a person, or does as much work for nobody. A disabled person has no right password. Guess budgets
    /// are the caller's business.
    ///
    /// # Errors
    /// When the resolver does not answer or too many passwords are being checked.
    pub async fn check_password(&self, person: Option<&Person>, password: &SecretText) -> Result<PasswordCheck, PeopleError> {
        let directory = self.0.directory.load_full();
        let resolver = person.and_then(|person| directory.resolver_by_id(person.resolver_id));
        let (Some(person), Some(resolver)) = (person, resolver) else {
            let busy = |e| PeopleError::Resolver(String::new(), ResolverError::Busy(e));
            self.0.env.keys.passwords().dummy_verify(password).await.map_err(busy)?;
            return Ok(PasswordCheck::default());
        };
        let checked = self.ask(resolver, |r| r.check_password(&person.uid, password)).await;
        match checked {
            Ok(_) if person.disabled => Ok(PasswordCheck::default()),
            // That an account has no password that could be checked is for the log, not for who guesses.
            Err(PeopleError::Resolver(name, ResolverError::Unsupported(what))) => {
                tracing::info!(resolver = name, person = %person.id, "{what}");
                Ok(PasswordCheck::default())
            }
            other => other,
        }
    }

    /// Has a person change their password. Guess budgets, the epoch and forgetting them are the caller's business.
    ///
    /// # Errors
    /// [`ResolverError::WrongPassword`], [`ResolverError::Refused`] when the new one is not taken, and what else a resolver may say.
    pub async fn change_password(&self, person: &Person, old: &SecretText, new: &SecretText) -> Result<(), PeopleError> {
        let named = |e| PeopleError::Resolver(person.resolver.clone(), e);
        if person.disabled {
            return Err(named(ResolverError::WrongPassword));
        }
        let directory = self.0.directory.load_full();
        let gone = || named(ResolverError::Unsupported("The resolver does not exist any more."));
        let resolver = directory.resolver_by_id(person.resolver_id).ok_or_else(gone)?;
        self.ask(resolver, |r| r.change_password(&person.uid, old, new)).await
    }

    /// Disables or enables a person in the batch. Afterwards [`People::forget`] them.
    pub fn disable(&self, batch: &mut Batch, id: PersonId, disabled: bool) {
        store::disable(batch, id, disabled);
    }

    /// Voids everything that rests on the present epoch of the person. Afterwards [`People::forget`] them.
    pub fn raise_epoch(&self, batch: &mut Batch, id: PersonId) {
        store::raise_epoch(batch, id);
    }

    /// Remembers a sign-in in the batch.
    pub fn seen(&self, batch: &mut Batch, id: PersonId) {
        store::seen(batch, id, self.0.env.clock.now());
    }

    /// Forgets what is remembered of one person.
    pub async fn forget(&self, id: PersonId) {
        self.0.memory.forget(id).await;
    }

    /// Forgets what is remembered of the people with these uids in a resolver.
    pub async fn forget_accounts(&self, resolver: RowId, uids: &BTreeSet<String>) {
        self.0.memory.forget_accounts(resolver, uids).await;
    }

    /// Forgets what is remembered about a name.
    pub async fn forget_name(&self, realm: &str, login: &str) {
        self.0.memory.forget_name(realm, login).await;
    }

    pub(super) async fn ask<'r, T>(
        &self,
        resolver: &'r ResolverRef,
        question: impl FnOnce(&'r dyn resolvers::Resolver) -> Asked<'r, T>,
    ) -> Result<T, PeopleError> {
        let named = |e| PeopleError::Resolver(resolver.name.clone(), e);
        question(resolver.get().map_err(named)?).await.map_err(named)
    }
}
