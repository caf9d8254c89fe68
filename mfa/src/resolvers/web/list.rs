//! Many people: pages, and questions for several at once.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value};

use super::advanced::Advanced;
use super::answer;
use super::manner::{Paging, Query};
use super::ration::Ration;
use super::request::{Prepared, Request};
use super::response::ResponseMap;
use super::template::Values;
use super::{alike, path, shaped};
use crate::people::Attribute;
use crate::resolvers::{Entry, Filter, Page, ResolverError};

/// People of one answer at most.
pub(in crate::resolvers) const MOST: usize = 10_000;
/// Pages of one list at most.
const MAX_PAGES: usize = 200;
/// Questions to one store at the same time, for the sake of one question to us.
pub(in crate::resolvers) const AT_ONCE: usize = 8;
/// Groups of one person at most.
const MAX_GROUPS: usize = 1_000;
/// The records of an answer, the link to the next ones, and whether the response mapping is still to be applied to each.
fn records(document: Value, request: &Request) -> Option<(Vec<Value>, Option<String>, bool)> {
    let is_list = |value: &Value| matches!(value, Value::Array(list) if list.iter().all(Value::is_object));
    let next = document.get("@odata.nextLink").and_then(Value::as_str).map(str::to_owned);
    if let Value::Array(list) = document {
        return Some((list, next, true));
    }
    let mapped = request.response.paths().find_map(|(_, at)| path::find(&document, at).filter(is_list));
    if let Some(Value::Array(list)) = mapped {
        return Some((list, next, false));
    }
    let Value::Object(members) = document else { return None };
    let mut lists = members.into_iter().filter(|(_, value)| is_list(value));
    match (lists.next(), lists.next()) {
        (Some((_, Value::Array(list))), None) => Some((list, next, true)),
        _ => None,
    }
}

/// What a list is asked for.
struct Wanted<'a> {
    /// Parameters.
    query: &'a Query,
    /// Those of questions for people go with them.
    fields: bool,
    /// Records at most.
    most: usize,
}

/// The records of a list.
struct Listed {
    records: Vec<Value>,
    /// The response mapping is still to be applied to each.
    map: bool,
    /// There are no further ones.
    whole: bool,
}

impl Advanced {
    /// The records that a request finds, page by page.
    async fn pages(
        &self,
        request: &Request,
        values: &Values,
        wanted: Wanted<'_>,
        ration: &Ration,
    ) -> Result<Listed, ResolverError> {
        let Wanted { query, fields, most } = wanted;
        let (mut all, mut map, mut link, mut seen) = (Vec::new(), true, None::<String>, HashSet::new());
        let (paging, hasher, mut whole) = (self.manner.paging(), RandomState::new(), false);
        for _ in 0..MAX_PAGES {
            let prepared = match &link {
                Some(link) => Some(follow(request, link, values)?),
                None => request.prepare(values, &self.first(request, query, fields, all.len()), Map::new()),
            };
            let Some(prepared) = prepared else { break };
            let answer = self.channel.call(&prepared).await?;
            ration.take(&answer)?;
            if fields && self.manner.asks_less(&answer) {
                continue;
            }
            let document = answer::document(&answer)?;
            if answer::is_failure(request, &document) {
                return Err(ResolverError::Unavailable("it answers with what is configured as a failure".to_owned()));
            }
            let unusable = || ResolverError::Unavailable("its answer holds no list".to_owned());
            let (page, next, apply) = records(document, request).ok_or_else(unusable)?;
            let full = matches!(paging, Paging::FirstMax(size) if page.len() >= size);
            map = apply;
            // A store that does not know of pages sends the first one for ever.
            let before = all.len();
            all.extend(page.into_iter().filter(|record| seen.insert(hasher.hash_one(record.to_string()))));
            link = next;
            whole = all.len() == before || !(full || link.is_some());
            if whole || all.len() >= most {
                break;
            }
        }
        whole &= all.len() <= most;
        all.truncate(most);
        Ok(Listed { records: all, map, whole })
    }

    fn first(&self, request: &Request, query: &Query, fields: bool, skip: usize) -> Query {
        let mut query = query.clone();
        if let Paging::FirstMax(size) = self.manner.paging() {
            query.extend([("first".to_owned(), skip.to_string()), ("max".to_owned(), size.to_string())]);
        }
        if fields {
            query.extend(self.manner.fields(&self.config).into_iter().filter(|(name, _)| !request.asks(name)));
        }
        query
    }

