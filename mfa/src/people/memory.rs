//! What is remembered of people: who has a name, who has an identifier. Bounded by its size in bytes, asked for each key by one
//! at a time, renewed behind the back of those who use it, and forgotten when something is written.
//!
//! What was found is **fresh** for half of the staleness that its resolver allows, and may be **used** for all of it; in between
//! it is renewed while it is used, so that people who are busy never wait for their directory. It is **kept** for longer: for
//! as long as the policy of an outage may want it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kernel::Timestamp;
use kernel::ids::{PersonId, RowId};
use moka::Expiry;
use moka::future::Cache;

use super::attributes::Attributes;
use super::error::PeopleError;
use super::person::Identity;
use super::store::person::State;
use crate::policy::actions::sso::LONGEST_OUTAGE;

/// Bytes of everybody who is remembered, about.
const BYTES: u64 = 256 * 1024 * 1024;
/// Bytes that an entry takes beside its attributes, about.
const ENTRY: usize = 512;
/// People whose state is remembered, and those who are known to be barred.
const STATES: u64 = 100_000;
/// How long what cannot be used any more is kept for an outage; what resolvers allow is less.
const KEPT: Duration = Duration::from_secs(300).saturating_add(LONGEST_OUTAGE);
/// Questions that are remembered while they are under way.
const FLIGHTS: u64 = 10_000;

/// By what somebody is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Realm and login name.
    Name(String, String),
    /// Their identifier.
    Id(PersonId),
}

/// Somebody as they were found, or that there is nobody, and for how long that may be believed.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) identity: Option<Arc<Identity>>,
    /// When it was asked for.
    pub(super) asked: Timestamp,
    /// Until then it is used as it is.
    pub(super) fresh_until: Timestamp,
    /// Until then it is used while it is renewed.
    pub(super) until: Timestamp,
    /// The resolver that knew them once knows them no more.
    pub(super) gone: bool,
    renewing: AtomicBool,
}

impl Found {
    /// Found at `now`, of a resolver that allows this staleness.
    pub(super) fn somebody(identity: Arc<Identity>, now: Timestamp, staleness: Duration) -> Arc<Self> {
        let (fresh_until, until) = (now + staleness / 2, now + staleness);
        let renewing = AtomicBool::new(false);
        Arc::new(Self { identity: Some(identity), asked: now, fresh_until, until, gone: false, renewing })
    }

    /// Nobody.
    pub(super) fn nobody(now: Timestamp, until: Timestamp, gone: bool) -> Arc<Self> {
        Arc::new(Self { identity: None, asked: now, fresh_until: until, until, gone, renewing: AtomicBool::new(false) })
    }

    /// Whether the caller is the one who renews it: the first after it has stopped being fresh.
    pub(super) fn claim(&self, now: Timestamp) -> bool {
        now >= self.fresh_until && !self.renewing.swap(true, Ordering::Relaxed)
    }

    /// It was not renewed; the next one tries.
    pub(super) fn unclaim(&self) {
        self.renewing.store(false, Ordering::Relaxed);
    }

    fn weight(key: &Key, Held { found, .. }: &Held) -> u32 {
        let name = match key {
            Key::Name(realm, login) => realm.len() + login.len(),
            Key::Id(_) => 0,
        };
        let held = found.identity.as_ref().map_or(0, |identity| weigh(&identity.attributes));
        u32::try_from(ENTRY + name + held).unwrap_or(u32::MAX)
    }
}

fn weigh(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| 64 + name.len() + value.texts().iter().map(|text| 24 + text.len()).sum::<usize>()).sum()
}

/// What was found, and when in the sense of [`Memory::era`].
#[derive(Clone)]
struct Held {
    era: u64,
    found: Arc<Found>,
}

/// Names that nobody has are of no use for long, and there are more of them than people.
const NOBODY_KEPT: Duration = Duration::from_secs(10);

struct Lifetime;

impl Lifetime {
    fn of(held: &Held) -> Option<Duration> {
        Some(if held.found.identity.is_some() { KEPT } else { NOBODY_KEPT })
    }
}

impl Expiry<Key, Held> for Lifetime {
    fn expire_after_create(&self, _: &Key, held: &Held, _: Instant) -> Option<Duration> {
        Self::of(held)
    }
    fn expire_after_update(&self, _: &Key, held: &Held, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Self::of(held)
    }
}

/// What is remembered under a key.
pub(super) enum Remembered {
    /// It may be used until its time is over.
    Usable(Arc<Found>),
    /// It may not, unless policy says so in an outage.
    Kept(Arc<Found>),
    /// Nothing.
    Nothing,
}

