//! Search: pages for the API, chunks for export. Every row that is shown was checked: its tag, and its links in the chain.

mod age;
mod columns;
pub mod csv;

use std::collections::BTreeMap;
use std::time::Duration;

use db::DbError;
use db::list::{Filter, ListQuery, Order};
use kernel::ids::AuditId;
use kernel::{Class, Classified, Timestamp};
use serde_json::{Map, Value};

pub use age::parse_age;
pub use columns::{COLUMNS, Column};

use crate::chain::{Chain, Link};
use crate::entry::Entry;
use crate::{SETTLE, store};

/// Counting takes so long at most; then the count says how many there are at least.
const COUNT_TIME: Duration = Duration::from_secs(2);
/// Rows of a page at most.
const PAGE_SIZE: u64 = 1000;

/// A search cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// A filter makes no sense; the text says which and why.
    #[error("{0}")]
    Filter(String),
    /// The database fails.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Classified for SearchError {
    fn class(&self) -> Class {
        match self {
            Self::Filter(_) => Class::Invalid,
            Self::Db(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Filter(_) => "audit_filter",
            Self::Db(e) => e.code(),
        }
    }
}

/// What is looked for.
#[derive(Clone)]
#[must_use]
pub struct Search {
    filters: Vec<Filter>,
    filtered: bool,
    order: Order,
    page: u64,
    size: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self { filters: Vec::new(), filtered: false, order: Order::Descending, page: 1, size: 15 }
    }
}

impl Search {
    /// Everything, newest first, in pages of 15.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is a column of this name.
    pub fn knows(column: &str) -> bool {
        columns::column(column).is_some()
    }

    /// Only entries whose column matches the pattern: `*` stands for any text, a leading `!` negates.
    ///
    /// # Errors
    /// [`SearchError::Filter`] when there is no such column or the pattern does not suit it.
    pub fn filter(mut self, column: &str, pattern: &str) -> Result<Self, SearchError> {
        let found = columns::column(column).ok_or_else(|| SearchError::Filter(format!("there is no column {column}")))?;
        let filter = found.filter(pattern).map_err(SearchError::Filter)?;
        if pattern != "*" {
            self.filters.push(filter);
            self.filtered = true;
        }
        Ok(self)
    }

    /// Only entries with exactly this text; for what the caller is allowed to see.
    ///
    /// # Errors
    /// [`SearchError::Filter`] when there is no such column of text.
    pub fn only(mut self, column: &str, text: &str) -> Result<Self, SearchError> {
        let filter = columns::column(column).and_then(|c| c.exactly(text));
        self.filters.push(filter.ok_or_else(|| SearchError::Filter(format!("there is no column of text {column}")))?);
        self.filtered = true;
        Ok(self)
    }

    /// Only entries with one of these texts; for what the caller is allowed to see.
    ///
    /// # Errors
    /// [`SearchError::Filter`] when there is no such column of text.
    pub fn one_of(mut self, column: &str, texts: &[String]) -> Result<Self, SearchError> {
        let filter = columns::column(column).and_then(|c| c.one_of(texts));
        self.filters.push(filter.ok_or_else(|| SearchError::Filter(format!("there is no column of text {column}")))?);
        self.filtered = true;
        Ok(self)
    }

    /// Only entries made at this moment or later.
    pub fn since(mut self, at: Timestamp) -> Self {
        self.filters.push(Filter::at_least("id", AuditId::first_of(at)));
        self.filtered = true;
        self
    }

    /// The page (from 1) of pages with `size` (1 to 1000) entries.
    pub fn page(mut self, page: u64, size: u64) -> Self {
        (self.page, self.size) = (page.max(1), size.clamp(1, PAGE_SIZE));
        self
    }

    /// Oldest or newest first.
    pub fn sort(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    fn list(&self) -> ListQuery {
        let list = ListQuery::new("audit_entry", store::entry::COLUMNS).order_by("id", self.order);
        self.filters.iter().cloned().fold(list, ListQuery::filter)
    }
}

/// An entry that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The entry.
    pub entry: Entry,
    /// Its position in the chain; what it will be, while it is not sealed yet.
    pub number: i64,
    /// Its tag belongs to its content.
    pub genuine: bool,
    /// It stands in the chain, right behind its predecessor; or is too young for it.
    pub in_line: bool,
    /// It stands in the chain.
    pub sealed: bool,
}

