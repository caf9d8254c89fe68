//! Paths and methods that do not exist.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri};

use templates::views::ErrorKind;

use crate::app::App;
use crate::pages::error;
use crate::protocol::scim;

use super::accept;
use super::context::Cx;

/// Whether provisioning clients expect what is answered there in their own form.
fn is_scim(uri: &Uri) -> bool {
    uri.path().strip_prefix(scim::BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// 404: `{"error": "Not found"}` in the wire format, a page for those who ask for HTML.
pub(crate) async fn not_found(State(app): State<App>, cx: Cx, uri: Uri, headers: HeaderMap) -> Response {
    if is_scim(&uri) {
        return scim::answer::fallback(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    if accept::wants_html(&headers) {
        return error::page(&app, &cx, StatusCode::NOT_FOUND, ErrorKind::NotFound);
    }
    (StatusCode::NOT_FOUND, axum::Json(serde_json::json!({ "error": "Not found" }))).into_response()
}

/// 405; the header `Allow` is added by the router.
pub(crate) async fn method_not_allowed(State(app): State<App>, cx: Cx, uri: Uri, headers: HeaderMap) -> Response {
    if is_scim(&uri) {
        return scim::answer::fallback(StatusCode::METHOD_NOT_ALLOWED, "This cannot be done here.");
    }
    if accept::wants_html(&headers) {
        return error::page(&app, &cx, StatusCode::METHOD_NOT_ALLOWED, ErrorKind::BadRequest);
    }
    (StatusCode::METHOD_NOT_ALLOWED, axum::Json(serde_json::json!({ "error": "Method not allowed" }))).into_response()
}
