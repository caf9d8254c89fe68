//! What a search for orphans may believe of a resolver.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use kernel::Timestamp;
use kernel::ids::RowId;

use crate::people::ResolverRef;
use crate::resolvers::{Filter, Page, Resolver, ResolverError};

/// A resolver that was given up is asked again after so long.
const GIVEN_UP: Duration = Duration::from_secs(60);
/// Whoever is to show that a resolver still shows people may have gone too: then somebody else is looked for, once.
const WITNESSES: usize = 2;

/// Why a resolver has said nothing of some people.
pub(super) struct Untold {
    pub(super) words: String,
    /// It is left alone for a while.
    silent: bool,
}

impl Untold {
    fn unsure(words: &str) -> Self {
        Self { words: words.to_owned(), silent: false }
    }
}

/// What is known of the resolvers so far.
pub(super) struct Doubts {
    pauses: &'static [Duration],
    /// Resolvers that have not answered, since when, and why.
    silent: HashMap<RowId, (Timestamp, String)>,
    /// The uid of somebody whom a resolver has shown.
    witnesses: HashMap<RowId, String>,
    undecided: BTreeMap<String, (u64, String)>,
}

impl Doubts {
    pub(super) fn new(pauses: &'static [Duration]) -> Self {
        Self { pauses, silent: HashMap::new(), witnesses: HashMap::new(), undecided: BTreeMap::new() }
    }

    pub(super) fn undecided(&self) -> &BTreeMap<String, (u64, String)> {
        &self.undecided
    }

    /// Those of these people who are there, or why that cannot be said. Whoever does not answer is asked again for a while.
    pub(super) async fn ask(&self, resolver: &ResolverRef, uids: &[String], now: Timestamp) -> Result<HashSet<String>, Untold> {
        if let Some((_, why)) = self.silent.get(&resolver.id).filter(|(since, _)| now < *since + GIVEN_UP) {
            return Err(Untold::unsure(why));
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
                Err(ResolverError::Unclear(why)) => return Err(Untold::unsure(&why)),
                answer => return answer.map_err(|e| Untold { words: e.to_string(), silent: true }),
            }
        }
    }

    /// Those of these people, whom a resolver has not shown, who are certainly gone. It is asked once more, together with somebody whom it
    /// has shown: one that shows them no more either has broken, and says nothing about anybody. A resolver of ours cannot break so.
    pub(super) async fn gone(
        &mut self,
        resolver: &ResolverRef,
        uids: &[String],
        now: Timestamp,
    ) -> Result<HashSet<String>, Untold> {
        if resolver.get().is_ok_and(|store| store.is_ours()) {
            return Ok(uids.iter().cloned().collect());
        }
        for _ in 0..WITNESSES {
            let Some(witness) = self.witness(resolver).await else {
                return Err(Untold::unsure("it shows nobody at all: its base or filter may be wrong"));
            };
            let mut question = uids.to_vec();
            question.retain(|uid| *uid != witness);
            question.push(witness.clone());
            let there = self.ask(resolver, &question, now).await?;
            if there.contains(&witness) {
                return Ok(uids.iter().filter(|uid| !there.contains(*uid)).cloned().collect());
            }
            self.witnesses.remove(&resolver.id);
        }
        Err(Untold::unsure("it shows people no more whom it has just shown: it may have broken"))
    }

    /// Somebody whom the resolver shows.
    async fn witness(&mut self, resolver: &ResolverRef) -> Option<String> {
        if let Some(known) = self.witnesses.get(&resolver.id) {
            return Some(known.clone());
        }
        let uid = anybody(resolver.get().ok()?).await?;
        self.witnesses.insert(resolver.id, uid.clone());
        Some(uid)
    }

    /// Why it has said nothing.
    pub(super) fn note(&mut self, resolver: &ResolverRef, now: Timestamp, why: Untold) {
        if why.silent {
            self.silent.insert(resolver.id, (now, why.words));
        }
    }

    /// It has answered, and may have shown somebody.
    pub(super) fn trust(&mut self, resolver: RowId, shown: Option<&String>) {
        if let Some(uid) = shown {
            self.silent.remove(&resolver);
            self.witnesses.insert(resolver, uid.clone());
        }
    }

    /// So many tokens of a resolver are not decided.
    pub(super) fn count(&mut self, resolver: &str, tokens: usize, why: &str) {
        let entry = self.undecided.entry(resolver.to_owned()).or_default();
        entry.0 += tokens as u64;
        why.clone_into(&mut entry.1);
    }
}

async fn anybody(store: &dyn Resolver) -> Option<String> {
    let found = store.search(&Filter::default(), Page { skip: 0, limit: 1 }, Some(&[])).await.ok()?;
    found.into_iter().next().map(|entry| entry.uid)
}
