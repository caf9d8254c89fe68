//! The groups of a person, groups in groups included.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ldap3::Scope;

use super::Ldap;
use super::connection::Ask;
use super::dn::Dn;
use super::filter::Filter;
use crate::people::Attribute;
use crate::resolvers::{Entry, ResolverError};

/// Groups within groups at most.
const MAX_DEPTH: usize = 10;
/// Groups of one person at most.
const MAX_GROUPS: usize = 1_000;
/// Names in one filter at most.
const CHUNK: usize = 100;

/// Adds the groups to an entry, where they are wanted.
///
/// # Errors
/// When they cannot be read: without its groups a person would be somebody else to policies.
pub(super) async fn add(ldap: &Ldap, dn: &str, mut entry: Entry) -> Result<Entry, ResolverError> {
    let Some(wanted) = &ldap.config.groups else { return Ok(entry) };
    let mut known: BTreeMap<String, String> =
        entry.attributes.iter().filter_map(|(name, value)| Some((name.clone(), value.text()?.to_owned()))).collect();
    known.insert("username".to_owned(), entry.login.clone());
    known.insert("userid".to_owned(), entry.uid.clone());
    let (mut names, mut seen) = (BTreeSet::new(), HashSet::new());
    let mut frontier = vec![dn.to_owned()];
    let rounds = if wanted.filter.repeats { MAX_DEPTH } else { 1 };
    for _ in 0..rounds {
        let mut next = Vec::new();
        for chunk in frontier.chunks(CHUNK) {
            let of = chunk.iter().map(|dn| wanted.filter.fill(dn, &known)).collect();
            let ask = Ask {
                base: wanted.base.to_string(),
                scope: Scope::Subtree,
                filter: Filter::any(of).to_string(),
                attributes: vec![wanted.name.as_str().to_owned()],
                most: MAX_GROUPS,
            };
            for record in ldap.run(&ask).await?.records {
                let key = Dn::parse(&record.dn).map_or_else(|_| record.dn.clone(), |dn| dn.key());
                if seen.len() < MAX_GROUPS && seen.insert(key) {
                    names.extend(record.text(wanted.name.as_str()).map(str::to_owned));
                    next.push(record.dn);
                }
            }
        }
        frontier = next;
        if frontier.is_empty() {
            break;
        }
    }
    entry.attributes.insert(wanted.key.clone(), Attribute::List(names.into_iter().collect()));
    Ok(entry)
}
