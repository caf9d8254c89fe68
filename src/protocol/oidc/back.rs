//! The endpoints that applications call themselves: token, UserInfo, introspection, revocation.

use audit::Door;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use idp::oidc::{Call, Params};

use super::answer;
use crate::app::App;
use crate::http::Cx;

/// Reads the form of a request. `None` when it is none.
fn form(headers: &HeaderMap, body: &str) -> Option<Params> {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    super::read(body).ok()
}

/// The header `Authorization`; a request with several of them is taken to have none that could be trusted.
fn authorization(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    }
}

/// The token endpoint (RFC 6749 section 3.2).
pub async fn token(State(app): State<App>, cx: Cx, headers: HeaderMap, body: String) -> Response {
    let Some(params) = form(&headers, &body) else { return answer::malformed() };
    let origin = app.origin(&cx, Door::Oidc);
    let call = Call { origin: &origin, authorization: authorization(&headers), params: &params };
    match app.oidc.token(call).await {
        Ok(tokens) => answer::good(&tokens),
        Err(refusal) => answer::refusal(&cx, &refusal),
    }
}

/// The introspection endpoint (RFC 7662).
pub async fn introspect(State(app): State<App>, cx: Cx, headers: HeaderMap, body: String) -> Response {
    let Some(params) = form(&headers, &body) else { return answer::malformed() };
    let origin = app.origin(&cx, Door::Oidc);
    let call = Call { origin: &origin, authorization: authorization(&headers), params: &params };
    match app.oidc.introspect(call).await {
        Ok(about) => answer::good(&about),
        Err(refusal) => answer::refusal(&cx, &refusal),
    }
}

/// The revocation endpoint (RFC 7009).
pub async fn revoke(State(app): State<App>, cx: Cx, headers: HeaderMap, body: String) -> Response {
    let Some(params) = form(&headers, &body) else { return answer::malformed() };
    let origin = app.origin(&cx, Door::Oidc);
    let call = Call { origin: &origin, authorization: authorization(&headers), params: &params };
    match app.oidc.revoke(call).await {
        Ok(()) => answer::with_headers(StatusCode::OK.into_response()),
        Err(refusal) => answer::refusal(&cx, &refusal),
    }
}

/// UserInfo with the token in the header (OpenID Connect Core 5.3).
pub async fn userinfo_get(State(app): State<App>, cx: Cx, headers: HeaderMap) -> Response {
    userinfo(&app, &cx, &headers, None).await
}

/// UserInfo with the token in the header or in a form.
pub async fn userinfo_post(State(app): State<App>, cx: Cx, headers: HeaderMap, body: String) -> Response {
    let params = form(&headers, &body);
    userinfo(&app, &cx, &headers, params.as_ref()).await
}

async fn userinfo(app: &App, cx: &Cx, headers: &HeaderMap, body: Option<&Params>) -> Response {
    let origin = app.origin(cx, Door::Oidc);
    match app.oidc.userinfo(&origin, authorization(headers), body).await {
        Ok(claims) => answer::good(&claims),
        Err(refusal) => answer::refusal(cx, &refusal),
    }
}
