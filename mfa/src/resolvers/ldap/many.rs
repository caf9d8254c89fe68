//! Looking many people up by their uids, in as few searches as can be.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::StreamExt;
use futures::stream;
use ldap3::Scope;

use super::connection::{Ask, Found};
use super::dn::{Dn, Rdn, Value};
use super::filter::{Attr, Filter};
use super::record::Record;
use super::uid::UidKind;
use super::{Ldap, groups, people};
use crate::resolvers::{Entry, ResolverError};

/// Uids in one search at most: those of the longest page of a list.
const CHUNK: usize = 1_000;
/// Bytes of uids in one search at most: servers bound what a request may be.
const CHUNK_BYTES: usize = 100_000;
/// Searches at a time, where names need one for each of their parents.
const ABREAST: usize = 4;

/// Why who was not found may be there.
const PARTIAL: &str =
    "another server, to which the directory refers, could not be asked, or a name or an entry cannot be asked for or read";

/// What was found of some of the uids.
struct Part<'u> {
    wanted: Wanted<'u>,
    found: Found,
}

impl Ldap {
    pub(super) async fn by_uids(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        let (mut entries, mut partial) = (Vec::with_capacity(uids.len()), false);
        for part in self.parts(uids, None).await? {
            partial |= part.found.partial;
            entries.extend(self.known(part).await);
        }
        if partial && entries.is_empty() && uids.len() == 1 {
            return Err(ResolverError::Unclear(PARTIAL.to_owned()));
        }
        // The groups of many would be a search for each of them.
        match (entries.pop(), uids.len()) {
            (Some((entry, dn)), 1) => Ok(vec![groups::add(self, &dn, entry).await?]),
            (last, _) => Ok(entries.into_iter().chain(last).map(|(entry, _)| entry).collect()),
        }
    }

    /// Those of these uids who have an entry, also one that cannot be used. Who is left out has none: where that is not certain it
    /// is an error.
    pub(super) async fn there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        let mut there = HashSet::with_capacity(uids.len());
        for Part { wanted, found } in self.parts(uids, Some(&[])).await? {
            let uid = |record: &Record| self.config.uid.of(record).and_then(|uid| wanted.meant(&uid).cloned());
            let known: HashSet<String> = found.records.iter().filter_map(uid).collect();
            if found.partial && known.len() < wanted.exact.len() {
                return Err(ResolverError::Unclear(PARTIAL.to_owned()));
            }
            there.extend(known);
        }
        Ok(there)
    }

    /// The entries of these uids, in as many parts as the server needs.
    async fn parts<'u>(&self, uids: &'u [String], projection: Option<&[String]>) -> Result<Vec<Part<'u>>, ResolverError> {
        let (mut left, mut parts) = (chunks(uids), Vec::new());
        while let Some(chunk) = left.pop() {
            let found = match &self.config.uid {
                UidKind::Dn => self.by_names(chunk, projection).await?,
                kind => {
                    let by: Vec<Filter> = chunk.iter().filter_map(|uid| kind.filter(uid)).collect();
                    if by.is_empty() {
                        continue;
                    }
                    self.run_far(&self.ask(Filter::any(by), projection, chunk.len() + 1)).await?
                }
            };
            // A server that gives less than what it is asked for is asked for less: nobody is missing because of others.
            if found.more && chunk.len() > 1 {
                let (one, other) = chunk.split_at(chunk.len() / 2);
                left.extend([other, one]);
            } else if found.more && found.records.is_empty() {
                return Err(ResolverError::Unavailable("the search was cut short".to_owned()));
            } else {
                parts.push(Part { wanted: Wanted::of(&self.config.uid, chunk), found });
            }
        }
        Ok(parts)
    }

    /// The entries of these uids, each once, with their names.
    async fn known(&self, part: Part<'_>) -> Vec<(Entry, String)> {
        let (mut seen, mut out) = (HashSet::new(), Vec::new());
        for record in part.found.records {
            let Some(mut entry) = people::entry(&self.config, &record, None) else { continue };
            let Some(uid) = part.wanted.meant(&entry.uid) else { continue };
            if seen.insert(uid) {
                // As it was asked for, since it is the key of the person.
                entry.uid.clone_from(uid);
                self.remember(&entry, &record.dn).await;
                out.push((entry, record.dn));
            }
        }
        out
    }

    /// Entries by their names: in one search where the server can compare names, else in one for each of their parents.
    async fn by_names(&self, uids: &[String], projection: Option<&[String]>) -> Result<Found, ResolverError> {
        let names: Vec<Dn> =
            uids.iter().filter_map(|uid| self.config.uid.dn(uid, &self.config.base)).filter(|dn| self.in_scope(dn)).collect();
        if names.is_empty() {
            return Ok(Found::default());
        }
        if let Some(attr) = &self.features().await?.by_name {
            let by = names.iter().map(|dn| Filter::equal(attr, dn.to_string())).collect();
            return self.run_far(&self.ask(Filter::any(by), projection, names.len())).await;
        }
        let (mut by_parent, mut unasked) = (BTreeMap::<String, (Dn, Vec<Filter>)>::new(), false);
        for (rdn, parent) in names.iter().filter_map(Dn::split) {
            // A value that is written as its encoding is nothing that a filter can hold.
            let Some(filter) = rdn_filter(rdn) else {
                unasked = true;
                continue;
            };
            by_parent.entry(parent.key()).or_insert_with(|| (parent, Vec::new())).1.push(filter);
        }
        let searches = by_parent.into_values().map(|(parent, by)| {
            let most = by.len().saturating_mul(2);
            let ask = Ask { base: parent.to_string(), scope: Scope::OneLevel, ..self.ask(Filter::any(by), projection, most) };
            async move {
                Ok::<_, ResolverError>(match self.searches.search(&ask).await? {
                    Ok(found) => Ok(self.far(found, &ask).await),
                    Err(said) => Err(said),
                })
            }
        });
        let answers: Vec<_> = stream::iter(searches).buffer_unordered(ABREAST).collect().await;
        let (mut all, mut parents) = (Found::default(), 0);
        all.partial = unasked;
        for answer in answers {
            match answer? {
                Ok(found) => {
                    parents += 1;
                    all.more |= found.more;
                    all.partial |= found.partial;
                    all.records.extend(found.records);
                }
                // The parent has gone, and with it all below.
                Err(said) if said.code == 32 => {}
                Err(said) => return Err(ResolverError::Unavailable(said.words())),
            }
        }
        if parents == 0 {
            // Or nothing can be seen at all, which says nothing about anybody.
            let (filter, attributes) = ("(objectClass=*)".to_owned(), vec!["1.1".to_owned()]);
            let base = self.config.base.to_string();
            self.run(&Ask { base, scope: Scope::Base, filter, attributes, most: 1 }).await?;
        }
        Ok(all)
    }
}