    /// The people of a list.
    pub(super) async fn listed(
        &self,
        request: &Request,
        values: &Values,
        query: &Query,
        ration: &Ration,
    ) -> Result<Vec<Entry>, ResolverError> {
        let wanted = Wanted { query, fields: true, most: MOST };
        let Listed { records, map, .. } = self.pages(request, values, wanted, ration).await?;
        let none = ResponseMap::default();
        let response = if map { &request.response } else { &none };
        let standing = |record: &Value| self.manner.standing(record);
        Ok(records.iter().filter_map(|record| self.config.people.entry(record, response, standing(record))).collect())
    }

    /// Everybody who meets a filter. What the store finds beyond it is left out.
    pub(super) async fn by_filter(
        &self,
        filter: &Filter,
        page: Page,
        projection: Option<&[String]>,
    ) -> Result<Vec<Entry>, ResolverError> {
        let known = self.names();
        shaped::check(filter, |name| known.iter().any(|known| known == name))?;
        let plain = |name: &str| {
            let found = filter.conditions.iter().find(|(known, pattern)| known == name && !pattern.contains('*'));
            found.map(|(_, pattern)| pattern.as_str())
        };
        let found = match (plain("userid"), plain("username"), &self.config.list) {
            // Who is looked for in a list is not there, if the store does not say so.
            (Some(uid), ..) => match self.by_uids(&[uid.to_owned()]).await {
                Err(ResolverError::Unclear(_)) => Vec::new(),
                found => found?,
            },
            (None, Some(login), _) => self.by_login(login).await?.into_iter().collect(),
            (None, None, Some(request)) => {
                let exact = filter.conditions.iter().filter(|(_, pattern)| !pattern.is_empty() && !pattern.contains('*'));
                let values = Values::of(exact.map(|(name, pattern)| (name.as_str(), pattern.as_str())));
                self.listed(request, &values, &self.manner.conditions(&self.config, filter), &Ration::new()).await?
            }
            (None, None, None) => return Err(ResolverError::Unsupported("config_get_user_list is not configured.")),
        };
        Ok(shaped::part(found, filter, page, projection))
    }

    /// The people with these uids: several in one question where the store knows how, otherwise some at the same time.
    pub(super) async fn by_uids(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        let asked = distinct(uids);
        let ration = Ration::new();
        let mut found: Vec<Entry> = match self.batched(&asked, &ration).await? {
            Some(found) => found,
            None if asked.len() == 1 => self.by_uid_within(&asked[0], &ration).await?.into_iter().collect(),
            None => {
                let questions: Vec<_> = asked.iter().map(|uid| self.by_uid_if_told(uid, &ration)).collect();
                let found: Vec<Option<Entry>> = stream::iter(questions).buffer_unordered(AT_ONCE).try_collect().await?;
                found.into_iter().flatten().collect()
            }
        };
        found.retain(|entry| asked.binary_search(&entry.uid).is_ok());
        for entry in &found {
            self.logins.insert(entry.uid.clone(), entry.login.as_str().into()).await;
        }
        // The groups of many would be a question for each of them.
        match (found.pop(), uids.len()) {
            (Some(entry), 1) => Ok(vec![self.with_groups(entry).await?]),
            (last, _) => Ok(found.into_iter().chain(last).collect()),
        }
    }

    /// The people with these uids by the list, where the store can be asked for several; what it does not tell is not known.
    async fn batched(&self, uids: &[String], ration: &Ration) -> Result<Option<Vec<Entry>>, ResolverError> {
        let Some(request) = self.config.list.as_ref().filter(|_| uids.len() > 1) else { return Ok(None) };
        let Some(batches) = self.manner.batches(&self.config, uids) else { return Ok(None) };
        // A request that has such a parameter already would be asked for everybody.
        if batches.iter().flatten().any(|(name, _)| request.asks(name)) {
            return Ok(None);
        }
        let nobody = Values::default();
        let questions: Vec<_> = batches.iter().map(|query| self.listed(request, &nobody, query, ration)).collect();
        stream::iter(questions).buffer_unordered(AT_ONCE).try_concat().await.map(Some)
    }

