//! Searches in stores that do not search as we do: what may be asked, and the part of a result that was asked for.

use crate::resolvers::{Entry, Filter, Page, ResolverError};

/// Longer patterns are refused: each star may cost a pass over the text.
const LONGEST_PATTERN: usize = 512;

/// Looks whether a filter can be asked: of login name, uid and attributes that are `known`, with patterns of a sound length.
///
/// # Errors
/// [`ResolverError::Refused`] says why it cannot.
pub(in crate::resolvers) fn check(filter: &Filter, known: impl Fn(&str) -> bool) -> Result<(), ResolverError> {
    for (name, pattern) in &filter.conditions {
        if !matches!(name.as_str(), "username" | "userid") && !known(name) {
            return Err(ResolverError::Refused(format!("This resolver has no attribute `{name}`.")));
        }
        if pattern.len() > LONGEST_PATTERN {
            return Err(ResolverError::Refused("The pattern is too long.".to_owned()));
        }
    }
    Ok(())
}

/// Of those whom a store has told of, the part of those who meet the filter that was asked for, each once and ordered by login.
pub(in crate::resolvers) fn part(
    mut found: Vec<Entry>,
    filter: &Filter,
    page: Page,
    projection: Option<&[String]>,
) -> Vec<Entry> {
    found.retain(|entry| filter.admits(entry));
    found.sort_by_cached_key(|entry| (entry.login.to_lowercase(), entry.uid.clone()));
    found.dedup_by(|one, other| one.uid == other.uid);
    let keep = |mut entry: Entry| {
        if let Some(wanted) = projection {
            entry.attributes.retain(|name, _| wanted.contains(name));
        }
        entry
    };
    found.into_iter().skip(page.skip).take(page.limit).map(keep).collect()
}
