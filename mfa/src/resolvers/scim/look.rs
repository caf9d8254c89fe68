//! Finding people: by user name, by uid, by filter.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::{Scim, filter};
use crate::resolvers::web::list::{AT_ONCE, MOST};
use crate::resolvers::web::request::Prepared;
use crate::resolvers::web::response::{ResponseMap, text_of};
use crate::resolvers::web::{alike, answer, escape, plausible};
use crate::resolvers::{Entry, Filter, Page, ResolverError, Standing};

/// People of one page.
const PAGE: usize = 200;
/// Pages of one list at most.
const MAX_PAGES: usize = 500;
/// Longer patterns are refused: each star may cost a pass over the text.
const LONGEST_PATTERN: usize = 512;

/// Why a list was not told.
enum Unlisted {
    /// The server does not understand the filter.
    Filter,
    Failed(ResolverError),
}

impl From<Unlisted> for ResolverError {
    fn from(e: Unlisted) -> Self {
        match e {
            Unlisted::Filter => Self::Unavailable("it refuses the filter".to_owned()),
            Unlisted::Failed(e) => e,
        }
    }
}

impl Scim {
    fn entry(&self, record: &Value) -> Option<Entry> {
        let active = record.get("active").and_then(text_of);
        let disabled = active.is_some_and(|active| active.eq_ignore_ascii_case("false"));
        self.people.entry(record, &ResponseMap::default(), Standing { disabled, expires: None })
    }

    /// The people whom a filter admits, page by page, as far as `keep` wants more.
    async fn list(&self, filter: Option<&str>, mut keep: impl FnMut(&[Entry]) -> bool + Send) -> Result<Vec<Entry>, Unlisted> {
        let (mut all, mut seen, mut start) = (Vec::new(), HashSet::new(), 1);
        for _ in 0..MAX_PAGES {
            let mut url = format!("{}?startIndex={start}&count={PAGE}", self.users);
            if let Some(filter) = filter {
                url.push_str("&filter=");
                url.push_str(&escape::percent(filter));
            }
            let said = self.channel.call(&Prepared::get(&url)).await.map_err(Unlisted::Failed)?;
            if filter.is_some() && matches!(said.status, 400 | 403 | 414 | 501) {
                return Err(Unlisted::Filter);
            }
            let document = answer::document(&said).map_err(Unlisted::Failed)?;
            let empty = document.get("totalResults") == Some(&Value::from(0));
            let Some(records) = document.get("Resources").and_then(Value::as_array).or(empty.then_some(const { &Vec::new() }))
            else {
                return Err(Unlisted::Failed(ResolverError::Unavailable("its answer holds no list of people".to_owned())));
            };
            let total = document.get("totalResults").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            let page: Vec<Entry> = records.iter().filter_map(|record| self.entry(record)).collect();
            let fresh: Vec<Entry> = page.into_iter().filter(|entry| seen.insert(entry.uid.clone())).collect();
            let more = keep(&fresh);
            start += records.len();
            // A server that does not know of pages sends the first one for ever.
            let ends = records.is_empty() || fresh.is_empty() || total.is_none_or(|total| start > total);
            all.extend(fresh);
            if ends || !more || all.len() >= MOST {
                break;
            }
        }
        all.truncate(MOST);
        Ok(all)
    }

    pub(super) async fn by_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        if !plausible(login) {
            return Ok(None);
        }
        let filter = filter::named(&self.people, login);
        let is = |entry: &Entry| alike(&entry.login, login);
        let found = match self.list(filter.as_deref(), |page| !page.iter().any(is)).await {
            Err(Unlisted::Filter) => self.list(None, |page| !page.iter().any(is)).await?,
            other => other?,
        };
        let (exact, other): (Vec<Entry>, Vec<Entry>) = found.into_iter().filter(is).partition(|entry| entry.login == login);
        let mut candidates = if exact.is_empty() { other } else { exact };
        if candidates.len() > 1 {
            tracing::warn!("several SCIM users have the same name: it is nobody's");
            return Ok(None);
        }
        Ok(candidates.pop())
    }

    async fn by_uid(&self, uid: &str) -> Result<Option<Entry>, ResolverError> {
        // A uid that would lead elsewhere is nobody's.
        if self.people.uid != "id" || matches!(uid, "." | "..") || uid.contains(['/', '\\']) {
            return Ok(None);
        }
        let said = self.channel.call(&Prepared::get(&format!("{}/{}", self.users, escape::percent(uid)))).await?;
        match said.status {
            400 | 404 | 410 => Ok(None),
            _ => Ok(self.entry(&answer::document(&said)?).filter(|entry| entry.uid == uid)),
        }
    }

    /// Those who are meant by a filter of uids. Somebody else in the answer: the server does not look at filters.
    async fn among(&self, uids: &[String], filter: &str) -> Result<Vec<Entry>, Unlisted> {
        let mut foreign = false;
        let keep = |page: &[Entry]| {
            foreign |= !page.iter().all(|entry| uids.contains(&entry.uid));
            !foreign
        };
        let listed = self.list(Some(filter), keep).await;
        if foreign { Err(Unlisted::Filter) } else { listed }
    }

    /// Several in one question; one by one, some at the same time, at a server that does not understand it.
    pub(super) async fn by_uids(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        let asked: HashSet<&String> = uids.iter().filter(|uid| plausible(uid)).collect();
        let mut asked: Vec<String> = asked.into_iter().cloned().collect();
        asked.sort();
        if asked.len() > 1
            && let Some(chunks) = filter::among(&self.people, &asked)
        {
            let questions: Vec<_> = chunks.iter().map(|(uids, filter)| self.among(uids, filter)).collect();
            match stream::iter(questions).buffer_unordered(AT_ONCE).try_concat().await {
                Ok(found) => return Ok(found),
                Err(Unlisted::Failed(e)) => return Err(e),
                Err(Unlisted::Filter) => tracing::debug!("a SCIM server does not look people up by several ids at once"),
            }
        }
        let questions: Vec<_> = asked.iter().map(|uid| self.by_uid(uid)).collect();
        let found: Vec<Option<Entry>> = stream::iter(questions).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    pub(super) async fn by_filter(
        &self,
        filter: &Filter,
        page: Page,
        projection: Option<&[String]>,
    ) -> Result<Vec<Entry>, ResolverError> {
        for (name, pattern) in &filter.conditions {
            if self.people.theirs(name).is_none() {
                return Err(ResolverError::Refused(format!("This resolver has no attribute `{name}`.")));
            }
            if pattern.len() > LONGEST_PATTERN {
                return Err(ResolverError::Refused("The pattern is too long.".to_owned()));
            }
        }
        let said = filter::search(&self.people, filter);
        let mut found = match self.list(said.as_deref(), |_| true).await {
            Err(Unlisted::Filter) => self.list(None, |_| true).await?,
            other => other?,
        };
        found.retain(|entry| filter.admits(entry));
        found.sort_by_cached_key(|entry| (entry.login.to_lowercase(), entry.uid.clone()));
        let keep = |mut entry: Entry| {
            if let Some(wanted) = projection {
                entry.attributes.retain(|name, _| wanted.contains(name));
            }
            entry
        };
        Ok(found.into_iter().skip(page.skip).take(page.limit).map(keep).collect())
    }
}
