//! Orphans: tokens whose owner is no more. The search walks over all tokens with an owner and asks each resolver for many people at
//! once; it holds one page at a time, and can be taken up again where it stopped.
//!
//! **Unknown is not absent.** Nobody counts as gone because a resolver does not answer, answers in part, or shows nobody at all (which is
//! what a wrong base or filter looks like): such tokens are *not decided*, and are counted by resolver. Whoever is missing is asked for
//! once more together with somebody whom the resolver has shown: it may have broken in the meantime. Realms and resolvers are those
//! of the moment, for each page anew.

mod doubt;
mod retire;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use db::DbError;
use futures::StreamExt;
use futures::stream;
use kernel::ids::{PersonId, RowId, TokenId};

use crate::Mfa;
use crate::people::store::resolver as resolver_store;
use crate::people::{Directory, ResolverRef};
use crate::tokens::store::owned::{self, Owned};
use doubt::Doubts;

pub use retire::{RetireOrphan, Retirement};

/// Tokens that are looked at in one go.
const PAGE: u32 = 1_000;
/// People that a resolver is asked for at a time: many for the sake of the way, few for the sake of those who sign in meanwhile.
const PEOPLE: usize = 250;
/// Questions at a time.
const ABREAST: usize = 4;
/// A question without an answer is put again after these pauses, which outlast a restart of the store.
const PAUSES: [Duration; 4] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// Why a token is an orphan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The resolver knows its owner no more.
    Person,
    /// The resolver of its owner does not exist any more.
    Resolver,
    /// No realm shows the resolver of its owner any more.
    Realm,
}

impl Why {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Resolver => "resolver",
            Self::Realm => "realm",
        }
    }
}

/// A token whose owner is no more.
#[derive(Clone, Debug)]
pub struct Orphan {
    /// Its serial.
    pub serial: String,
    /// Its kind.
    pub kind: String,
    /// Who owned it.
    pub person: PersonId,
    /// Name of their resolver when it was given to them.
    pub resolver: String,
    /// Their uid in it.
    pub uid: String,
    /// Their realm then.
    pub realm: String,
    /// Why.
    pub why: Why,
    /// Where they lived, and the version of that resolver that was asked for them.
    home: Option<(RowId, Option<i64>)>,
}

impl Orphan {
    fn of(token: &Owned, why: Why, version: Option<i64>) -> Self {
        let [resolver, uid, realm] = token.given.clone();
        let home = token.home.as_ref().map(|(resolver, _)| (*resolver, version));
        Self { serial: token.serial.clone(), kind: token.kind.clone(), person: token.person, resolver, uid, realm, why, home }
    }
}

/// How far the search has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Tokens with an owner that were looked at.
    pub looked: u64,
    /// How many there are, about: those that come and go meanwhile are not counted again.
    pub all: u64,
    /// Orphans among those that were looked at.
    pub orphans: u64,
    /// Tokens about which nothing could be said.
    pub undecided: u64,
    /// The last token that was looked at: where a later search goes on.
    pub at: Option<TokenId>,
}

/// A search for orphans.
pub struct OrphanSearch {
    sys: Mfa,
    only: Option<RowId>,
    doubts: Doubts,
    progress: Progress,
}