/// Uids as they were asked for, by those that entries have.
struct Wanted<'u> {
    exact: HashSet<&'u String>,
    folded: HashMap<String, Option<&'u String>>,
    fold: fn(&str) -> String,
}

impl<'u> Wanted<'u> {
    fn of(kind: &UidKind, uids: &'u [String]) -> Self {
        let fold: fn(&str) -> String = if *kind == UidKind::Dn { name_key } else { str::to_lowercase };
        let exact: HashSet<&String> = uids.iter().collect();
        // Another way to write the same uid counts only where it cannot be meant for another one.
        let mut folded: HashMap<String, Option<&String>> = HashMap::new();
        for uid in &exact {
            folded.entry(fold(uid)).and_modify(|one| *one = None).or_insert(Some(uid));
        }
        Self { exact, folded, fold }
    }

    /// The one that an entry with this uid was asked for by.
    fn meant(&self, uid: &String) -> Option<&'u String> {
        self.exact.get(uid).copied().or_else(|| self.folded.get(&(self.fold)(uid)).copied().flatten())
    }
}

/// Pieces that one search can ask for, the last one first.
fn chunks(uids: &[String]) -> Vec<&[String]> {
    let (mut chunks, mut start, mut size) = (Vec::new(), 0, 0);
    for (at, uid) in uids.iter().enumerate() {
        if at > start && (at - start == CHUNK || size + uid.len() > CHUNK_BYTES) {
            chunks.push(&uids[start..at]);
            (start, size) = (at, 0);
        }
        size += uid.len();
    }
    chunks.push(&uids[start..]);
    chunks.reverse();
    chunks
}

fn name_key(uid: &str) -> String {
    Dn::parse(uid).map_or_else(|_| uid.to_owned(), |dn| dn.key())
}

fn rdn_filter(rdn: &Rdn) -> Option<Filter> {
    let equal = |(attr, value): &(Attr, Value)| value.text().map(|text| Filter::equal(attr, text));
    rdn.pairs().iter().map(equal).collect::<Option<Vec<_>>>().map(Filter::all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_one_piece_and_requests_stay_small() {
        let uids: Vec<String> = (0..2_500).map(|n| format!("00000000-0000-0000-0000-{n:012}")).collect();
        let sizes = |uids: &[String]| chunks(uids).into_iter().rev().map(<[String]>::len).collect::<Vec<_>>();
        assert_eq!((sizes(&uids[..1_000]), sizes(&uids)), (vec![1_000], vec![1_000, 1_000, 500]));
        let long: Vec<String> = (0..120).map(|n| format!("{n:0>2000}")).collect();
        assert_eq!(sizes(&long), [50, 50, 20]);
        assert_eq!(sizes(&["x".repeat(200_000)]), [1]);
    }
}
