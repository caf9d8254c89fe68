//! On the way to a function and back: who asks, what is in path, query and body.

use std::collections::BTreeMap;
use std::sync::Arc;

use audit::{Door, Origin};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use mfa::operation::{Call, Caller, Operation, Params, perform};
use mfa::scim::client::Client;
use serde_json::Value;

use crate::app::App;
use crate::http::{Area, Cx, Route, Who};

use super::answer::{self, Outcome, Refusal, rendered};
use super::auth;

/// Lists and objects within each other in a body at most. A resource needs five.
const MAX_DEPTH: usize = 16;

/// A request of a client that was let in.
pub(super) struct Request {
    pub(super) app: App,
    pub(super) client: Arc<Client>,
    pub(super) headers: HeaderMap,
    /// What stands in the path behind the endpoint.
    pub(super) id: String,
    pub(super) query: Vec<(String, String)>,
    body: Bytes,
    origin: Origin,
    action: String,
}

/// A request of discovery, which anybody may make (RFC 7644 section 4).
pub(super) struct Question {
    pub(super) app: App,
    /// What stands in the path behind the endpoint.
    pub(super) id: String,
    pub(super) filtered: bool,
}

impl Request {
    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none, says that it is something else, or is nested too deeply.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("application/scim+json");
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !matches!(kind.as_str(), "application/scim+json" | "application/json") {
            let what = "The body must be application/scim+json or application/json.";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, what));
        }
        let json: Value = serde_json::from_slice(&self.body).map_err(|_| answer::syntax("The body is no JSON."))?;
        match within(&json, MAX_DEPTH) {
            true if json.is_null() => Err(answer::syntax("The body is empty.")),
            true => Ok(json),
            false => Err(answer::syntax("The body is nested too deeply.")),
        }
    }

    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// Performs an operation of the client.
    pub(super) async fn perform<O: Operation>(&self, op: &O, params: Vec<(&str, Value)>) -> Result<Value, Refusal> {
        self.perform_as(op, params, &self.action).await
    }

    /// As [`Request::perform`], for one of several in one request; `action` is what the audit shows.
    pub(super) async fn perform_as<O: Operation>(
        &self,
        op: &O,
        params: Vec<(&str, Value)>,
        action: &str,
    ) -> Result<Value, Refusal> {
        let params: BTreeMap<String, Value> = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let params = Params::new(params).map_err(|e| answer::syntax(&e.to_string()))?;
        let caller = Caller::Service(format!("scim:{}", self.client.name));
        let call = Call::new(self.origin.clone(), caller, action, params);
        let done = perform(&self.app.mfa, op, call).await.map_err(|failed| Refusal::of(&self.origin.request, failed))?;
        Ok(done.answer.value)
    }
}

fn within(value: &Value, left: usize) -> bool {
    match (value, left) {
        (Value::Array(_) | Value::Object(_), 0) => false,
        (Value::Array(items), left) => items.iter().all(|item| within(item, left - 1)),
        (Value::Object(members), left) => members.values().all(|member| within(member, left - 1)),
        _ => true,
    }
}

/// A request before anything of it was believed.
struct Raw {
    app: App,
    cx: Cx,
    id: String,
    query: String,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
}

impl FromRequest<App> for Raw {
    type Rejection = Response;
    async fn from_request(request: axum::extract::Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let cx = Cx::from_request_parts(&mut parts, app).await?;
        let id = match RawPathParams::from_request_parts(&mut parts, app).await {
            Ok(path) => path.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default(),
            Err(_) => String::new(),
        };
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let headers = parts.headers.clone();
        let body = Bytes::from_request(axum::extract::Request::from_parts(parts, body), app).await;
        Ok(Self { app: app.clone(), cx, id, query, headers, body })
    }
}

async fn read(raw: Raw, action: String) -> Result<Request, Refusal> {
    let origin = raw.app.origin(&raw.cx, Door::Scim);
    let client = auth::identify(&raw.app, &raw.headers, &origin).await?;
    let body = raw.body.map_err(|e| Refusal::new(e.status(), "The body cannot be read, or is too long."))?;
    let query = url::form_urlencoded::parse(raw.query.as_bytes()).into_owned().take(100).collect();
    Ok(Request { app: raw.app, client, headers: raw.headers, id: raw.id, query, body, origin, action })
}

/// A route for clients.
pub(super) fn verb<F, Fut>(method: Method, path: &'static str, run: F) -> Route
where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Outcome> + Send + 'static,
{
    let action = format!("{method} {}", path.replace('{', "<").replace('}', ">"));
    let handler = move |raw: Raw| {
        let (run, action) = (run.clone(), action.clone());
        async move {
            let headers = raw.headers.clone();
            let outcome = match read(raw, action).await {
                Ok(request) => run(request).await,
                Err(refusal) => Err(refusal),
            };
            rendered(&headers, outcome)
        }
    };
    Route::new(method, path, Area::Scim, Who::Provisioner, handler)
}

/// A route of discovery.
pub(super) fn open(path: &'static str, run: fn(Question) -> Outcome) -> Route {
    let handler = move |raw: Raw| async move {
        let filtered = url::form_urlencoded::parse(raw.query.as_bytes()).any(|(name, _)| name == "filter");
        rendered(&raw.headers, run(Question { app: raw.app, id: raw.id, filtered }))
    };
    Route::new(Method::GET, path, Area::Scim, Who::Anyone, handler)
}
