//! Sign-ins of clients that are no browsers (ECP): the same login flow as on the pages, answered with what came along with the
//! request. Whatever would need a page ends it.
//!
//! What the party is told in a status, the client learns as well. So it is told nothing but that of somebody who has shown all that is
//! demanded, or of a request that nobody could answer; every other end looks like a wrong password and comes at the same time, and the
//! audit has the reason.

use std::time::Duration;

use audit::Door;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use idp::login::{Browser, Input, LoginError, Notice, Progress, Refusal, SignIn, StepView, View};
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
/// Clients try again after so long when nothing could be checked: until then a breaker may have closed.
const WAIT: Duration = Duration::from_secs(30);

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
    let ended = conduct(&app, &cx, sign_in, credentials).await;
    if !matches!(ended, Ok(Ended::Answer(_))) {
        deadline::until(&cx, app.config.login.failed_after).await;
    }
    match ended {
        Ok(Ended::Answer(answer)) => answered(&app, &cx, &answer).await,
        Ok(Ended::Refused) => demand(),
        Ok(Ended::Unavailable) => later(StatusCode::SERVICE_UNAVAILABLE, WAIT),
        Err(stopped) => stopped.answer(&cx),
    }
}

fn is_xml(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    ["text/xml", "application/xml", "application/vnd.paos+xml"].iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// Not accepted, for whatever reason: a wrong name, password or code look alike, and so does a code that is missing, or whatever else
/// stands between a right password and the end.
fn demand() -> Response {
    let challenge = [(WWW_AUTHENTICATE, "Basic realm=\"sign-in\", charset=\"UTF-8\"")];
    (StatusCode::UNAUTHORIZED, challenge, "Name, password or code are missing or wrong.").into_response()
}

/// Not checked.
fn later(status: StatusCode, wait: Duration) -> Response {
    let seconds = wait.as_secs().max(1).to_string();
    (status, [(RETRY_AFTER, seconds)], "The sign-in could not be checked. Please try again later.").into_response()
}

async fn answered(app: &App, cx: &Cx, answer: &Answer) -> Response {
    app.saml.note_sent(&cx.id, answer, cx.at).await;
    if let Some(problem) = answer.problem {
        tracing::info!(request = %cx.id, status = problem.detail, reason = problem.text, "SAML request answered with an error");
    }
    soap::envelope(StatusCode::OK, answer.for_client())
}

/// How a sign-in ended.
enum Ended {
    /// The party is answered.
    Answer(Box<Answer>),
    /// Somebody who has not shown all that is demanded learns nothing else, not even that the password was right.
    Refused,
    /// A store of people does not answer.
    Unavailable,
}

/// Why it did not come to an end.
enum Stopped {
    Login(LoginError),
    Saml(SsoProblem),
}

impl Stopped {
    fn answer(&self, cx: &Cx) -> Response {
        match self {
            Self::Login(error) => {
                failure::log(&cx.id, error);
                let wait = if let LoginError::Limited { retry_after: Some(wait) } = error { *wait } else { WAIT };
                later(failure::status(error.class()), wait)
            }
            Self::Saml(problem) => soap::refuse(cx, problem),
        }
    }
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

/// Leads through the login flow.
async fn conduct(app: &App, cx: &Cx, sign_in: SignIn, given: Credentials) -> Result<Ended, Stopped> {
    let origin = app.origin(cx, Door::Saml);
    // Neither cookies nor a known device are looked at.
    let binding = SecretText::new(app.entropy.token());
    let browser = Browser { binding, session: None, device: None, is_transient: true };
    let mut turn = Turn::new(given);
    let mut progress = app.logins.start(&origin, sign_in, &browser).await?;
    for _ in 0..STEPS {
        match progress {
            Progress::Show(view) => {
                let input = turn.input(&view);
                progress = app.logins.answer(&origin, view.flow, view.version, &browser, input).await?;
            }
            Progress::Authenticated { success, .. } => {
                return Ok(Ended::Answer(Box::new(app.saml.answer_success(&origin, &success).await?)));
            }
            Progress::Failed(failed) if turn.may_be_told => {
                return Ok(Ended::Answer(Box::new(app.saml.answer_failure(&failed, cx.at).await?)));
            }
            Progress::Failed(_) if turn.is_unavailable => return Ok(Ended::Unavailable),
            Progress::Failed(_) | Progress::Gone { .. } => break,
        }
    }
    Ok(Ended::Refused)
}

/// What there is left to answer with; each thing is shown once.
struct Turn {
    given: Option<(String, SecretText)>,
    code: Option<SecretText>,
    pin: Option<SecretText>,
    /// The reason tells nothing about the credentials, or all that is demanded was shown.
    may_be_told: bool,
    /// It ended because nothing could be checked.
    is_unavailable: bool,
}

impl Turn {
    fn new(Credentials { name, password, code, pin }: Credentials) -> Self {
        Self { given: Some((name, password)), code, pin, may_be_told: false, is_unavailable: false }
    }

    /// The answer to a step. What was shown and not accepted is not shown again; the flow ends.
    fn input(&mut self, view: &View) -> Input {
        let untouched = self.given.is_some();
        let answer = match &view.step {
            StepView::Password { .. } => {
                self.given.take().map(|(name, password)| Input::Password { name, realm: None, password })
            }
            StepView::ChangePassword { reason, .. } if !reason.is_demanded() => Some(Input::Skip),
            StepView::Choose { factors } if view.notice.is_none() => {
                let meant = factors.iter().find(|factor| self.is_meant(&factor.kind));
                meant.map(|factor| Input::Choose { factor: factor.id.clone() })
            }
            StepView::Factor { factor, mode: AnswerMode::Code, others, .. } => {
                match others.iter().find(|other| !self.is_meant(&factor.kind) && self.is_meant(&other.kind)) {
                    Some(other) => Some(Input::Choose { factor: other.id.clone() }),
                    None => self.code.take().map(|code| Input::Code { code, pin: self.pin.take() }),
                }
            }
            _ => None,
        };
        answer.unwrap_or_else(|| {
            self.is_unavailable = view.notice == Some(Notice::Unavailable);
            // Consent is asked for when nothing else is missing.
            self.may_be_told = untouched || matches!(view.step, StepView::Consent { .. });
            Input::GiveUp { reason: missing(&view.step) }
        })
    }

    /// Which factor is meant, the form of the code tells.
    fn is_meant(&self, kind: &str) -> bool {
        self.code.as_ref().is_some_and(|code| is_digits(code.expose()) != (kind == recovery::NAME))
    }
}

/// What a step asks for that did not come along.
fn missing(step: &StepView) -> Refusal {
    match step {
        StepView::Password { .. } | StepView::Factor { .. } => Refusal::LoginRequired,
        StepView::EnrolChoice { .. } | StepView::Enrol { .. } => Refusal::NoFactor,
        StepView::Account { .. } => Refusal::AccountSelectionRequired,
        StepView::Consent { .. } => Refusal::ConsentRequired,
        StepView::ChangePassword { .. } | StepView::Choose { .. } | StepView::Codes { .. } => Refusal::InteractionRequired,
        StepView::Refused { reason } => *reason,
    }
}
