//! Single logout: what service providers want to have ended, and what they answer when they are told of an end.

use audit::Door;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use idp::saml::slo::{Message, Visitor};
use idp::saml::{Incoming, SsoProblem};
use kernel::{Class, Classified};
use templates::views::ErrorKind;
use url::form_urlencoded;

use super::sso::refuse;
use super::{forms, soap};
use crate::app::App;
use crate::http::Cx;
use crate::pages::logout;
use crate::pages::view::Screen;

/// Messages longer than this do not fit into the address to which a POST is sent on.
const MOST: usize = 32 * 1024;

/// Marks a message that came in a form: it is not compressed, and its signature is in it.
const POSTED: &str = "posted=1";

/// A message in the query, or one that came in a form and was sent on.
pub async fn get(screen: Screen, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let posted = query.strip_prefix(POSTED).and_then(|rest| rest.strip_prefix('&'));
    if Incoming::is_answer(&query) {
        let read = posted.map_or_else(|| Incoming::redirect_answer(&query), Incoming::post_answer);
        return match read.map_err(SsoProblem::from) {
            Ok(incoming) => answered(&screen, &incoming).await,
            Err(problem) => refuse(&screen, &problem),
        };
    }
    match posted.map_or_else(|| Incoming::redirect(&query), Incoming::post).map_err(SsoProblem::from) {
        Ok(incoming) => asked(&screen, incoming).await,
        Err(problem) => refuse(&screen, &problem),
    }
}

/// A message in a form, from another site: sent on to a GET, which has our cookies.
pub async fn post(screen: Screen, body: String) -> Response {
    if body.len() > MOST {
        return screen.error(StatusCode::PAYLOAD_TOO_LARGE, ErrorKind::BadRequest);
    }
    // Written anew rather than copied: nothing but form encoding gets into the address.
    let is_ours = |name: &str| matches!(name, "SAMLRequest" | "SAMLResponse" | "RelayState");
    let wanted = form_urlencoded::parse(body.as_bytes()).filter(|(name, _)| is_ours(name));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(wanted).finish();
    let read = if Incoming::is_answer(&body) { Incoming::post_answer(&body) } else { Incoming::post(&body) };
    match read {
        Ok(_) => screen.see_other(&format!("/saml/slo?{POSTED}&{query}")),
        Err(problem) => refuse(&screen, &problem.into()),
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
