//! Looking people up: from memory, from their resolver, and during an outage from memory for longer if policy says so.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::Arc;

use audit::{Door, Origin, Record};
use db::{Batch, WriteError};
use kernel::Timestamp;
use kernel::ids::PersonId;

use super::added;
use super::directory::ResolverRef;
use super::error::PeopleError;
use super::handle::{ABSENCE_AGE, IDENTITY_AGE, People, STATE_AGE};
use super::memory::{Found, Key, Remembered};
use super::person::{Identity, Person};
use super::store::attribute as attribute_store;
use super::store::person as store;
use crate::policy::Facts;
use crate::policy::actions::sso::{Outage, RESOLVER_OUTAGE};
use crate::resolvers::Entry;

/// Who stands behind the rows of a list.
#[derive(Default)]
pub struct Known {
    /// Everybody who could be found.
    pub people: HashMap<PersonId, Arc<Identity>>,
    /// Names of resolvers that did not answer; whose people they are may be missing.
    pub silent: Vec<String>,
}

/// A row of a list: a person, and where they live.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Who.
    pub person: PersonId,
    /// Name of their resolver.
    pub resolver: &'a str,
    /// Their uid in it.
    pub uid: &'a str,
}

impl People {
    /// Somebody by name or identifier.
    pub(super) async fn find(&self, key: Key) -> Result<Option<Person>, PeopleError> {
        let now = self.0.env.clock.now();
        let held = match self.0.memory.get(&key, now).await {
            Remembered::Usable(found) => {
                if found.claim(now) {
                    self.renew(key.clone(), Arc::clone(&found));
                }
                return self.shown(&found, &key).await;
            }
            other => other.any(),
        };
        // In a box: almost every look-up is answered above, and this one is large.
        let found = match (Box::pin(self.ask_anew(&key)).await, held) {
            (Err(e), Some(held)) if e.is_outage() && self.outlives(&key, &held, now) => held,
            (asked, _) => asked?,
        };
        self.shown(&found, &key).await
    }

    /// Asks again while what is remembered is used.
    fn renew(&self, key: Key, held: Arc<Found>) {
        let people = self.clone();
        tokio::spawn(async move {
            if let Err(error) = people.ask_anew(&key).await {
                held.unclaim();
                tracing::debug!(%error, "what is remembered of somebody could not be renewed");
            }
        });
    }

    /// Asks, one for all who want to know the same.
    async fn ask_anew(&self, key: &Key) -> Result<Arc<Found>, PeopleError> {
        let memory = &self.0.memory;
        let generation = memory.generation();
        let question = async {
            let found = match key {
                Key::Name(realm, login) => self.ask_name(generation, realm, login).await?,
                Key::Id(id) => self.ask_id(*id).await?,
            };
            memory.keep(generation, key.clone(), Arc::clone(&found)).await;
            Ok(found)
        };
        memory.ask(generation, key, question).await
    }

    /// The first resolver of the realm that knows the login says who it is.
    async fn ask_name(&self, generation: u64, realm: &str, login: &str) -> Result<Arc<Found>, PeopleError> {
        let (directory, now) = (self.directory(), self.0.env.clock.now());
        let resolvers = directory.realm(realm).map(|realm| realm.resolvers_on(&self.0.env.node)).unwrap_or_default();
        for id in resolvers {
            let Some(resolver) = directory.resolver_by_id(id) else { continue };
            let Some(entry) = self.ask(resolver, |r| r.find_login(login)).await? else { continue };
            // Whoever signs in is looked up by their identifier next: there they belong to the first realm that shows them, and have
            // the custom attributes of that realm.
            let home = directory.realms_with(id, &self.0.env.node).first().copied().unwrap_or_default();
            let elsewhere = (home != realm).then(|| entry.clone());
            let identity = self.identify(resolver, entry, realm, now).await?;
            let at_home = match elsewhere {
                Some(entry) => self.identify(resolver, entry, home, now).await?,
                None => Arc::clone(&identity),
            };
            let staleness = self.staleness(resolver);
            let key = Key::Id(identity.id);
            self.0.memory.keep(generation, key, Found::somebody(at_home, now, staleness)).await;
            return Ok(Found::somebody(identity, now, staleness));
        }
        Ok(Found::nobody(now, now + ABSENCE_AGE, false))
    }