impl Remembered {
    /// Whatever is remembered.
    pub(super) fn any(self) -> Option<Arc<Found>> {
        match self {
            Self::Usable(found) | Self::Kept(found) => Some(found),
            Self::Nothing => None,
        }
    }
}

/// The memory.
pub(super) struct Memory {
    found: Cache<Key, Held>,
    /// Rises when everybody is forgotten. Who was found before is of use in an outage only.
    era: AtomicU64,
    /// Questions under way, with the generation in which they were put: what was asked before something was forgotten answers
    /// nobody who asks afterwards.
    flights: Cache<(u64, Key), Arc<Found>>,
    generation: AtomicU64,
    pub(super) states: Cache<PersonId, (Option<State>, Timestamp)>,
    /// People who are known to be barred by their store, and since when, so that it takes effect once.
    pub(super) barred: Cache<PersonId, Timestamp>,
}

impl Memory {
    pub(super) fn new() -> Self {
        let found = Cache::builder().max_capacity(BYTES).weigher(Found::weight).expire_after(Lifetime).build();
        let flights = Cache::builder().max_capacity(FLIGHTS).time_to_live(Duration::from_secs(60)).build();
        let states = Cache::builder().max_capacity(STATES).time_to_live(Duration::from_secs(300)).build();
        let barred = Cache::builder().max_capacity(STATES).build();
        Self { found, era: AtomicU64::new(0), flights, generation: AtomicU64::new(0), states, barred }
    }

    pub(super) async fn get(&self, key: &Key, now: Timestamp) -> Remembered {
        match self.found.get(key).await {
            Some(held) if held.era == self.era.load(Ordering::Acquire) && now < held.found.until => {
                Remembered::Usable(held.found)
            }
            Some(held) => Remembered::Kept(held.found),
            None => Remembered::Nothing,
        }
    }

    /// Rises whenever something is forgotten.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Keeps what was found, unless something was forgotten since it was asked for.
    pub(super) async fn keep(&self, generation: u64, key: Key, found: Arc<Found>) {
        if self.generation() != generation {
            return;
        }
        let held = Held { era: self.era.load(Ordering::Acquire), found };
        self.found.insert(key.clone(), held).await;
        // Something may have been forgotten between the look and the write.
        if self.generation() != generation {
            self.found.invalidate(&key).await;
        }
    }

    /// Asks, or waits for the answer to the same question if it is being asked.
    ///
    /// # Errors
    /// Those of the question; all who wait for it share them.
    pub(super) async fn ask(
        &self,
        generation: u64,
        key: &Key,
        question: impl Future<Output = Result<Arc<Found>, PeopleError>>,
    ) -> Result<Arc<Found>, PeopleError> {
        let flight = (generation, key.clone());
        let answer = self.flights.try_get_with(flight.clone(), question).await;
        // What was answered is remembered elsewhere; a question is no memory.
        self.flights.invalidate(&flight).await;
        answer.map_err(|shared| Arc::try_unwrap(shared).unwrap_or_else(PeopleError::Shared))
    }

    /// Believes nothing any more of what was found so far.
    pub(super) fn forget_all(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.era.fetch_add(1, Ordering::AcqRel);
        self.states.invalidate_all();
    }

    /// Forgets one person.
    pub(super) async fn forget(&self, id: PersonId) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.states.invalidate(&id).await;
        self.found.invalidate(&Key::Id(id)).await;
        let is_theirs = |held: &Held| held.found.identity.as_ref().is_some_and(|identity| identity.id == id);
        let names: Vec<_> = (&self.found).into_iter().filter(|(_, held)| is_theirs(held)).map(|(key, _)| key).collect();
        for key in names {
            self.found.invalidate(&*key).await;
        }
    }

    /// Forgets the people with these uids in a resolver.
    pub(super) async fn forget_accounts(&self, resolver: RowId, uids: &BTreeSet<String>) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        let concerned = |held: &Held| {
            let identity = held.found.identity.as_ref()?;
            (identity.resolver_id == resolver && uids.contains(&identity.uid)).then_some(identity.id)
        };
        let people: BTreeSet<PersonId> = (&self.found).into_iter().filter_map(|(_, held)| concerned(&held)).collect();
        for person in people {
            self.forget(person).await;
        }
    }

    /// Forgets who has a name.
    pub(super) async fn forget_name(&self, realm: &str, login: &str) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.found.invalidate(&Key::Name(realm.to_owned(), login.to_owned())).await;
    }
}
