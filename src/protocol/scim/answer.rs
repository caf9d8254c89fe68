//! Answers: resources with their entity tag and place, errors as RFC 7644 section 3.12 has them.

use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use kernel::Classified;
use mfa::operation::{Code, Failure};
use mfa::scim::error::{Kind, ScimError};
use mfa::scim::etag;
use serde_json::{Value, json};

use crate::http::failure;

/// The media type of SCIM (RFC 7644 section 8.1).
const SCIM: &str = "application/scim+json";

/// A successful answer.
#[derive(Debug, Default)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The body, if there is one.
    pub body: Option<Value>,
    /// The version of the resource.
    pub tag: Option<String>,
    /// Where it is.
    pub location: Option<String>,
}

impl Reply {
    /// A body with 200.
    pub fn of(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body), ..Self::default() }
    }

    /// A resource; its tag and place are in `meta`.
    pub fn resource(status: StatusCode, whole: &Value, shown: Value) -> Self {
        let meta = |name: &str| whole["meta"][name].as_str().map(str::to_owned);
        Self { status, body: Some(shown), tag: meta("version"), location: meta("location") }
    }

    /// Done, and nothing to show.
    pub fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, ..Self::default() }
    }

    /// A page of resources (RFC 7644 section 3.4.2).
    pub fn list(total: usize, start: usize, resources: &[Value]) -> Self {
        Self::of(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": resources.len(),
            "Resources": resources,
        }))
    }

    /// The same without a body, when the client has this version already (RFC 7644 section 3.14).
    #[must_use]
    pub fn unless_known(self, if_none_match: Option<&str>) -> Self {
        match (if_none_match, &self.tag) {
            (Some(header), Some(tag)) if etag::matches(header, tag) => {
                Self { status: StatusCode::NOT_MODIFIED, body: None, ..self }
            }
            _ => self,
        }
    }
}

/// A refused or failed request.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// `scimType`.
    pub scim_type: Option<String>,
    /// For the people behind the client.
    pub detail: String,
    /// When to come again, in seconds.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal without `scimType`.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into(), retry_after: None }
    }

    /// The failure of an operation.
    pub fn of(request: &str, failed: Failure) -> Self {
        failure::log(request, &failed);
        let told = |name: &str| failed.detail.as_ref().and_then(|detail| detail.get(name));
        let status = told("status").and_then(Value::as_u64).and_then(|s| u16::try_from(s).ok());
        let status = match status.and_then(|status| StatusCode::from_u16(status).ok()) {
            Some(status) => status,
            None if failed.code == Code::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            None => failure::status(failed.class()),
        };
        let usual = (status == StatusCode::BAD_REQUEST).then_some("invalidValue");
        let scim_type = told("scimType").and_then(Value::as_str).or(usual).map(str::to_owned);
        let retry_after = (status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE).then_some(5);
        Self { status, scim_type, detail: failed.message, retry_after }
    }

    /// The document.
    pub fn document(&self) -> Value {
        let mut out = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let Some(word) = &self.scim_type {
            out["scimType"] = json!(word);
        }
        out
    }
}

impl From<ScimError> for Refusal {
    fn from(e: ScimError) -> Self {
        let status = StatusCode::from_u16(e.kind.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Self { scim_type: e.kind.scim_type().map(str::to_owned), ..Self::new(status, e.detail) }
    }
}

/// A body that is no JSON.
pub fn syntax(detail: &str) -> Refusal {
    ScimError::new(Kind::InvalidSyntax, detail).into()
}

/// What a request comes to.
pub type Outcome = Result<Reply, Refusal>;

/// Renders what a request came to. Clients that know nothing of SCIM's own media type get JSON under its usual name.
pub fn rendered(headers: &HeaderMap, outcome: Outcome) -> Response {
    let accepts = |name: &str| headers.get_all(header::ACCEPT).iter().any(|v| v.to_str().is_ok_and(|v| v.contains(name)));
    let kind = if accepts("application/json") && !accepts(SCIM) { "application/json" } else { SCIM };
    let mut response = match outcome {
        Ok(reply) => success(reply, kind),
        Err(refusal) => refused(&refusal, kind),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn success(reply: Reply, kind: &'static str) -> Response {
    let mut response = match reply.body {
        Some(body) => (reply.status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response(),
        None => reply.status.into_response(),
    };
    let given = [(header::ETAG, reply.tag), (header::LOCATION, reply.location.filter(|_| reply.status == StatusCode::CREATED))];
    for (name, value) in given {
        set(&mut response, name, value);
    }
    response
}

/// Renders a refusal.
pub fn refused(refusal: &Refusal, kind: &'static str) -> Response {
    let mut response = (refusal.status, [(header::CONTENT_TYPE, kind)], refusal.document().to_string()).into_response();
    if refusal.status == StatusCode::UNAUTHORIZED {
        set(&mut response, header::WWW_AUTHENTICATE, Some("Bearer realm=\"SCIM\"".to_owned()));
    }
    set(&mut response, header::RETRY_AFTER, refusal.retry_after.map(|seconds| seconds.to_string()));
    response
}

/// What is not found, or not done so, below the base.
pub fn fallback(status: StatusCode, detail: &str) -> Response {
    refused(&Refusal::new(status, detail), SCIM)
}

fn set(response: &mut Response, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        response.headers_mut().insert(name, value);
    }
}