    /// Those of these uids who are there. A list may leave somebody out; whoever is not in it is asked for alone.
    pub(super) async fn there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        let asked = distinct(uids);
        let ration = Ration::new();
        let listed = self.batched(&asked, &ration).await?.unwrap_or_default();
        let mut there: HashSet<String> = listed.into_iter().map(|entry| entry.uid).collect();
        there.retain(|uid| asked.binary_search(uid).is_ok());
        let left: Vec<String> = asked.iter().filter(|uid| !there.contains(*uid)).cloned().collect();
        let questions: Vec<_> = left.iter().map(|uid| self.is_there(uid, &ration)).collect();
        let told: Vec<bool> = stream::iter(questions).buffered(AT_ONCE).try_collect().await?;
        there.extend(left.into_iter().zip(told).filter_map(|(uid, told)| told.then_some(uid)));
        Ok(there)
    }

    /// Adds the groups to an entry, where they are wanted.
    ///
    /// # Errors
    /// When they cannot be read, or are too many: without its groups a person would be somebody else to policies.
    pub(super) async fn with_groups(&self, mut entry: Entry) -> Result<Entry, ResolverError> {
        let Some(groups) = &self.config.groups else { return Ok(entry) };
        let values = Values::of([("userid", entry.uid.as_str()), ("username", entry.login.as_str())]);
        let (nothing, ration) = (Query::new(), Ration::new());
        let wanted = Wanted { query: &nothing, fields: false, most: MAX_GROUPS };
        let Listed { records, whole, .. } = self.pages(&groups.request, &values, wanted, &ration).await?;
        if !whole {
            let why = format!("somebody has more than {MAX_GROUPS} groups, or they cannot be asked for");
            return Err(ResolverError::Unclear(why));
        }
        let groups_of = records.iter().filter(|record| self.manner.is_group(record));
        let names = groups_of.filter_map(|record| path::find(record, &groups.name)?.as_str().map(str::to_owned));
        let mut names: Vec<String> = names.filter(|name| !name.is_empty() && !name.contains('\0')).collect();
        names.sort();
        names.dedup();
        entry.attributes.insert(groups.key.clone(), Attribute::List(names));
        Ok(entry)
    }

    /// Of several records that an answer may hold, the one that is meant: the name is one of those by which people may be called here.
    pub(super) fn meant(&self, found: Vec<Entry>, login: &str) -> Option<Entry> {
        let by = self.config.called_by;
        let is = |entry: &Entry| {
            let email = entry.attributes.get("email").filter(|_| by.email).map(Attribute::texts).unwrap_or_default();
            (by.login && alike(&entry.login, login))
                || (by.uid && alike(&entry.uid, login))
                || email.iter().any(|email| alike(email, login))
        };
        let (exact, other): (Vec<Entry>, Vec<Entry>) = found.into_iter().filter(is).partition(|entry| entry.login == login);
        let mut candidates = if exact.is_empty() { other } else { exact };
        candidates.dedup_by(|one, other| one.uid == other.uid);
        if candidates.len() > 1 {
            tracing::warn!("several records answer to the same login name: it is nobody's");
            return None;
        }
        candidates.pop()
    }
}

/// The uids that somebody can have, each once, in order.
pub(in crate::resolvers) fn distinct(uids: &[String]) -> Vec<String> {
    let distinct: BTreeSet<&String> = uids.iter().filter(|uid| super::plausible(uid)).collect();
    distinct.into_iter().cloned().collect()
}

/// The request for the next page: with the headers of the first, and only where the first one went.
fn follow(request: &Request, link: &str, values: &Values) -> Result<Prepared, ResolverError> {
    let elsewhere = || ResolverError::Unavailable("the next page of its list is elsewhere, where we do not go".to_owned());
    let parsed = url::Url::parse(link).map_err(|_| elsewhere())?;
    let first = url::Url::parse(request.origin()).map_err(|_| elsewhere())?;
    if request.method() != "GET" || parsed.origin() != first.origin() || !parsed.username().is_empty() {
        return Err(elsewhere());
    }
    let mut next = request.prepare(values, &[], Map::new()).ok_or_else(elsewhere)?;
    next.url = kernel::SecretText::new(link);
    Ok(next)
}