    /// Their resolver says whether they are still there.
    async fn ask_id(&self, id: PersonId) -> Result<Arc<Found>, PeopleError> {
        let now = self.0.env.clock.now();
        let nobody = |gone| Found::nobody(now, now + ABSENCE_AGE, gone);
        let Some((resolver_id, uid)) = store::home(&self.0.env.db, id).await? else { return Ok(nobody(false)) };
        let directory = self.directory();
        let Some(resolver) = directory.resolver_by_id(resolver_id) else { return Ok(nobody(false)) };
        let uids = [uid];
        let Some(entry) = self.ask(resolver, |r| r.find_many(&uids)).await?.into_iter().next() else { return Ok(nobody(true)) };
        let realms = directory.realms_with(resolver_id, &self.0.env.node);
        let identity = self.identify(resolver, entry, realms.first().copied().unwrap_or_default(), now).await?;
        Ok(Found::somebody(identity, now, self.staleness(resolver)))
    }

    pub(super) fn staleness(&self, resolver: &ResolverRef) -> std::time::Duration {
        resolver.get().map_or(ABSENCE_AGE, |r| r.capabilities().staleness).min(IDENTITY_AGE)
    }

    /// Gives an entry its identifier and the custom attributes of the realm.
    pub(super) async fn identify(
        &self,
        resolver: &ResolverRef,
        entry: Entry,
        realm: &str,
        now: Timestamp,
    ) -> Result<Arc<Identity>, PeopleError> {
        let env = &self.0.env;
        let id = store::identify(&env.db, (resolver.id, &entry.uid, &entry.login), &env.chance, now).await?;
        let mut identity = identity(id, resolver, entry, realm);
        if let Some(realm) = self.realm_row(realm) {
            let custom = attribute_store::custom(&env.db, id, realm).await?;
            if !custom.is_empty() {
                identity.custom = added::lay_over(Arc::make_mut(&mut identity.attributes), custom);
            }
        }
        Ok(Arc::new(identity))
    }

    /// Whether somebody who was found once may still be taken for who they were, although their resolver is out.
    fn outlives(&self, key: &Key, held: &Found, now: Timestamp) -> bool {
        let Some(identity) = &held.identity else { return false };
        let (directory, node) = (self.directory(), &self.0.env.node);
        let still_shown = match key {
            Key::Name(realm, _) => {
                directory.realm(realm).is_some_and(|realm| realm.resolvers_on(node).contains(&identity.resolver_id))
            }
            Key::Id(_) => directory.resolver_by_id(identity.resolver_id).is_some(),
        };
        if !still_shown {
            return false;
        }
        let person = Person::new(Arc::clone(identity), false, 0);
        // Where the request comes from is not known here: a policy that depends on it must not apply.
        let facts = Facts {
            node: Some(node.clone()),
            client: Some(Ipv4Addr::UNSPECIFIED.into()),
            user_agent: Some(String::new()),
            party: Some(String::new()),
            ..Facts::at(now).person(&person)
        };
        let set = self.0.env.policies.load();
        match set.at(&facts).get(&RESOLVER_OUTAGE) {
            Ok(Some(Outage::Remembered(span))) => now < held.until + span,
            Ok(Some(Outage::Refuse) | None) => false,
            // A policy that cannot be decided lets nobody in.
            Err(fault) => {
                tracing::warn!(resolver = identity.resolver, "policy of an outage: {fault}");
                false
            }
        }
    }

    /// The person as they are now.
    pub(super) async fn shown(&self, found: &Found, key: &Key) -> Result<Option<Person>, PeopleError> {
        let Some(identity) = &found.identity else {
            if let (true, Key::Id(id)) = (found.gone, key) {
                Box::pin(self.bar(*id, None)).await?;
            }
            return Ok(None);
        };
        let (memory, now, id) = (&self.0.memory, self.0.env.clock.now(), identity.id);
        let barred = identity.standing.bars(now);
        if barred {
            Box::pin(self.bar(id, Some(identity))).await?;
        } else if memory.barred.contains_key(&id) && memory.barred.get(&id).await.is_some_and(|noticed| noticed < found.asked) {
            // Looked for before it is read: almost nobody is barred, and reading notes its use.
            memory.barred.invalidate(&id).await;
        }
        let state = match memory.states.get(&id).await {
            Some((state, until)) if now < until => state,
            _ => {
                let state = store::state(&self.0.env.db, id).await?;
                memory.states.insert(id, (state, now + STATE_AGE)).await;
                state
            }
        };
        Ok(state.map(|state| Person::new(Arc::clone(identity), state.disabled || barred, state.auth_epoch)))
    }

