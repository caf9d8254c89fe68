//! Finding people: by user name, by uid, by filter.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::Ordering;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::{ID, Scim, filter};
use crate::resolvers::web::list::{AT_ONCE, MOST, distinct};
use crate::resolvers::web::ration::Ration;
use crate::resolvers::web::request::Prepared;
use crate::resolvers::web::response::{ResponseMap, text_of};
use crate::resolvers::web::{alike, answer, escape, plausible, shaped};
use crate::resolvers::{Entry, Filter, Page, ResolverError, Standing};

/// People of one page.
const PAGE: usize = 200;
/// Pages of one list at most.
const MAX_PAGES: usize = 500;

/// Why a list was not told.
enum Unlisted {
    /// The server does not understand the filter, or does not look at it.
    Filter,
    Failed(ResolverError),
}

impl From<Unlisted> for ResolverError {
    fn from(e: Unlisted) -> Self {
        match e {
            Unlisted::Filter => Self::Unclear("it does not look people up by such a filter".to_owned()),
            Unlisted::Failed(e) => e,
        }
    }
}

/// What a list holds, as it came.
#[derive(Default)]
struct Listed {
    people: Vec<Entry>,
    /// Uids of everybody who was told of, also of those who cannot be used.
    uids: HashSet<String>,
    /// There is nobody else: it has come to its end, and every record has a uid.
    whole: bool,
}

impl Scim {
    fn entry(&self, record: &Value) -> Option<Entry> {
        let active = record.get("active").and_then(text_of);
        let disabled = active.is_some_and(|active| active.eq_ignore_ascii_case("false"));
        self.people.entry(record, &ResponseMap::default(), Standing { disabled, expires: None })
    }

    /// One page, as a document.
    async fn page(&self, filter: Option<&str>, start: usize, ration: &Ration) -> Result<Value, Unlisted> {
        let mut url = format!("{}?startIndex={start}&count={PAGE}", self.users);
        if let Some(filter) = filter {
            url.push_str("&filter=");
            url.push_str(&escape::percent(filter));
        }
        let said = self.channel.call(&Prepared::get(&url)).await.map_err(Unlisted::Failed)?;
        ration.take(&said).map_err(Unlisted::Failed)?;
        if filter.is_some() && matches!(said.status, 400 | 403 | 414 | 501) {
            return Err(Unlisted::Filter);
        }
        answer::document(&said).map_err(Unlisted::Failed)
    }

    /// The people whom a filter admits, page by page, as far as `keep` wants more.
    async fn list(
        &self,
        filter: Option<&str>,
        ration: &Ration,
        mut keep: impl FnMut(&[Entry]) -> bool + Send,
    ) -> Result<Listed, Unlisted> {
        let (mut all, mut seen, mut start, hasher) = (Listed::default(), HashSet::new(), 1, RandomState::new());
        let mut readable = true;
        for _ in 0..MAX_PAGES {
            let document = self.page(filter, start, ration).await?;
            let total = document.get("totalResults").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            let Some(records) =
                document.get("Resources").and_then(Value::as_array).or((total == Some(0)).then_some(const { &Vec::new() }))
            else {
                return Err(Unlisted::Failed(ResolverError::Unavailable("its answer holds no list of people".to_owned())));
            };
            let fresh: Vec<&Value> = records.iter().filter(|record| seen.insert(hasher.hash_one(record.to_string()))).collect();
            for record in &fresh {
                match self.people.uid_of(record, &ResponseMap::default()) {
                    Some(uid) => drop(all.uids.insert(uid)),
                    None => readable = false,
                }
            }
            let page: Vec<Entry> = fresh.iter().filter_map(|record| self.entry(record)).collect();
            let more = keep(&page);
            start += records.len();
            all.people.extend(page);
            // Without a number of all, the end is where nobody comes any more.
            let ends = total.map_or(records.is_empty(), |total| start > total);
            all.whole = ends && readable && fresh.len() == records.len();
            // A server that does not know of pages sends the first one for ever.
            if ends || fresh.is_empty() || !more || seen.len() >= MOST {
                break;
            }
        }
        let mut once = HashSet::new();
        all.people.retain(|entry| once.insert(entry.uid.clone()));
        all.people.truncate(MOST);
        Ok(all)
    }

