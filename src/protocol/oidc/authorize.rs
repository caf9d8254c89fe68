//! The authorization endpoint (OpenID Connect Core 3.1.2).

use audit::Door;
use axum::extract::RawQuery;
use axum::response::Response;
use http::StatusCode;
use idp::login::{Authenticated, Failed};
use idp::oidc::authorize::PageProblem;
use idp::oidc::problem::Problem;
use idp::oidc::{Answer, Begun, ResponseMode};
use templates::views::{ErrorKind, ErrorView, FormPostField, FormPostView};

use crate::http::failure;
use crate::pages::error;
use crate::pages::outcome::{self, Came};
use crate::pages::view::Screen;

/// Requests longer than this do not fit into the address to which a POST is sent on.
const MOST: usize = 32 * 1024;

/// A request in the query.
pub async fn get(screen: Screen, RawQuery(query): RawQuery) -> Response {
    let params = match super::read(query.as_deref().unwrap_or_default()) {
        Ok(params) => params,
        Err(problem) => return error::of(&screen.app, &screen.cx, &problem),
    };
    let sign_in = match screen.app.oidc.authorize(&params) {
        Ok(Begun::SignIn(sign_in)) => *sign_in,
        Ok(Begun::Answer(answer)) => return carry(&screen, &answer),
        Err(problem) => return refuse(&screen, problem),
    };
    match screen.app.logins.start(&screen.origin(Door::Oidc), sign_in, &screen.as_browser()).await {
        Ok(progress) => outcome::respond(&screen, None, progress, Came::ByRedirect).await,
        Err(problem) => error::of(&screen.app, &screen.cx, &problem),
    }
}

/// A request in a form, usually from another site: then it came without our cookies. It is sent on to a GET, which has them.
pub async fn post(screen: Screen, body: String) -> Response {
    send_on(&screen, "/oidc/authorize", &body)
}

/// Sends the form on to a GET of the same endpoint.
pub fn send_on(screen: &Screen, path: &str, body: &str) -> Response {
    match super::read(body) {
        Ok(_) if body.len() <= MOST => {
            // Written anew rather than copied: nothing but form encoding gets into the address.
            let pairs = url::form_urlencoded::parse(body.as_bytes());
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            screen.see_other(&format!("{path}?{query}"))
        }
        Ok(_) => screen.error(StatusCode::PAYLOAD_TOO_LARGE, ErrorKind::BadRequest),
        Err(problem) => error::of(&screen.app, &screen.cx, &problem),
    }
}

/// Answers the application of a sign-in that succeeded.
pub async fn succeeded(screen: &Screen, success: &Authenticated) -> Response {
    match screen.app.oidc.answer_success(&screen.origin(Door::Oidc), success).await {
        Ok(answer) => carry(screen, &answer),
        Err(problem) => refuse(screen, problem),
    }
}

/// Answers the application of a sign-in that did not succeed.
pub async fn refused(screen: &Screen, failed: &Failed) -> Response {
    match screen.app.oidc.answer_failure(failed) {
        Ok(answer) => carry(screen, &answer),
        Err(problem) => refuse(screen, problem),
    }
}

/// Lets the browser carry an answer to the application.
fn carry(screen: &Screen, answer: &Answer) -> Response {
    match answer.mode() {
        ResponseMode::Query => screen.see_other(&answer.location()),
        ResponseMode::FormPost => {
            let fields = answer.fields().iter();
            let view = FormPostView {
                action: answer.redirect_uri().to_owned(),
                fields: fields.map(|(name, value)| FormPostField { name: (*name).to_owned(), value: value.clone() }).collect(),
                application: None,
            };
            let origins: Vec<String> = answer.form_action().into_iter().collect();
            screen.show_with(StatusCode::OK, screen.templates().form_post(&screen.ctx(), &view), &origins)
        }
    }
}

/// A problem for the person alone: nothing may be sent to the application, or whoever pretends to be it.
fn refuse(screen: &Screen, problem: PageProblem) -> Response {
    tracing::info!(request = %screen.cx.id, code = problem.id(), "authorization request refused");
    let detail = Some(format!("{}: {}", problem.code(), problem.description()));
    let view = ErrorView { detail, ..ErrorView::new(ErrorKind::Application) };
    error::view(&screen.app, &screen.cx, failure::status(problem.class()), &view)
}
