//! Many people: pages, and questions for several at once.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value};

use super::advanced::Advanced;
use super::answer;
use super::manner::{Paging, Query};
use super::request::{Prepared, Request};
use super::response::ResponseMap;
use super::template::Values;
use super::{alike, path};
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
/// Longer patterns are refused: each star may cost a pass over the text.
const LONGEST_PATTERN: usize = 512;

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

impl Advanced {
    /// The records that a request finds, page by page, and whether the response mapping is still to be applied to them. With `fields`,
    /// the parameters of questions for people go with it.
    pub(super) async fn pages(
        &self,
        request: &Request,
        values: &Values,
        (query, fields): (&Query, bool),
        most: usize,
    ) -> Result<(Vec<Value>, bool), ResolverError> {
        let (mut all, mut map, mut link, mut seen) = (Vec::new(), true, None::<String>, HashSet::new());
        let paging = self.manner.paging();
        for _ in 0..MAX_PAGES {
            let prepared = match &link {
                Some(link) => Some(follow(request, link, values)?),
                None => request.prepare(values, &self.first(request, query, fields, all.len()), Map::new()),
            };
            let Some(prepared) = prepared else { return Ok((all, map)) };
            let answer = self.channel.call(&prepared).await?;
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
            all.extend(page.into_iter().filter(|record| seen.insert(record.to_string())));
            link = next;
            if all.len() == before || all.len() >= most || !(full || link.is_some()) {
                break;
            }
        }
        all.truncate(most);
        Ok((all, map))
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
    pub(super) async fn listed(&self, request: &Request, values: &Values, query: &Query) -> Result<Vec<Entry>, ResolverError> {
        let (records, map) = self.pages(request, values, (query, true), MOST).await?;
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
        for (name, pattern) in &filter.conditions {
            if !matches!(name.as_str(), "username" | "userid") && !known.contains(name) {
                return Err(ResolverError::Refused(format!("This resolver has no attribute `{name}`.")));
            }
            if pattern.len() > LONGEST_PATTERN {
                return Err(ResolverError::Refused("The pattern is too long.".to_owned()));
            }
        }
        let plain = |name: &str| {
            let found = filter.conditions.iter().find(|(known, pattern)| known == name && !pattern.contains('*'));
            found.map(|(_, pattern)| pattern.as_str())
        };
        let mut found = match (plain("userid"), plain("username"), &self.config.list) {
            (Some(uid), ..) => self.by_uids(&[uid.to_owned()]).await?,
            (None, Some(login), _) => self.by_login(login).await?.into_iter().collect(),
            (None, None, Some(request)) => {
                let exact = filter.conditions.iter().filter(|(_, pattern)| !pattern.is_empty() && !pattern.contains('*'));
                let values = Values::of(exact.map(|(name, pattern)| (name.as_str(), pattern.as_str())));
                self.listed(request, &values, &self.manner.conditions(&self.config, filter)).await?
            }
            (None, None, None) => return Err(ResolverError::Unsupported("config_get_user_list is not configured.")),
        };
        found.retain(|entry| filter.admits(entry));
        found.sort_by_cached_key(|entry| (entry.login.to_lowercase(), entry.uid.clone()));
        found.dedup_by(|one, other| one.uid == other.uid);
        let keep = |mut entry: Entry| {
            if let Some(wanted) = projection {
                entry.attributes.retain(|name, _| wanted.contains(name));
            }
            entry
        };
        Ok(found.into_iter().skip(page.skip).take(page.limit).map(keep).collect())
    }

    /// The people with these uids: several in one question where the store knows how, otherwise some at the same time.
    pub(super) async fn by_uids(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        let asked: HashSet<&String> = uids.iter().filter(|uid| super::plausible(uid)).collect();
        let mut asked: Vec<String> = asked.into_iter().cloned().collect();
        asked.sort();
        let batches = if asked.len() > 1 { self.manner.batches(&self.config, &asked) } else { None };
        let mut found: Vec<Entry> = match (batches, &self.config.list) {
            (Some(batches), Some(request)) => {
                let nobody = Values::default();
                let questions: Vec<_> = batches.iter().map(|query| self.listed(request, &nobody, query)).collect();
                stream::iter(questions).buffer_unordered(AT_ONCE).try_concat().await?
            }
            _ => {
                let questions: Vec<_> = asked.iter().map(|uid| self.by_uid(uid)).collect();
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

    /// Adds the groups to an entry, where they are wanted.
    ///
    /// # Errors
    /// When they cannot be read: without its groups a person would be somebody else to policies.
    pub(super) async fn with_groups(&self, mut entry: Entry) -> Result<Entry, ResolverError> {
        let Some(groups) = &self.config.groups else { return Ok(entry) };
        let values = Values::of([("userid", entry.uid.as_str()), ("username", entry.login.as_str())]);
        let (records, _) = self.pages(&groups.request, &values, (&Query::new(), false), MAX_GROUPS).await?;
        let groups_of = records.iter().filter(|record| self.manner.is_group(record));
        let names = groups_of.filter_map(|record| path::find(record, &groups.name)?.as_str().map(str::to_owned));
        let mut names: Vec<String> = names.filter(|name| !name.is_empty() && !name.contains('\0')).collect();
        names.sort();
        names.dedup();
        entry.attributes.insert(groups.key.clone(), Attribute::List(names));
        Ok(entry)
    }

    /// Of several records that an answer may hold, the one that is meant.
    pub(super) fn meant(&self, found: Vec<Entry>, login: &str) -> Option<Entry> {
        let is = |entry: &Entry| {
            let email = entry.attributes.get("email").map(Attribute::texts).unwrap_or_default();
            alike(&entry.login, login) || alike(&entry.uid, login) || email.iter().any(|email| alike(email, login))
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
