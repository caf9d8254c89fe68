//! Single logout: what service providers want to have ended, and what they answer when they are told of an end.

use audit::Door;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use idp::saml::slo::{Message, Visitor};
use idp::saml::{Brought, Incoming, SsoProblem};
use kernel::{Class, Classified};
use templates::views::ErrorKind;

use super::sso::refuse;
use super::{forms, soap};
use crate::app::App;
use crate::http::Cx;
use crate::pages::logout;
use crate::pages::view::Screen;

/// Longer ones are not sent on to a GET, however well they can be packed.
const MOST: usize = 32 * 1024;

/// Marks a message that came in a form and was sent on.
const POSTED: &str = "posted=";

/// A message in the query, or one that came in a form and was sent on.
pub async fn get(screen: Screen, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let brought = match query.strip_prefix(POSTED) {
        Some(sealed) => screen.app.saml.passed_on_message(sealed, screen.cx.at),
        None => Brought::redirect(&query).map_err(SsoProblem::from),
    };
    match brought {
        Ok(Brought::Request(incoming)) => asked(&screen, incoming).await,
        Ok(Brought::Answer(incoming)) => answered(&screen, &incoming).await,
        Err(problem) => refuse(&screen, &problem),
    }
}

/// A message in a form, from another site: sent on to a GET, which has our cookies.
pub async fn post(screen: Screen, body: String) -> Response {
    if body.len() > MOST {
        return screen.error(StatusCode::PAYLOAD_TOO_LARGE, ErrorKind::BadRequest);
    }
    let brought = Brought::post(&body).map_err(SsoProblem::from);
    match brought.and_then(|brought| screen.app.saml.pass_on_message(&brought, screen.cx.at)) {
        Ok(sealed) => screen.see_other(&format!("/saml/slo?{POSTED}{sealed}")),
        Err(problem) => refuse(&screen, &problem),
    }
}

async fn asked(screen: &Screen, incoming: Incoming) -> Response {
    let session = match logout::present(screen).await {
        Ok(session) => session.map(|session| session.id),
        Err(response) => return response,
    };
    let visitor = Visitor { binding: screen.browser.secret(), session };
    let left = match screen.app.saml.sign_out_asked(&screen.origin(Door::Saml), incoming, visitor).await {
        Ok(left) => left,
        Err(problem) => return refuse(screen, &problem),
    };
    let mut response = logout::go_on(screen, left.onward);
    if left.here {
        screen.clear_session(&mut response);
    }
    response
}

async fn answered(screen: &Screen, incoming: &Incoming) -> Response {
    let (origin, binding) = (screen.origin(Door::Saml), screen.browser.secret());
    let problem = match screen.app.saml.sign_out_answered(&origin, incoming, binding).await {
        Ok(id) => return screen.see_other(&logout::path(id)),
        Err(problem) => problem,
    };
    // An answer that counts for nothing: the person goes on where they are, and sees there that the party has not answered.
    match screen.app.saml.sign_out_open(binding, screen.cx.at).await {
        Ok(Some(id)) if problem.class() != Class::Internal => {
            tracing::info!(request = %screen.cx.id, code = problem.code(), %problem, "SAML answer refused");
            screen.see_other(&logout::path(id))
        }
        _ => refuse(screen, &problem),
    }
}

/// Lets the browser carry a message to a party.
pub fn send(screen: &Screen, message: Message) -> Response {
    match message {
        Message::Redirect(url) => screen.see_other(&url),
        Message::Form(form) => forms::post(screen, form),
    }
}

/// A request of a party's server, in an envelope.
pub(super) async fn soap(State(app): State<App>, cx: Cx, body: String) -> Response {
    let origin = app.origin(&cx, Door::Saml);
    match app.saml.sign_out_asked_by_soap(&origin, body).await {
        Ok(answer) => soap::envelope(StatusCode::OK, answer),
        Err(problem) => soap::refuse(&cx, &problem),
    }
}