impl Found {
    /// The columns of the wire format.
    pub fn to_json(&self) -> Map<String, Value> {
        COLUMNS.iter().map(|column| (column.name.to_owned(), (column.value)(self))).collect()
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its entries.
    pub entries: Vec<Found>,
    /// How many entries there are in all pages.
    pub count: u64,
    /// Number of this page.
    pub current: u64,
    /// The page before, if there is one.
    pub prev: Option<u64>,
    /// The page after, if there is one.
    pub next: Option<u64>,
}

impl Chain {
    /// One page.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn search(&self, search: &Search, now: Timestamp) -> Result<Page, SearchError> {
        let rows = search.list().page(search.page, search.size).rows(&self.audit.db).await?;
        let shown = (search.page - 1).saturating_mul(search.size) + rows.len() as u64;
        let full = rows.len() as u64 == search.size;
        let count = self.count(search, shown + u64::from(full)).await?.max(shown);
        Ok(Page {
            entries: self.examine(rows, now).await?,
            count,
            current: search.page,
            prev: (search.page > 1).then(|| search.page - 1),
            next: (count > shown).then_some(search.page + 1),
        })
    }

    /// Up to `limit` entries after the entry `after`: for export, where pages are of no use.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn chunk(
        &self,
        search: &Search,
        after: Option<AuditId>,
        limit: u64,
        now: Timestamp,
    ) -> Result<Vec<Found>, SearchError> {
        let mut list = search.list().limit(limit.clamp(1, PAGE_SIZE));
        if let Some(after) = after {
            list = list.after(None, after);
        }
        let rows = list.rows(&self.audit.db).await?;
        Ok(self.examine(rows, now).await?)
    }

    /// How many entries pass. Without filters the chain knows; with them counting has a time limit.
    async fn count(&self, search: &Search, at_least: u64) -> Result<u64, DbError> {
        if !search.filtered {
            let (first, head) = (store::chain::first(&self.audit.db).await?, store::chain::head(&self.audit.db).await?);
            if let (Some(first), Some(head)) = (first, head) {
                let sealed = u64::try_from(head.position - first.position + 1).unwrap_or(0);
                let newest = AuditId::parse(&head.entry).map_or(Timestamp::default(), AuditId::made_at);
                let from = AuditId::first_of(newest - self.config.look_back);
                return Ok(sealed + store::chain::count_unsealed(&self.audit.db, from).await?);
            }
        }
        match tokio::time::timeout(COUNT_TIME, search.list().count(&self.audit.db)).await {
            Ok(count) => count,
            Err(_) => Ok(at_least),
        }
    }

    /// Checks rows of entries against their tags and the chain.
    async fn examine(&self, rows: Vec<db::Row>, now: Timestamp) -> Result<Vec<Found>, DbError> {
        let entries: Vec<_> = rows.iter().map(|row| store::entry::read(row, 0)).collect::<Result<_, _>>()?;
        let db = &self.audit.db;
        let links = store::chain::of_entries(db, entries.iter().map(|(entry, _)| entry.id)).await?;
        let before = links.iter().map(|link| link.position - 1);
        let before = store::chain::of_positions(db, before).await?;
        let before: BTreeMap<i64, Link> = before.into_iter().map(|link| (link.position, link)).collect();
        let links: BTreeMap<String, Link> = links.into_iter().map(|link| (link.entry.clone(), link)).collect();
        let start = if links.values().any(|link| !before.contains_key(&(link.position - 1))) {
            // An anchor that cannot be read makes its neighbour look broken, which it is.
            self.anchor().await.ok()
        } else {
            None
        };
        let head = store::chain::head(db).await?.map_or(0, |link| link.position);
        let mut waiting: Vec<AuditId> =
            entries.iter().map(|(e, _)| e.id).filter(|id| !links.contains_key(&id.to_string())).collect();
        waiting.sort_unstable();
        let examined = entries.into_iter().map(|(entry, mac)| {
            let genuine = self.audit.tag_is_right(&entry, &mac);
            let Some(link) = links.get(&entry.id.to_string()) else {
                let rank = waiting.iter().position(|id| *id == entry.id).unwrap_or(0);
                let number = head + 1 + i64::try_from(rank).unwrap_or(0);
                let in_line = now.since(entry.record.at) < SETTLE;
                return Found { entry, number, genuine, in_line, sealed: false };
            };
            let previous = match before.get(&(link.position - 1)) {
                Some(previous) => Some(previous.link.as_str()),
                None => start.as_ref().filter(|s| s.position == link.position - 1).map(|s| s.link.as_str()),
            };
            let in_line = previous.is_some_and(|previous| self.follows(previous, link)) && link.mac == mac;
            Found { number: link.position, genuine, in_line, entry, sealed: true }
        });
        Ok(examined.collect())
    }
}

#[cfg(test)]
mod tests;
