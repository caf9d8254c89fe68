//! To which groups somebody belongs, directly and through groups in groups.

use std::collections::{HashMap, HashSet};

use db::{Db, DbError};
use kernel::ids::RowId;

use super::store::group::{self as store, Membership};

/// Groups in groups are followed so far. A circle ends where it began.
const MAX_DEPTH: usize = 10;

/// One group of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Belonging {
    /// The group.
    pub(crate) group: RowId,
    /// Its name.
    pub(crate) name: String,
    /// Not through another group.
    pub(crate) direct: bool,
}

/// The groups of many, each in the order of their names; those who belong to none are left out. Asks once for each level, however
/// many there are.
pub(crate) async fn of(db: &Db, members: &[&str]) -> Result<HashMap<String, Vec<Belonging>>, DbError> {
    let direct = store::memberships_of(db, members).await?;
    if direct.is_empty() {
        return Ok(HashMap::new());
    }
    let parents = parents(db, &direct).await?;
    let all: HashSet<RowId> = direct.iter().map(|m| m.group).chain(parents.values().flatten().copied()).collect();
    let all: Vec<RowId> = all.into_iter().collect();
    let names: HashMap<RowId, String> = store::names(db, &all).await?.into_iter().collect();
    let mut found: HashMap<String, HashMap<RowId, bool>> = HashMap::new();
    for Membership { member, group, .. } in direct {
        let groups = found.entry(member).or_default();
        for above in closure(group, &parents) {
            groups.entry(above).or_insert(false);
        }
        groups.insert(group, true);
    }
    let named = |(group, direct): (RowId, bool)| names.get(&group).map(|name| Belonging { group, name: name.clone(), direct });
    let sorted = |groups: HashMap<RowId, bool>| {
        let mut groups: Vec<Belonging> = groups.into_iter().filter_map(named).collect();
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        groups
    };
    Ok(found.into_iter().map(|(member, groups)| (member, sorted(groups))).collect())
}

/// The groups to which the groups of some people belong.
async fn parents(db: &Db, direct: &[Membership]) -> Result<HashMap<RowId, Vec<RowId>>, DbError> {
    let mut parents: HashMap<RowId, Vec<RowId>> = HashMap::new();
    let mut next: HashSet<RowId> = direct.iter().map(|m| m.group).collect();
    for _ in 0..MAX_DEPTH {
        next.retain(|group| !parents.contains_key(group));
        if next.is_empty() {
            break;
        }
        let texts: Vec<String> = next.iter().map(ToString::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for group in next.drain() {
            parents.insert(group, Vec::new());
        }
        for above in store::memberships_of(db, &texts).await? {
            if let Some(list) = RowId::parse(&above.member).ok().and_then(|member| parents.get_mut(&member)) {
                list.push(above.group);
                next.insert(above.group);
            }
        }
    }
    Ok(parents)
}

fn closure(group: RowId, parents: &HashMap<RowId, Vec<RowId>>) -> HashSet<RowId> {
    let mut seen = HashSet::new();
    let mut open = vec![group];
    while let Some(group) = open.pop() {
        open.extend(parents.get(&group).into_iter().flatten().copied().filter(|above| seen.insert(*above)));
    }
    seen
}
