//! Answers to applications: JSON that is never cached, errors as OAuth wants them, CORS for applications in a browser.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use idp::oidc::Refusal;
use kernel::{Class, Classified};
use serde::Serialize;
use serde_json::json;

use crate::http::{Cx, failure};

/// 200 with a JSON object.
pub fn good(value: &impl Serialize) -> Response {
    with_headers((StatusCode::OK, Json(value)).into_response())
}

/// The refusal as RFC 6749 section 5.2 and RFC 6750 section 3 have it.
pub fn refusal(cx: &Cx, refusal: &Refusal) -> Response {
    failure::log(&cx.id, refusal);
    let body = json!({ "error": refusal.error(), "error_description": refusal.description() });
    let status = match refusal.class() {
        // RFC 6749 knows no conflict: whoever was slower holds a grant that is used up.
        Class::Conflict => StatusCode::BAD_REQUEST,
        class => failure::status(class),
    };
    let mut response = with_headers((status, Json(body)).into_response());
    if let Some(challenge) = refusal.www_authenticate().and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A request that is no form, or too long.
pub fn malformed() -> Response {
    let body = json!({ "error": "invalid_request", "error_description": "The request body is not a form." });
    with_headers((StatusCode::BAD_REQUEST, Json(body)).into_response())
}

/// These endpoints take no cookies, so any origin may call them: what counts is the token or the client's credentials.
pub fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    allow_any_origin(headers);
    response
}

/// See [`with_headers`].
pub fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
}

/// Answers a browser that asks whether an application may call.
pub async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    allow_any_origin(headers);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Authorization, Content-Type"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    response
}
