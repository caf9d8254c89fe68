//! Questions about many resources (RFC 7644 section 3.4.2): filter, order and page, and how they are answered within bounds.

use std::cmp::Ordering;
use std::time::Duration;

use kernel::clock::Stopwatch;
use serde_json::Value;

use super::error::{Kind, ScimError};
use super::filter::{Filter, Within};
use super::path::Path;
use super::schema::Resource;
use super::{MAX_RESULTS, Object};
use crate::operation::{Failure, FromParams, ParamError, Params};

/// Resources on a page when the client does not say.
const USUAL: usize = 100;
/// How long a question may take that no index answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// Resources that are put in order at most.
const MOST_SORTED: usize = 20_000;

/// A question as it was asked.
#[derive(Clone, Debug)]
pub struct Query {
    /// The filter.
    pub filter: Option<String>,
    /// By what the answers are ordered.
    pub sort_by: Option<String>,
    /// The largest first.
    pub descending: bool,
    /// How many to pass over.
    pub skip: usize,
    /// How many are wanted.
    pub count: usize,
    /// Other types of resource are asked as well: attributes that this one does not have have no value.
    pub any_resource: bool,
    /// Whether the attribute that costs most is wanted: the groups of a user, the members of a group.
    pub wants_related: bool,
}

impl FromParams for Query {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        // A start below 1 is 1, a count below 0 is 0 (section 3.4.2.4).
        let number = |name: &str| params.number(name, i64::MIN..=i64::MAX);
        let start = usize::try_from(number("startIndex")?.unwrap_or(1)).unwrap_or(1).max(1);
        let count = number("count")?.map_or(USUAL, |count| usize::try_from(count).unwrap_or(0));
        let descending = match params.optional("sortOrder")? {
            Some(order) if order.eq_ignore_ascii_case("descending") => true,
            Some(order) if order.eq_ignore_ascii_case("ascending") => false,
            Some(_) => return Err(ParamError::wrong("sortOrder", "ascending or descending is expected")),
            None => false,
        };
        Ok(Self {
            filter: params.optional("filter")?,
            sort_by: params.optional("sortBy")?,
            descending,
            skip: start - 1,
            count: count.min(MAX_RESULTS),
            any_resource: params.flag("anyResource"),
            wants_related: !params.flag("withoutRelated"),
        })
    }
}

/// A question that was understood.
pub struct Asked {
    /// The filter.
    pub filter: Option<Filter>,
    /// By what the answers are ordered.
    pub sort: Option<Path>,
}

impl Query {
    /// Reads filter and order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(&self, resource: &'static Resource) -> Result<Asked, ScimError> {
        let within = if self.any_resource { Within::AnyResource(resource) } else { Within::Resource(resource) };
        let filter = self.filter.as_deref().map(|text| Filter::parse(text, within)).transpose()?;
        let sort = match self.sort_by.as_deref().map(|name| resource.path(name)) {
            Some(None) if !self.any_resource => {
                return Err(ScimError::new(Kind::InvalidPath, "sortBy names no attribute of this resource."));
            }
            found => found.flatten(),
        };
        Ok(Asked { filter, sort })
    }
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// How many there are.
    pub total: usize,
    /// Those on the page.
    pub page: Vec<Object>,
}

/// Gathers a page out of resources that come one after the other.
pub struct Gathering<'q> {
    query: &'q Query,
    asked: &'q Asked,
    watch: Stopwatch,
    found: Found,
}

impl<'q> Gathering<'q> {
    /// Nothing gathered yet.
    pub fn new(query: &'q Query, asked: &'q Asked) -> Self {
        Self { query, asked, watch: Stopwatch::start(), found: Found::default() }
    }

    /// Looks at one resource.
    ///
    /// # Errors
    /// When there are too many to put in order.
    pub fn look(&mut self, resource: Object) -> Result<(), ScimError> {
        if self.asked.filter.as_ref().is_some_and(|filter| !filter.admits(&resource)) {
            return Ok(());
        }
        let at = self.found.total;
        self.found.total += 1;
        if self.asked.sort.is_some() {
            if at >= MOST_SORTED {
                return Err(too_many());
            }
            self.found.page.push(resource);
        } else if at >= self.query.skip && self.found.page.len() < self.query.count {
            self.found.page.push(resource);
        }
        Ok(())
    }

    /// Goes on only while the question has not taken too long.
    ///
    /// # Errors
    /// [`Kind::TooMany`] when it has.
    pub fn go_on(&self) -> Result<(), Failure> {
        if self.watch.elapsed() > PATIENCE { Err(too_many().into()) } else { Ok(()) }
    }

    /// The page.
    pub fn finish(mut self) -> Found {
        if let Some(path) = &self.asked.sort {
            let descending = self.query.descending;
            self.found.page.sort_by(|a, b| {
                let order = order(path, a, b);
                if descending { order.reverse() } else { order }
            });
            self.found.page = self.found.page.into_iter().skip(self.query.skip).take(self.query.count).collect();
        }
        self.found
    }
}

fn too_many() -> ScimError {
    ScimError::new(Kind::TooMany, "This takes too long. Filter by userName, externalId, id or displayName, or ask for less.")
}

/// Ascending, whoever has no value last (section 3.4.2.3).
fn order(path: &Path, a: &Object, b: &Object) -> Ordering {
    let key = |resource: &Object| {
        let values = path.values(resource);
        let leaf = path.leaf()?;
        let first = values.iter().find(|value| value["primary"] == true).or(values.first())?;
        let value = if path.attr.subs.is_empty() { *first } else { first.get(leaf.name)? };
        match value {
            Value::String(text) if leaf.exact => Some(text.clone()),
            Value::String(text) => Some(text.to_lowercase()),
            Value::Bool(b) => Some(b.to_string()),
            _ => None,
        }
    };
    match (key(a), key(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
