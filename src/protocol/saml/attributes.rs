//! Attribute queries: a service provider asks about somebody who is signed in to it.

use audit::Door;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::app::App;
use crate::http::Cx;

use super::soap;

/// An envelope with an `AttributeQuery`, which its party has signed.
pub(super) async fn post(State(app): State<App>, cx: Cx, body: String) -> Response {
    let told = app.saml.query(&app.origin(&cx, Door::Saml), &body).await;
    app.saml.note_envelope(&cx.id, &body, told.as_ref().err(), cx.at).await;
    match told {
        Ok(answer) => {
            app.saml.note_sent(&cx.id, &answer, cx.at).await;
            soap::envelope(StatusCode::OK, answer.in_envelope())
        }
        Err(problem) => soap::refuse(&cx, &problem),
    }
}