    /// Their store bars somebody, or knows them no more: what rests on their sign-ins is void for good, also when they are let in
    /// again. It takes effect once for each time that this node notices it.
    async fn bar(&self, id: PersonId, identity: Option<&Identity>) -> Result<(), PeopleError> {
        let (env, memory) = (&self.0.env, &self.0.memory);
        if memory.barred.contains_key(&id) {
            return Ok(());
        }
        let now = env.clock.now();
        let mut batch = Batch::new();
        store::raise_epoch(&mut batch, id);
        let origin = Origin::local(Door::Job, now, env.chance.ulid(now).to_string(), env.node.clone());
        let mut record = Record::new(&origin, "user store");
        record.person = Some(id);
        record.success = true;
        record.info = "the person has gone: sessions and tokens are void".to_owned();
        if let Some(identity) = identity {
            record.user.clone_from(&identity.login);
            record.realm.clone_from(&identity.realm);
            record.resolver.clone_from(&identity.resolver);
            record.info = "the account is disabled or has ended: sessions and tokens are void".to_owned();
        }
        env.audit.append(&mut batch, record);
        match env.db.write(batch).await {
            // Without a row there is nothing that could rest on it.
            Ok(_) | Err(WriteError::Guard(_)) => {}
            Err(e) => return Err(e.into()),
        }
        memory.barred.insert(id, now).await;
        memory.states.invalidate(&id).await;
        Ok(())
    }

    /// Who stands behind the rows of a list: those who are remembered, and the others by one question to each resolver, however
    /// many they are. A resolver that does not answer leaves its rows without names; it stops no list.
    pub async fn behind(&self, rows: &[Row<'_>]) -> Known {
        let (directory, now) = (self.directory(), self.0.env.clock.now());
        let mut known = Known::default();
        let mut wanted: BTreeMap<&str, HashMap<&str, PersonId>> = BTreeMap::new();
        for row in rows {
            match self.0.memory.get(&Key::Id(row.person), now).await {
                Remembered::Usable(found) => {
                    known.people.extend(found.identity.clone().map(|identity| (row.person, identity)));
                }
                _ => {
                    wanted.entry(row.resolver).or_default().insert(row.uid, row.person);
                }
            }
        }
        let questions = wanted.into_iter().filter_map(|(name, wanted)| {
            let resolver = directory.resolver(name)?;
            Some(async move {
                let uids: Vec<String> = wanted.keys().map(|uid| (*uid).to_owned()).collect();
                (resolver, wanted, self.ask(resolver, |r| r.find_many(&uids)).await)
            })
        });
        for (resolver, wanted, answer) in futures::future::join_all(questions).await {
            let realms = directory.realms_with(resolver.id, &self.0.env.node);
            match answer {
                Ok(entries) => known.people.extend(entries.into_iter().filter_map(|entry| {
                    let id = *wanted.get(entry.uid.as_str())?;
                    Some((id, Arc::new(identity(id, resolver, entry, realms.first().copied().unwrap_or_default()))))
                })),
                Err(error) => {
                    tracing::warn!(resolver = resolver.name, "a list is shown without names: {error}");
                    known.silent.push(resolver.name.clone());
                    for id in wanted.into_values() {
                        let key = Key::Id(id);
                        let held = self.0.memory.get(&key, now).await.any().filter(|held| self.outlives(&key, held, now));
                        known.people.extend(held.and_then(|held| held.identity.clone()).map(|identity| (id, identity)));
                    }
                }
            }
        }
        known
    }
}

/// Who an entry is, as the resolver alone tells.
fn identity(id: PersonId, resolver: &ResolverRef, entry: Entry, realm: &str) -> Identity {
    Identity {
        id,
        resolver: resolver.name.clone(),
        resolver_id: resolver.id,
        uid: entry.uid,
        login: entry.login,
        realm: realm.to_owned(),
        attributes: Arc::new(entry.attributes),
        custom: Vec::new(),
        standing: entry.standing,
    }
}