impl OrphanSearch {
    /// A search that begins after a token, or from the start; of the owners in one resolver, or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(sys: &Mfa, after: Option<TokenId>, only: Option<&ResolverRef>) -> Result<Self, DbError> {
        let all = u64::try_from(owned::left(&sys.db, after).await?).unwrap_or_default();
        let progress = Progress { all, at: after, ..Progress::default() };
        Ok(Self { sys: sys.clone(), only: only.map(|r| r.id), doubts: Doubts::new(&PAUSES), progress })
    }

    #[cfg(test)]
    fn impatient(mut self) -> Self {
        self.doubts = Doubts::new(&[]);
        self
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Tokens that were not decided, by the name of the resolver, with the reason.
    pub fn undecided(&self) -> &BTreeMap<String, (u64, String)> {
        self.doubts.undecided()
    }

    /// The orphans among the next tokens; `None` when there are no further ones.
    ///
    /// # Errors
    /// When the database fails; the search can go on.
    pub async fn next(&mut self) -> Result<Option<Vec<Orphan>>, DbError> {
        let tokens = owned::next(&self.sys.db, self.progress.at, PAGE).await?;
        let Some(last) = tokens.last().map(|token| token.id) else { return Ok(None) };
        // After the tokens: where somebody lives who got one during the search is known then.
        self.sys.refresh().await?;
        let directory = self.sys.people.directory();
        let rows = resolver_store::versions(&self.sys.db).await?;
        let shown: HashSet<RowId> = directory.realms().flat_map(|realm| &realm.members).map(|member| member.resolver).collect();
        let (mut orphans, mut asked) = (Vec::new(), HashMap::<RowId, Vec<&Owned>>::new());
        for token in &tokens {
            match &token.home {
                Some((resolver, _)) if self.only.is_some_and(|only| only != *resolver) => {}
                None if self.only.is_some() => {}
                None => orphans.push(Orphan::of(token, Why::Person, None)),
                // Also one of a kind that this program does not know has a row.
                Some((resolver, _)) if !rows.contains_key(resolver) && directory.resolver_by_id(*resolver).is_none() => {
                    orphans.push(Orphan::of(token, Why::Resolver, None));
                }
                Some((resolver, _)) if !shown.contains(resolver) => orphans.push(Orphan::of(token, Why::Realm, None)),
                Some((resolver, _)) => asked.entry(*resolver).or_default().push(token),
            }
        }
        orphans.extend(self.missing(&directory, asked).await);
        orphans.sort_by(|a, b| a.serial.cmp(&b.serial));
        let progress = &mut self.progress;
        progress.looked += tokens.len() as u64;
        progress.orphans += orphans.len() as u64;
        progress.undecided = self.doubts.undecided().values().map(|(n, _)| n).sum();
        progress.at = Some(last);
        Ok(Some(orphans))
    }

    /// The orphans among tokens whose owners live in these resolvers.
    async fn missing(&mut self, directory: &Directory, asked: HashMap<RowId, Vec<&Owned>>) -> Vec<Orphan> {
        let mut orphans = Vec::new();
        for (resolver, tokens) in asked {
            match directory.resolver_by_id(resolver) {
                Some(resolver) => orphans.extend(self.ask(resolver, &tokens).await),
                None => {
                    let name = tokens.first().map(|token| token.given[0].clone()).unwrap_or_default();
                    self.doubts.count(&name, tokens.len(), "this program does not know its kind");
                }
            }
        }
        orphans
    }

    /// The orphans among tokens whose owners live in one resolver.
    async fn ask(&mut self, resolver: &ResolverRef, tokens: &[&Owned]) -> Vec<Orphan> {
        let uid = |token: &&Owned| token.home.as_ref().map(|(_, uid)| uid.clone()).unwrap_or_default();
        let uids: Vec<String> = tokens.iter().map(uid).collect::<BTreeSet<_>>().into_iter().collect();
        let now = self.sys.clock.now();
        let doubts = &self.doubts;
        let questions = uids.chunks(PEOPLE).map(|uids| async move { (uids, doubts.ask(resolver, uids, now).await) });
        let answers: Vec<_> = stream::iter(questions).buffer_unordered(ABREAST).collect().await;
        // Why nothing can be said of somebody.
        let (mut untold, mut absent) = (HashMap::new(), Vec::new());
        for (uids, answer) in answers {
            match answer {
                Ok(there) => {
                    self.doubts.trust(resolver.id, uids.iter().find(|uid| there.contains(*uid)));
                    absent.extend(uids.iter().filter(|uid| !there.contains(*uid)).cloned());
                }
                Err(why) => {
                    untold.extend(uids.iter().map(|uid| (uid.clone(), why.words.clone())));
                    self.doubts.note(resolver, self.sys.clock.now(), why);
                }
            }
        }
        let mut gone = HashSet::new();
        for part in absent.chunks(PEOPLE - 1) {
            match self.doubts.gone(resolver, part, self.sys.clock.now()).await {
                Ok(certain) => gone.extend(certain),
                Err(why) => {
                    untold.extend(part.iter().map(|uid| (uid.clone(), why.words.clone())));
                    self.doubts.note(resolver, self.sys.clock.now(), why);
                }
            }
        }
        let mut orphans = Vec::new();
        for token in tokens {
            let uid = uid(token);
            if let Some(why) = untold.get(&uid) {
                self.doubts.count(&resolver.name, 1, why);
            } else if gone.contains(&uid) {
                orphans.push(Orphan::of(token, Why::Person, Some(resolver.version)));
            }
        }
        orphans
    }
}
