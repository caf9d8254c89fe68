//! Sign-ins of clients that are no browsers (ECP): the same login flow as on the pages, answered with what came along with the
//! request. Whatever would need a page ends it.

use audit::Door;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use idp::login::{Browser, Input, LoginError, Progress, SignIn, StepView, View};
use idp::ports::AnswerMode;
use idp::saml::{Answer, Begun, SsoProblem};
use kernel::{Classified, SecretText};
use mfa::tokens::recovery;

use crate::app::App;
use crate::http::{Cx, deadline, failure};

use super::credentials::{Credentials, is_digits};
use super::soap;

/// No sign-in with a password and a code takes more steps.
const STEPS: usize = 6;

/// An envelope with a request, and the credentials of a person.
pub(super) async fn post(State(app): State<App>, cx: Cx, headers: HeaderMap, body: String) -> Response {
    // Forms of other sites cannot send this, so a browser that remembers a password lends it to nobody.
    if !is_xml(&headers) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send a SOAP envelope as text/xml.").into_response();
    }
    let begun = app.saml.receive_ecp(&body, cx.at).await;
    app.saml.note_envelope(&cx.id, &body, begun.as_ref().err(), cx.at).await;
    let sign_in = match begun {
        Ok(Begun::SignIn(sign_in)) => *sign_in,
        Ok(Begun::Answer(answer)) => return answered(&app, &cx, &answer).await,
        Err(problem) => return soap::refuse(&cx, &problem),
    };
    let Some(credentials) = Credentials::read(&headers) else { return demand() };
    match conduct(&app, &cx, sign_in, credentials).await {
        Ok(Some(answer)) => answered(&app, &cx, &answer).await,
        Ok(None) => {
            deadline::until(&cx, app.config.login.failed_after).await;
            demand()
        }
        Err(Stopped::Login(error)) => {
            failure::log(&cx.id, &error);
            (failure::status(error.class()), "The sign-in could not be checked. Please try again later.").into_response()
        }
        Err(Stopped::Saml(problem)) => soap::refuse(&cx, &problem),
    }
}

fn is_xml(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    ["text/xml", "application/xml", "application/vnd.paos+xml"].iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// Not accepted, for whatever reason: a wrong name, password or code look alike, and so does a code that is missing.
fn demand() -> Response {
    let challenge = [(WWW_AUTHENTICATE, "Basic realm=\"sign-in\", charset=\"UTF-8\"")];
    (StatusCode::UNAUTHORIZED, challenge, "Name, password or code are missing or wrong.").into_response()
}

async fn answered(app: &App, cx: &Cx, answer: &Answer) -> Response {
    app.saml.note_sent(&cx.id, answer, cx.at).await;
    if let Some(problem) = answer.problem {
        tracing::info!(request = %cx.id, status = problem.detail, reason = problem.text, "SAML request answered with an error");
    }
    soap::envelope(StatusCode::OK, answer.for_client())
}

/// Why there is neither an answer nor a refusal.
enum Stopped {
    Login(LoginError),
    Saml(SsoProblem),
}

impl From<LoginError> for Stopped {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}

impl From<SsoProblem> for Stopped {
    fn from(problem: SsoProblem) -> Self {
        Self::Saml(problem)
    }
}

/// Leads through the login flow; `None` when the credentials were not accepted.
async fn conduct(app: &App, cx: &Cx, sign_in: SignIn, given: Credentials) -> Result<Option<Answer>, Stopped> {
    let origin = app.origin(cx, Door::Saml);
    // A browser of its own, which nobody ever uses again: neither cookies nor a known device are looked at.
    let browser = Browser { binding: SecretText::new(app.entropy.token()), session: None, device: None };
    let mut turn = Turn { given: Some((given.name, given.password)), code: given.code, pin: given.pin, refused: false };
    let mut progress = app.logins.start(&origin, sign_in, &browser).await?;
    for _ in 0..STEPS {
        match progress {
            Progress::Show(view) => {
                let input = turn.input(&view);
                progress = app.logins.answer(&origin, view.flow, view.version, &browser, input).await?;
            }
            Progress::Authenticated { success, .. } => return Ok(Some(app.saml.answer_success(&origin, &success).await?)),
            Progress::Failed(_) if turn.refused => return Ok(None),
            Progress::Failed(failed) => return Ok(Some(app.saml.answer_failure(&failed, cx.at).await?)),
            Progress::Gone { .. } => break,
        }
    }
    Err(SsoProblem::Ticket.into())
}

/// What there is left to answer with; each thing is shown once.
struct Turn {
    given: Option<(String, SecretText)>,
    code: Option<SecretText>,
    pin: Option<SecretText>,
    /// It ended because something was not accepted, or missing.
    refused: bool,
}

impl Turn {
    /// The answer to a step. What was shown and not accepted is not shown again; the flow ends.
    fn input(&mut self, view: &View) -> Input {
        match &view.step {
            StepView::Password { .. } => match self.given.take() {
                Some((name, password)) => return Input::Password { name, realm: None, password },
                None => self.refused = true,
            },
            StepView::ChangePassword { reason, .. } if !reason.is_demanded() => return Input::Skip,
            StepView::Factor { factor, mode: AnswerMode::Code, others, .. } => {
                // Which factor is meant, the form of the code tells.
                let is_meant = |kind: &str| self.code.as_ref().is_some_and(|c| is_digits(c.expose()) != (kind == recovery::NAME));
                match others.iter().find(|other| !is_meant(&factor.kind) && is_meant(&other.kind)) {
                    Some(other) => return Input::Choose { factor: other.id.clone() },
                    None => match self.code.take() {
                        Some(code) => return Input::Code { code, pin: self.pin.take() },
                        None => self.refused = true,
                    },
                }
            }
            _ => {}
        }
        Input::Cancel
    }
}
