//! What applications read about us before they ask.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderValue};

use super::answer;
use crate::app::App;

/// The discovery document (OpenID Connect Discovery 1.0 section 4, RFC 8414).
pub async fn discovery(State(app): State<App>) -> Response {
    public(Json(app.oidc.metadata()).into_response(), "public, max-age=300")
}

/// The public signing keys (RFC 7517). A key is published long before it is used, so caching is safe.
pub async fn jwks(State(app): State<App>) -> Response {
    public(Json(app.oidc.jwks()).into_response(), "public, max-age=300")
}

fn public(mut response: Response, cache: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    answer::allow_any_origin(response.headers_mut());
    response
}
