//! On the way to a verb and back: merge parameters, identify the caller, run, put the outcome into its envelope, sign it.

use std::collections::BTreeMap;

use audit::{Door, Origin};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use mfa::operation::{Call, Caller};
use serde_json::{Map, Value};

use crate::app::App;
use crate::config::SignResponses;
use crate::http::{Area, Cx, Route, Who, failure};

use super::caller;
use super::envelope::{self, Frame, Reply};
use super::error::{ApiError, code};
use super::params::{self, Params};
use super::python_json;

/// A longer nonce is not echoed.
const LONGEST_NONCE: usize = 256;

/// What a verb comes to.
pub type Outcome = Result<Reply, ApiError>;

/// A request of the API, read and identified.
pub struct Request {
    /// The program.
    pub app: App,
    /// The HTTP request.
    pub cx: Cx,
    /// Who asks.
    pub caller: Caller,
    /// Merged parameters.
    pub params: Params,
    /// Where it comes from.
    pub origin: Origin,
    headers: HeaderMap,
    action: String,
}

impl Request {
    /// The request as a call of an operation.
    ///
    /// # Errors
    /// When the parameters are too many or too long.
    pub fn call(self) -> Result<(App, Call), ApiError> {
        let params = mfa::operation::Params::new(self.params).map_err(|e| ApiError::parameter(e.to_string()))?;
        let headers = self.headers;
        let call = Call::new(self.origin, self.caller, self.action, params).with_headers(move || comparable(&headers));
        Ok((self.app, call))
    }
}

/// The headers that policies may compare: no credentials.
fn comparable(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (name, value) in headers {
        if let Ok(value) = value.to_str() {
            texts.entry(name.as_str().to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    for secret in ["authorization", "pi-authorization", "cookie", "x-api-key"] {
        texts.remove(secret);
    }
    texts
}

/// A route of the API with a handler of its own.
pub(super) fn verb<F, Fut>(method: Method, path: &'static str, who: Who, run: F) -> Route
where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Outcome> + Send + 'static,
{
    let action = format!("{method} {}", path.replace('{', "<").replace('}', ">"));
    let names = Route::names(path);
    let handler = move |raw: Raw| {
        let (run, action, names) = (run.clone(), action.clone(), names.clone());
        async move {
            let (app, params) = (raw.app.clone(), raw.params(&names));
            let nonce = nonce(&params);
            let outcome = match read(raw, params, who, &action).await {
                // Boxed here, so that the layers around it do not move all of its state.
                Ok(request) => Box::pin(run(request)).await,
                Err(error) => Err(error),
            };
            answer(&app, nonce.as_deref(), outcome)
        }
    };
    Route::new(method, path, Area::Api, who, handler)
}

/// A request before anything of it was believed.
pub(super) struct Raw {
    app: App,
    cx: Cx,
    /// Values of the path, in order.
    path: Vec<String>,
    query: String,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
}

impl FromRequest<App> for Raw {
    type Rejection = Response;
    async fn from_request(request: axum::extract::Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let cx = Cx::from_request_parts(&mut parts, app).await?;
        let path = match RawPathParams::from_request_parts(&mut parts, app).await {
            Ok(path) => path.iter().map(|(_, value)| value.to_owned()).collect(),
            Err(_) => Vec::new(),
        };
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let headers = std::mem::take(&mut parts.headers);
        let body = Bytes::from_request(axum::extract::Request::from_parts(parts, body), app).await;
        Ok(Self { app: app.clone(), cx, path, query, headers, body })
    }
}

impl Raw {
    /// The program.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// Everything that was given, merged. `names` are those of the path.
    pub(super) fn params(&self, names: &[&str]) -> Result<Params, ApiError> {
        let unreadable = |e: &BytesRejection| ApiError::new(e.status(), code::PARAMETER, "the body cannot be read");
        let body = self.body.as_ref().map_err(unreadable)?;
        let path = names.iter().map(|name| (*name).to_owned()).zip(self.path.iter().cloned()).collect();
        params::merge(&self.headers, &self.query, body, path)
    }
}

/// The nonce of a request; echoed also in errors.
pub(super) fn nonce(params: &Result<Params, ApiError>) -> Option<String> {
    params.as_ref().ok()?.get("nonce")?.as_str().filter(|n| n.len() <= LONGEST_NONCE).map(str::to_owned)
}

/// Identifies the caller. Who is not let in learns nothing about their parameters.
pub(super) async fn read(raw: Raw, params: Result<Params, ApiError>, who: Who, action: &str) -> Result<Request, ApiError> {
    let caller = caller::identify(&raw.app, &raw.headers, who).await?;
    let params = params?;
    let asserted = params.get("client").and_then(Value::as_str);
    let machines = action.ends_with(" /auth") || action.contains(" /validate/");
    let door = if machines { Door::Validate } else { Door::Api };
    let origin = raw.app.relayed_origin(&raw.cx, door, asserted);
    Ok(Request { app: raw.app, cx: raw.cx, caller, params, origin, headers: raw.headers, action: action.to_owned() })
}

/// The outcome in its envelope.
pub(super) fn answer(app: &App, nonce: Option<&str>, outcome: Outcome) -> Response {
    let frame = Frame { at: app.clock.now(), thread: std::process::id(), nonce };
    let (status, document) = match outcome {
        Ok(reply) => (StatusCode::OK, envelope::success(reply, frame)),
        Err(error) => (error.status, envelope::failure(&error, frame)),
    };
    match signed(app, nonce.is_some(), document) {
        Ok(text) => {
            let head = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
            (status, head, text).into_response()
        }
        Err(error) => failure::internal(&error.to_string()),
    }
}

/// The text of the document; with its signature over the text without it, if it is to be signed.
fn signed(app: &App, has_nonce: bool, document: Map<String, Value>) -> Result<String, keys::RingError> {
    let mut document = Value::Object(document);
    let wanted = match app.config.api.sign_responses {
        SignResponses::Always => true,
        SignResponses::Nonce => has_nonce,
        SignResponses::Never => false,
    };
    if wanted {
        document["signature"] = app.ring.sign_response(&python_json::text(&document))?.into();
    }
    Ok(python_json::text(&document))
}
