//! Artifact resolution: a service provider fetches the answer for which a browser has brought it a reference.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::app::App;
use crate::http::Cx;

use super::soap;

/// An envelope with an `ArtifactResolve`, which its party has signed.
pub(super) async fn post(State(app): State<App>, cx: Cx, body: String) -> Response {
    let resolved = app.saml.resolve(&body, cx.at).await;
    app.saml.note_envelope(&cx.id, &body, resolved.as_ref().err(), cx.at).await;
    match resolved {
        Ok(answer) => soap::envelope(StatusCode::OK, answer),
        Err(problem) => soap::refuse(&cx, &problem),
    }
}
