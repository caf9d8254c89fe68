//! What lets us in at a store: fetched once for all who need it, and kept while it holds.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kernel::outbound::Outbound;
use kernel::{Clock, SecretText, Timestamp};
use serde_json::Value;

use super::answer;
use super::request::{Prepared, Request};
use super::response::text_of;
use super::template::Values;
use crate::resolvers::ResolverError;

/// How long it is kept when the store does not say, and at most.
const USUAL: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3600);
/// A failure is told to all who ask within this time, instead of asking again for each.
const FAILED: Duration = Duration::from_secs(1);
/// A younger one that is refused is not the cause of the refusal.
const YOUNG: Duration = Duration::from_secs(60);

/// Headers of every request, and for how long.
pub(in crate::resolvers) struct Granted {
    pub(in crate::resolvers) headers: Vec<(String, SecretText)>,
    pub(in crate::resolvers) lasts: Duration,
}

impl Granted {
    /// A bearer token of an OAuth 2.0 token endpoint (RFC 6749, section 5.1).
    ///
    /// # Errors
    /// When the answer holds none.
    pub(in crate::resolvers) fn bearer(document: &Value) -> Result<Self, ResolverError> {
        let token = document.get("access_token").and_then(Value::as_str).filter(|token| sendable(token));
        let token = token.ok_or_else(|| ResolverError::Unavailable("its answer holds no token for us".to_owned()))?;
        Ok(Self {
            headers: vec![("authorization".to_owned(), SecretText::new(format!("Bearer {token}")))],
            lasts: lasts(document),
        })
    }
}

/// How long a token holds, as the answer says it.
fn lasts(document: &Value) -> Duration {
    let said = document.get("expires_in").and_then(|value| text_of(value)?.parse::<u64>().ok()).map(Duration::from_secs);
    said.unwrap_or(USUAL).min(LONGEST)
}

fn sendable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

/// How we are let in.
#[async_trait]
pub(in crate::resolvers) trait Grant: Send + Sync {
    /// Asks for it.
    async fn ask(&self, out: &Outbound) -> Result<Granted, ResolverError>;
}

/// Nothing is needed, or always the same.
pub(in crate::resolvers) struct Always(pub(in crate::resolvers) Vec<(String, SecretText)>);

#[async_trait]
impl Grant for Always {
    async fn ask(&self, _: &Outbound) -> Result<Granted, ResolverError> {
        Ok(Granted { headers: self.0.clone(), lasts: LONGEST })
    }
}

/// A request that is configured; its response mapping gives the headers.
pub(in crate::resolvers) struct Configured {
    pub(in crate::resolvers) request: Request,
    pub(in crate::resolvers) values: Values,
}

#[async_trait]
impl Grant for Configured {
    async fn ask(&self, out: &Outbound) -> Result<Granted, ResolverError> {
        let prepared = self.request.prepare(&self.values, &[], serde_json::Map::new());
        let prepared = prepared.ok_or_else(|| ResolverError::Unavailable("config_authorization lacks a value".to_owned()))?;
        let document = fetch(out, &prepared).await?;
        if answer::is_failure(&self.request, &document) {
            return Err(ResolverError::Unavailable("it refuses our account".to_owned()));
        }
        if self.request.response.is_empty() {
            return Granted::bearer(&document);
        }
        let mut headers = Vec::new();
        for (name, value) in self.request.response.apply(&document) {
            let value = text_of(&value).filter(|value| sendable(value));
            let value = value.ok_or_else(|| ResolverError::Unavailable(format!("its answer gives no header {name}")))?;
            headers.push((name.to_ascii_lowercase(), SecretText::new(value)));
        }
        match headers.len() == self.request.response.names().count() {
            true => Ok(Granted { headers, lasts: lasts(&document) }),
            false => Err(ResolverError::Unavailable("its answer holds no token for us".to_owned())),
        }
    }
}

/// The answer of a token endpoint.
///
/// # Errors
/// When it gives none; what it says of the cause is no secret.
pub(in crate::resolvers) async fn fetch(out: &Outbound, prepared: &Prepared) -> Result<Value, ResolverError> {
    let answer = out.send(prepared.call(&[])?).await.map_err(|e| answer::not_answered(&e))?;
    answer::document(&answer).map_err(|e| match e {
        ResolverError::Unavailable(what) => ResolverError::Unavailable(format!("we are not let in: {what}")),
        other => other,
    })
}

struct Held {
    headers: Vec<(String, SecretText)>,
    at: Timestamp,
    until: Timestamp,
}

/// What was fetched last.
pub(super) struct Tokens {
    grant: Box<dyn Grant>,
    clock: Clock,
    held: Mutex<Option<Arc<Held>>>,
    /// One asks at a time; the last failure, and when.
    turn: tokio::sync::Mutex<Option<(Timestamp, ResolverError)>>,
}

/// Headers that let us in.
pub(super) struct Pass(Arc<Held>);

impl Pass {
    pub(super) fn headers(&self) -> &[(String, SecretText)] {
        &self.0.headers
    }
}

impl Tokens {
    pub(super) fn new(grant: Box<dyn Grant>, clock: Clock) -> Self {
        Self { grant, clock, held: Mutex::new(None), turn: tokio::sync::Mutex::new(None) }
    }

    fn known(&self) -> Option<Pass> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        held.as_ref().filter(|held| held.at <= now && now < held.until).map(|held| Pass(Arc::clone(held)))
    }

    /// What is known, or what is fetched now, by one for all.
    pub(super) async fn pass(&self, out: &Outbound) -> Result<Pass, ResolverError> {
        if let Some(pass) = self.known() {
            return Ok(pass);
        }
        let mut failed = self.turn.lock().await;
        if let Some(pass) = self.known() {
            return Ok(pass);
        }
        let now = self.clock.now();
        if let Some((_, e)) = failed.as_ref().filter(|(at, _)| *at <= now && now.since(*at) < FAILED) {
            return Err(e.clone());
        }
        match self.grant.ask(out).await {
            Ok(granted) => {
                *failed = None;
                // A token that ends while it travels is of no use.
                let margin = (granted.lasts / 10).min(Duration::from_secs(30));
                let lasts = i64::try_from((granted.lasts - margin).as_micros()).unwrap_or(0);
                let held = Arc::new(Held { headers: granted.headers, at: now, until: Timestamp(now.0.saturating_add(lasts)) });
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&held));
                Ok(Pass(held))
            }
            Err(e) => {
                *failed = Some((self.clock.now(), e.clone()));
                Err(e)
            }
        }
    }

    /// That a request with this pass was refused: whether another one may help.
    pub(super) fn refused(&self, pass: &Pass) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let same = held.as_ref().is_some_and(|held| Arc::ptr_eq(held, &pass.0));
        if same && self.clock.now().since(pass.0.at) < YOUNG {
            return false;
        }
        if same {
            *held = None;
        }
        true
    }
}
