//! Web Browser SSO: requests in queries and forms, answers in forms.

use audit::Door;
use axum::extract::RawQuery;
use axum::response::Response;
use idp::login::{Authenticated, Failed, SignIn};
use idp::saml::slo::Form;
use idp::saml::{Answer, Begun, DecodeError, Incoming, SsoProblem};
use kernel::{Class, Classified};
use templates::views::{ErrorKind, ErrorView};
use url::form_urlencoded;

use super::forms;
use crate::http::failure;
use crate::pages::error;
use crate::pages::outcome::{self, Came};
use crate::pages::view::Screen;

/// A request in the query; what came in a form and was sent on (`posted`); or a person who wants to go to a party (`sp`).
pub async fn get(screen: Screen, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let now = screen.cx.at;
    let value =
        |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value.into_owned());
    if let Some(sp_id) = value("sp") {
        return match screen.app.saml.unasked(&sp_id, value("RelayState"), now) {
            Ok(sign_in) => start(&screen, sign_in).await,
            Err(problem) => refuse(&screen, &problem),
        };
    }
    if let Some(sealed) = value("posted") {
        return match screen.app.saml.passed_on(&sealed, now) {
            Ok(sign_in) => start(&screen, sign_in).await,
            Err(problem) => refuse(&screen, &problem),
        };
    }
    match receive(&screen, Incoming::redirect(&query)).await {
        Ok(Begun::SignIn(sign_in)) => start(&screen, *sign_in).await,
        Ok(Begun::Answer(answer)) => carry(&screen, *answer).await,
        Err(problem) => refuse(&screen, &problem),
    }
}

/// A request in a form, from another site: then it came without our cookies. The sign-in goes on at a GET, which has them; whatever
/// needs no sign-in ends here.
pub async fn post(screen: Screen, body: String) -> Response {
    let passed = match receive(&screen, Incoming::post(&body)).await {
        Ok(Begun::SignIn(sign_in)) => screen.app.saml.pass_on(&sign_in, screen.cx.at),
        Ok(Begun::Answer(answer)) => return carry(&screen, *answer).await,
        Err(problem) => Err(problem),
    };
    match passed {
        Ok(sealed) => screen.see_other(&format!("/saml/sso?posted={sealed}")),
        Err(problem) => refuse(&screen, &problem),
    }
}

/// Takes a request, and keeps it for administrators who look at what the party sends.
async fn receive(screen: &Screen, read: Result<Incoming, DecodeError>) -> Result<Begun, SsoProblem> {
    let (incoming, now) = (read?, screen.cx.at);
    let begun = screen.app.saml.receive(&incoming, now).await;
    screen.app.saml.note_received(&screen.cx.id, &incoming, begun.as_ref().err(), now).await;
    begun
}

async fn start(screen: &Screen, sign_in: SignIn) -> Response {
    match screen.app.logins.start(&screen.origin(Door::Saml), sign_in, &screen.as_browser()).await {
        Ok(progress) => outcome::respond(screen, None, progress, Came::ByRedirect).await,
        Err(problem) => error::of(&screen.app, &screen.cx, &problem),
    }
}

/// Answers the party of a sign-in that succeeded.
pub async fn succeeded(screen: &Screen, success: &Authenticated) -> Response {
    match screen.app.saml.answer_success(&screen.origin(Door::Saml), success).await {
        Ok(answer) => carry(screen, answer).await,
        Err(problem) => refuse(screen, &problem),
    }
}

/// Answers the party of a sign-in that did not succeed.
pub async fn refused(screen: &Screen, failed: &Failed) -> Response {
    match screen.app.saml.answer_failure(failed, screen.cx.at).await {
        Ok(answer) => carry(screen, answer).await,
        Err(problem) => refuse(screen, &problem),
    }
}

/// Lets the browser carry an answer to the party.
async fn carry(screen: &Screen, mut answer: Answer) -> Response {
    // A success was kept with its sign-in: this is a refusal, for which nobody has to have signed in.
    if answer.is_to_be_kept()
        && let Err(problem) = screen.app.logins.spend(&screen.origin(Door::Saml)).await
    {
        return error::of(&screen.app, &screen.cx, &problem);
    }
    screen.app.saml.note_sent(&screen.cx.id, &answer, screen.cx.at).await;
    if let Err(problem) = screen.app.saml.keep(&mut answer).await {
        return refuse(screen, &problem);
    }
    if let Some(problem) = answer.problem {
        tracing::info!(request = %screen.cx.id, status = problem.detail, reason = problem.text, "SAML request answered with an error");
    }
    forms::post(screen, Form { location: answer.location, fields: answer.fields, party: answer.party })
}

/// A problem for the person alone: nothing may be sent to the party, or whoever pretends to be it.
pub(super) fn refuse(screen: &Screen, problem: &SsoProblem) -> Response {
    if problem.class() == Class::Internal {
        return error::of(&screen.app, &screen.cx, problem);
    }
    tracing::info!(request = %screen.cx.id, code = problem.code(), %problem, "SAML request refused");
    let view = ErrorView { detail: Some(problem.to_string()), ..ErrorView::new(ErrorKind::Application) };
    error::view(&screen.app, &screen.cx, failure::status(problem.class()), &view)
}
