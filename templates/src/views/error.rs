//! Errors, and the answer that travels as a form.

use serde::Serialize;

use super::{Application, View};
use crate::macros::words;

words! {
    /// What went wrong, as far as the person can do something about it.
    ErrorKind {
        /// There is no such page.
        NotFound => "error-not-found",
        /// The sign-in was open for too long or is finished.
        Expired => "error-expired",
        /// The form came from an outdated page or another browser.
        Stale => "error-stale-page",
        /// The browser sent no cookies.
        Cookies => "error-cookies",
        /// The person may not do this.
        Forbidden => "error-forbidden",
        /// The application made a mistake in its request.
        Application => "error-application",
        /// The browser sent something that cannot be read.
        BadRequest => "error-bad-request",
        /// Too many requests.
        TooMany {
            /// Minutes until the next one is allowed.
            minutes: u32
        } => "error-too-many",
        /// A part that is needed does not answer.
        Unavailable => "error-unavailable",
        /// A mistake of ours.
        Internal => "error-internal",
    }
}

/// The error page: what happened, what to do next, and the number of the request for the help desk.
#[derive(Clone, Serialize)]
pub struct ErrorView {
    /// What happened.
    pub kind: ErrorKind,
    /// Which application it was about.
    pub application: Option<Application>,
    /// Technical detail for the application's makers (`invalid_request: ...`), without secrets.
    pub detail: Option<String>,
    /// Where to try again.
    pub retry_url: Option<String>,
    /// Receives a POST that goes back to the application without a sign-in.
    pub leave_action: Option<String>,
    /// The portal.
    pub home_url: Option<String>,
}

impl ErrorView {
    /// An error of which only the kind is known.
    pub fn new(kind: ErrorKind) -> Self {
        Self { kind, application: None, detail: None, retry_url: None, leave_action: None, home_url: None }
    }
}

/// A field of an answer.
#[derive(Clone, Serialize)]
pub struct FormPostField {
    /// Field name.
    pub name: String,
    /// Field value.
    pub value: String,
}

/// The answer to an application as a form that the browser posts (OAuth 2.0 Form Post Response Mode; SAML HTTP-POST).
///
/// It sends itself by a script with the nonce; without scripts it has a button. It goes to another origin, so it is the
/// one form without our token.
#[derive(Clone, Serialize)]
pub struct FormPostView {
    /// The application's address. Rendering fails unless [`crate::url::form_target`] accepts it.
    pub action: String,
    /// The fields.
    pub fields: Vec<FormPostField>,
    /// Who receives it.
    pub application: Option<Application>,
}

impl View for ErrorView {
    fn samples() -> Vec<(&'static str, Self)> {
        let with = |kind| Self { home_url: Some("/".into()), ..Self::new(kind) };
        let retry = |kind| Self { retry_url: Some("/login".into()), ..with(kind) };
        vec![
            ("not_found", with(ErrorKind::NotFound)),
            ("expired", Self { application: Application::sample(), ..retry(ErrorKind::Expired) }),
            ("stale", retry(ErrorKind::Stale)),
            ("cookies", retry(ErrorKind::Cookies)),
            ("forbidden", with(ErrorKind::Forbidden)),
            (
                "refused",
                Self {
                    application: Application::sample(),
                    leave_action: Some("/login/01J0000000000000000000000/cancel".into()),
                    ..with(ErrorKind::Forbidden)
                },
            ),
            (
                "application",
                Self {
                    application: Application::sample(),
                    detail: Some("invalid_request: redirect_uri is not registered for this client".into()),
                    ..with(ErrorKind::Application)
                },
            ),
            (
                "hostile",
                Self {
                    application: Some(Application::hostile()),
                    detail: Some(format!("<script>alert(1)</script>{}", "x".repeat(300))),
                    retry_url: Some("javascript:alert(1)".into()),
                    home_url: Some("//evil.example".into()),
                    ..Self::new(ErrorKind::Application)
                },
            ),
            ("bad_request", with(ErrorKind::BadRequest)),
            ("too_many", with(ErrorKind::TooMany { minutes: 3 })),
            ("unavailable", retry(ErrorKind::Unavailable)),
            ("internal", Self::new(ErrorKind::Internal)),
        ]
    }
}

impl View for FormPostView {
    fn samples() -> Vec<(&'static str, Self)> {
        let field = |name: &str, value: &str| FormPostField { name: name.into(), value: value.into() };
        vec![(
            "code",
            Self {
                // A name that never resolves: the page posts itself when it is looked at.
                action: "https://notes.invalid/callback".into(),
                fields: vec![field("code", "SplxlOBeZQQYbYS6WxSbIA"), field("state", "\"><script>alert(1)</script>")],
                application: Application::sample(),
            },
        )]
    }
}
