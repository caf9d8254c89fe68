//! Stylesheet, script and pictures, under names that change with their content.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};

use crate::app::App;

const FOREVER: &str = "public, max-age=31536000, immutable";

pub(super) async fn get(State(_): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = templates::assets().iter().find(|a| a.path.strip_prefix("/assets/") == Some(name.as_str())) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let known = headers.get(IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == asset.etag.as_bytes());
    let head = [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, FOREVER), (ETAG, asset.etag.as_str())];
    if known {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, asset.bytes.as_ref()).into_response()
}
