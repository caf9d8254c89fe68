//! What a search for orphans may believe of a resolver.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use kernel::Timestamp;
use kernel::ids::RowId;

use crate::people::ResolverRef;
use crate::resolvers::{Filter, Page, Resolver, ResolverError};

/// A resolver that was given up is asked again after so long.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// What is known of the resolvers so far.
pub(super) struct Doubts {
    pauses: &'static [Duration],
    /// Resolvers that have not answered, since when, and why.
    silent: HashMap<RowId, (Timestamp, String)>,
    /// Whether a resolver shows anybody at all.
    shows: HashMap<RowId, bool>,
    undecided: BTreeMap<String, (u64, String)>,
}

impl Doubts {
    pub(super) fn new(pauses: &'static [Duration]) -> Self {
        Self { pauses, silent: HashMap::new(), shows: HashMap::new(), undecided: BTreeMap::new() }
    }

    pub(super) fn undecided(&self) -> &BTreeMap<String, (u64, String)> {
        &self.undecided
    }

    /// Those of these people who are there, or why that cannot be said. Whoever does not answer is asked again for a while.
    pub(super) async fn ask(&self, resolver: &ResolverRef, uids: &[String], now: Timestamp) -> Result<HashSet<String>, String> {
        if let Some((_, why)) = self.silent.get(&resolver.id).filter(|(since, _)| now < *since + GIVEN_UP) {
            return Err(why.clone());
        }
        let mut pauses = self.pauses.iter();
        loop {
            let asked = match resolver.get() {
                Ok(store) => store.who_is_there(uids).await,
                Err(e) => Err(e),
            };
            match asked {
                Err(ResolverError::Unavailable(_) | ResolverError::Busy(_)) if pauses.len() > 0 => {
                    tokio::time::sleep(pauses.next().copied().unwrap_or_default()).await;
                }
                answer => return answer.map_err(|e| e.to_string()),
            }
        }
    }

    /// It has not answered.
    pub(super) fn silent(&mut self, resolver: &ResolverRef, now: Timestamp, why: String) {
        self.silent.insert(resolver.id, (now, why));
    }

    /// It knows somebody.
    pub(super) fn trust(&mut self, resolver: RowId) {
        self.silent.remove(&resolver);
        self.shows.insert(resolver, true);
    }

    /// Whether somebody whom it does not know is not there. One that shows nobody at all says nothing about anybody, unless it is ours.
    pub(super) async fn sound(&mut self, resolver: &ResolverRef) -> bool {
        if let Some(known) = self.shows.get(&resolver.id) {
            return *known;
        }
        let Ok(store) = resolver.get() else { return false };
        let shows = store.is_ours() || shows_anybody(store).await;
        self.shows.insert(resolver.id, shows);
        shows
    }

    /// A token whose owner could not be asked for.
    pub(super) fn count_silent(&mut self, resolver: &ResolverRef) {
        let why = self.silent.get(&resolver.id).map(|(_, why)| why.clone()).unwrap_or_default();
        self.count(&resolver.name, 1, &why);
    }

    /// So many tokens of a resolver are not decided.
    pub(super) fn count(&mut self, resolver: &str, tokens: usize, why: &str) {
        let entry = self.undecided.entry(resolver.to_owned()).or_default();
        entry.0 += tokens as u64;
        why.clone_into(&mut entry.1);
    }
}

async fn shows_anybody(store: &dyn Resolver) -> bool {
    let found = store.search(&Filter::default(), Page { skip: 0, limit: 1 }, Some(&[])).await;
    found.is_ok_and(|people| !people.is_empty())
}