    pub(super) async fn by_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        if !plausible(login) {
            return Ok(None);
        }
        let (ration, filter) = (Ration::new(), filter::named(&self.people, login));
        let is = |entry: &Entry| alike(&entry.login, login);
        let wants = |page: &[Entry]| !page.iter().any(is);
        let found = match self.list(filter.as_deref(), &ration, wants).await {
            // One that has understood others refuses this name, which nobody can have: it is not worth a walk over everybody.
            Err(Unlisted::Filter) if self.filters.load(Ordering::Relaxed) => return Ok(None),
            Err(Unlisted::Filter) => self.list(None, &ration, wants).await?,
            other => {
                let found = other?;
                self.filters.fetch_or(filter.is_some(), Ordering::Relaxed);
                found
            }
        };
        let (exact, other): (Vec<Entry>, Vec<Entry>) =
            found.people.into_iter().filter(is).partition(|entry| entry.login == login);
        let mut candidates = if exact.is_empty() { other } else { exact };
        if candidates.len() > 1 {
            tracing::warn!("several SCIM users have the same name: it is nobody's");
            return Ok(None);
        }
        Ok(candidates.pop())
    }

    /// The record of somebody at its own address; nothing when there certainly is none.
    async fn record(&self, uid: &str, ration: &Ration) -> Result<Option<Value>, ResolverError> {
        // A uid that would lead elsewhere is nobody's.
        if matches!(uid, "." | "..") || uid.contains(['/', '\\']) {
            return Ok(None);
        }
        let said = self.channel.call(&Prepared::get(&format!("{}/{}", self.users, escape::percent(uid)))).await?;
        ration.take(&said)?;
        if answer::is_nobody(&said) {
            return Ok(None);
        }
        if answer::finds_nobody(&said) {
            return Err(ResolverError::Unclear(format!("it answers with status {}", said.status)));
        }
        answer::document(&said).map(Some)
    }

    /// Somebody of whom it matters whether they are there: that they are not found is certain.
    async fn by_uid(&self, uid: &str, ration: &Ration) -> Result<Option<Entry>, ResolverError> {
        let unusable = || ResolverError::Unclear("its answer is about somebody else, or cannot be used".to_owned());
        if self.people.uid == ID {
            let Some(record) = self.record(uid, ration).await? else { return Ok(None) };
            return self.entry(&record).filter(|entry| entry.uid == uid).map(Some).ok_or_else(unusable);
        }
        let listed = self.alone(uid, ration).await?;
        match listed.people.into_iter().find(|entry| entry.uid == uid) {
            Some(entry) => Ok(Some(entry)),
            None if listed.whole && !listed.uids.contains(uid) => Ok(None),
            None => Err(unusable()),
        }
    }

    /// As [`Scim::by_uid`], where it does not matter whether somebody of whom nothing is told is there.
    async fn by_uid_if_told(&self, uid: &str, ration: &Ration) -> Result<Option<Entry>, ResolverError> {
        match self.by_uid(uid, ration).await {
            Err(ResolverError::Unclear(_)) => Ok(None),
            told => told,
        }
    }

    /// Whether somebody is there, also one who cannot be used.
    async fn is_there(&self, uid: &str, ration: &Ration) -> Result<bool, ResolverError> {
        let short = || ResolverError::Unclear("its answer is cut short, or is about somebody else".to_owned());
        if self.people.uid == ID {
            let Some(record) = self.record(uid, ration).await? else { return Ok(false) };
            let told = self.people.uid_of(&record, &ResponseMap::default());
            return told.is_some_and(|told| told == uid).then_some(true).ok_or_else(short);
        }
        let listed = self.alone(uid, ration).await?;
        let there = listed.uids.iter().any(|told| alike(told, uid));
        if there || listed.whole { Ok(there) } else { Err(short()) }
    }

    /// Somebody by a filter, where the uid is another attribute than the id.
    async fn alone(&self, uid: &str, ration: &Ration) -> Result<Listed, ResolverError> {
        let uids = [uid.to_owned()];
        let filter = filter::among(&self.people, &uids).and_then(|chunks| chunks.into_iter().next());
        let (_, filter) = filter.ok_or_else(|| ResolverError::from(Unlisted::Filter))?;
        Ok(self.among(&uids, &filter, ration).await?)
    }

    /// Those who are meant by a filter of uids. Somebody else in the answer: the server does not look at filters.
    async fn among(&self, uids: &[String], filter: &str, ration: &Ration) -> Result<Listed, Unlisted> {
        let mut foreign = false;
        let meant = |uid: &str| uids.iter().any(|asked| alike(asked, uid));
        let keep = |page: &[Entry]| {
            foreign |= !page.iter().all(|entry| meant(&entry.uid));
            !foreign
        };
        let listed = self.list(Some(filter), ration, keep).await?;
        if foreign || !listed.uids.iter().all(|uid| meant(uid)) { Err(Unlisted::Filter) } else { Ok(listed) }
    }

    /// Several in one question, where the server understands it.
    async fn together(&self, uids: &[String], ration: &Ration) -> Result<Option<Vec<Listed>>, ResolverError> {
        let Some(chunks) = filter::among(&self.people, uids).filter(|_| uids.len() > 1) else { return Ok(None) };
        let questions: Vec<_> = chunks.iter().map(|(uids, filter)| self.among(uids, filter, ration)).collect();
        match stream::iter(questions).buffer_unordered(AT_ONCE).try_collect().await {
            Ok(found) => Ok(Some(found)),
            Err(Unlisted::Failed(e)) => Err(e),
            Err(Unlisted::Filter) => {
                tracing::debug!("a SCIM server does not look people up by several ids at once");
                Ok(None)
            }
        }
    }

    /// Several in one question; one by one, some at the same time, at a server that does not understand it.
    pub(super) async fn by_uids(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        let (asked, ration) = (distinct(uids), Ration::new());
        if let [uid] = asked.as_slice() {
            return Ok(self.by_uid(uid, &ration).await?.into_iter().collect());
        }
        if let Some(found) = self.together(&asked, &ration).await? {
            let mut people: Vec<Entry> = found.into_iter().flat_map(|listed| listed.people).collect();
            people.retain(|entry| asked.binary_search(&entry.uid).is_ok());
            return Ok(people);
        }
        let questions: Vec<_> = asked.iter().map(|uid| self.by_uid_if_told(uid, &ration)).collect();
        let found: Vec<Option<Entry>> = stream::iter(questions).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Those of these uids who are there. Whoever is missing in a list is asked for alone.
    pub(super) async fn there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        let (asked, ration) = (distinct(uids), Ration::new());
        let listed = self.together(&asked, &ration).await?.unwrap_or_default();
        let told: HashSet<String> = listed.into_iter().flat_map(|listed| listed.uids).collect();
        let (there, left): (Vec<String>, Vec<String>) = asked.into_iter().partition(|uid| told.contains(uid));
        let mut there: HashSet<String> = there.into_iter().collect();
        let questions: Vec<_> = left.iter().map(|uid| self.is_there(uid, &ration)).collect();
        let told: Vec<bool> = stream::iter(questions).buffered(AT_ONCE).try_collect().await?;
        there.extend(left.into_iter().zip(told).filter_map(|(uid, told)| told.then_some(uid)));
        Ok(there)
    }

    pub(super) async fn by_filter(
        &self,
        filter: &Filter,
        page: Page,
        projection: Option<&[String]>,
    ) -> Result<Vec<Entry>, ResolverError> {
        shaped::check(filter, |name| self.people.theirs(name).is_some())?;
        let (said, ration) = (filter::search(&self.people, filter), Ration::new());
        let found = match self.list(said.as_deref(), &ration, |_| true).await {
            Err(Unlisted::Filter) => self.list(None, &ration, |_| true).await?,
            other => other?,
        };
        Ok(shaped::part(found.people, filter, page, projection))
    }
}
