//! Questions (RFC 7644 sections 3.4.2 and 3.4.3): by the query of a GET, or by the body of `.search`.

use std::sync::Arc;

use mfa::scim::MAX_RESULTS;
use mfa::scim::client::Right;
use mfa::scim::ops::{FindGroups, FindUsers};
use mfa::scim::project::Projection;
use serde_json::{Map, Value};

use super::answer::{Outcome, Refusal, Reply, syntax};
use super::request::Request;
use super::resources::{Kind, part};

/// What is asked by names and texts, wherever they stood.
struct Asked {
    given: Map<String, Value>,
    projection: Projection,
}

const NAMES: &[&str] = &["filter", "sortBy", "sortOrder", "startIndex", "count"];

fn lists(given: &Map<String, Value>, name: &str) -> Vec<String> {
    let split = |text: &str| text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    match given.get(name) {
        Some(Value::String(text)) => split(text),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).flat_map(split).collect(),
        _ => Vec::new(),
    }
}

impl Asked {
    fn of(given: Map<String, Value>) -> Result<Self, Refusal> {
        let projection = Projection::new(lists(&given, "attributes"), lists(&given, "excludedAttributes"))?;
        Ok(Self { given, projection })
    }

    fn of_query(request: &Request) -> Result<Self, Refusal> {
        let known = |name: &str| NAMES.iter().chain(&["attributes", "excludedAttributes"]).find(|n| n.eq_ignore_ascii_case(name));
        let given =
            request.query.iter().filter_map(|(name, value)| Some(((*known(name)?).to_owned(), Value::from(value.clone()))));
        Self::of(given.collect())
    }

    /// A `SearchRequest` (RFC 7644 section 3.4.3).
    fn of_body(request: &Request) -> Result<Self, Refusal> {
        match request.json()? {
            Value::Object(given) => Self::of(given),
            _ => Err(syntax("A SearchRequest is a JSON object.")),
        }
    }

    fn number(&self, name: &str) -> Option<usize> {
        let number = match self.given.get(name)? {
            Value::Number(n) => n.as_i64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        Some(usize::try_from(number).unwrap_or(0))
    }

    fn start(&self) -> usize {
        self.number("startIndex").unwrap_or(1).max(1)
    }

    /// The page of one type.
    async fn find(&self, request: &Request, kind: Kind, changes: Vec<(&str, Value)>) -> Result<(usize, Vec<Value>), Refusal> {
        let given = NAMES.iter().filter_map(|name| Some((*name, self.given.get(*name)?.clone())));
        let mut params: Vec<(&str, Value)> = given.collect();
        let without = !self.projection.wants(kind.resource(), kind.related());
        params.push(("withoutRelated", Value::from(without)));
        params.extend(changes);
        let client = Arc::clone(&request.client);
        let found = match kind {
            Kind::User => request.perform(&FindUsers(client), params).await?,
            Kind::Group => request.perform(&FindGroups(client), params).await?,
        };
        let total = found["total"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let page = found["page"].as_array().map(|page| page.iter().map(|whole| part(kind, &self.projection, whole)).collect());
        Ok((total, page.unwrap_or_default()))
    }
}

/// What a request for one resource says about its parts.
///
/// # Errors
/// When it says too much.
pub(super) fn projection(request: &Request) -> Result<Projection, Refusal> {
    Ok(Asked::of_query(request)?.projection)
}

/// `GET /Users`, `GET /Groups`
pub(super) async fn query(request: Request, kind: Kind) -> Outcome {
    one_kind(&request, kind, &Asked::of_query(&request)?).await
}

/// `POST /Users/.search`, `POST /Groups/.search`
pub(super) async fn body(request: Request, kind: Kind) -> Outcome {
    one_kind(&request, kind, &Asked::of_body(&request)?).await
}

async fn one_kind(request: &Request, kind: Kind, asked: &Asked) -> Outcome {
    let (total, page) = asked.find(request, kind, Vec::new()).await?;
    Ok(Reply::list(total, asked.start(), &page))
}

/// `POST /.search`: users, and then groups, as far as the client may read them (RFC 7644 section 3.4.2.1).
pub(super) async fn everywhere(request: Request) -> Outcome {
    let asked = Asked::of_body(&request)?;
    let count = asked.number("count").unwrap_or(100).min(MAX_RESULTS);
    let (mut total, mut page) = (0, Vec::new());
    if request.client.demand(Right::ReadGroups).is_err() {
        request.client.demand(Right::ReadUsers)?;
    }
    for (kind, right) in [(Kind::User, Right::ReadUsers), (Kind::Group, Right::ReadGroups)] {
        if request.client.demand(right).is_err() {
            continue;
        }
        // What earlier types hold comes before this one.
        let start = asked.start().saturating_sub(total).max(1);
        let left = count.saturating_sub(page.len());
        let number = |n: usize| Value::from(u64::try_from(n).unwrap_or(u64::MAX));
        let changes = vec![("anyResource", Value::from(true)), ("startIndex", number(start)), ("count", number(left))];
        let (found, some) = asked.find(&request, kind, changes).await?;
        total += found;
        page.extend(some);
    }
    Ok(Reply::list(total, asked.start(), &page))
}
