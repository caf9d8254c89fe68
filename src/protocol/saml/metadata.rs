//! What parties read about us before they ask.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::app::App;
use crate::http::{Cx, failure};

/// Our metadata, signed. A key is published long before it is used, so caching is safe.
pub(super) async fn get(State(app): State<App>, cx: Cx) -> Response {
    match app.saml.metadata(cx.at) {
        Ok(xml) => {
            let headers = [(CONTENT_TYPE, "application/samlmetadata+xml"), (CACHE_CONTROL, "public, max-age=300")];
            (headers, xml).into_response()
        }
        Err(error) => failure::internal(&error.to_string()),
    }
}
