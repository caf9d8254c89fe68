//! Single logout: what service providers want to have ended, and what they answer when they are told of an end.

use audit::Door;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use idp::saml::slo::{Answered, Asked, Believed, Brought, Message, Visitor};
use idp::saml::{DecodeError, Incoming, SsoProblem};
use kernel::{Class, Classified};

use super::sso::refuse;
use super::{forms, soap};
use crate::app::App;
use crate::http::Cx;
use crate::pages::logout;
use crate::pages::view::Screen;

/// Marks what was understood of a message that came in a form.
const POSTED: &str = "posted=";
/// Stands where an answer came in a form that counts for nothing.
const REFUSED: &str = "refused";

/// A message in the query, or what was understood of one that came in a form.
pub async fn get(screen: Screen, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    if query == REFUSED {
        return left_alone(&screen, &SsoProblem::Response).await;
    }
    let believed = match query.strip_prefix(POSTED) {
        Some(sealed) => screen.app.saml.passed_on_sign_out(sealed, screen.cx.at).await,
        None => believe(&screen, Brought::redirect(&query)).await,
    };
    match believed {
        Ok(Believed::Request(request)) => asked(&screen, request).await,
        Ok(Believed::Answer(answer)) => answered(&screen, &answer).await,
        Err(problem) if Incoming::is_answer(&query) => left_alone(&screen, &problem).await,
        Err(problem) => refuse(&screen, &problem),
    }
}

/// A message in a form, from another site: then it came without our cookies, and goes on at a GET, which has them.
pub async fn post(screen: Screen, body: String) -> Response {
    let believed = believe(&screen, Brought::post(&body)).await;
    match believed.and_then(|believed| screen.app.saml.pass_on_sign_out(believed, screen.cx.at)) {
        Ok(sealed) => screen.see_other(&format!("/saml/slo?{POSTED}{sealed}")),
        Err(problem) if Incoming::is_answer(&body) && problem.class() != Class::Internal => {
            note(&screen, &problem);
            screen.see_other(&format!("/saml/slo?{REFUSED}"))
        }
        Err(problem) => refuse(&screen, &problem),
    }
}

async fn believe(screen: &Screen, read: Result<Brought, DecodeError>) -> Result<Believed, SsoProblem> {
    screen.app.saml.sign_out_brought(read?, screen.cx.at).await
}

async fn asked(screen: &Screen, request: Asked) -> Response {
    let session = match logout::present(screen).await {
        Ok(session) => session.map(|session| session.id),
        Err(response) => return response,
    };
    let visitor = Visitor { binding: screen.browser.secret(), session };
    let left = match screen.app.saml.sign_out_asked(&screen.origin(Door::Saml), request, visitor).await {
        Ok(left) => left,
        Err(problem) => return refuse(screen, &problem),
    };
    let mut response = logout::go_on(screen, left.onward);
    if left.here {
        screen.clear_session(&mut response);
    }
    response
}

async fn answered(screen: &Screen, answer: &Answered) -> Response {
    let (origin, binding) = (screen.origin(Door::Saml), screen.browser.secret());
    match screen.app.saml.sign_out_answered(&origin, answer, binding).await {
        Ok(id) => screen.see_other(&logout::path(id)),
        Err(problem) => left_alone(screen, &problem).await,
    }
}

/// An answer that counts for nothing: the person goes on where they are, and sees there that the party has not answered.
async fn left_alone(screen: &Screen, problem: &SsoProblem) -> Response {
    match screen.app.saml.sign_out_open(screen.browser.secret(), screen.cx.at).await {
        Ok(Some(id)) if problem.class() != Class::Internal => {
            note(screen, problem);
            screen.see_other(&logout::path(id))
        }
        _ => refuse(screen, problem),
    }
}

fn note(screen: &Screen, problem: &SsoProblem) {
    tracing::info!(request = %screen.cx.id, code = problem.code(), %problem, "SAML answer refused");
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
