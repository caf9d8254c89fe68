//! User name and password.

use serde::Serialize;

use super::{Application, View};
use crate::macros::words;

words! {
    /// Why the password step is shown again. No variant tells whether the user exists.
    LoginError {
        /// Name and password do not belong together, for whatever reason.
        WrongCredentials => "login-error-credentials",
        /// A field was left empty.
        Incomplete => "login-error-incomplete",
        /// Too many attempts with this name or from this network.
        Locked {
            /// Minutes until the next attempt is allowed.
            minutes: u32
        } => "login-error-locked",
        /// The sign-in was open for too long.
        Expired => "login-error-expired",
        /// The form came from an outdated page or another browser.
        Stale => "error-stale",
        /// The user directory does not answer.
        Unavailable => "login-error-unavailable",
    }
}

words! {
    /// What the password step tells beside an error.
    LoginRemark {
        /// The machine was to sign the person in, and could not.
        Ticket => "login-remark-ticket",
    }
}

/// The password step. Posts `username` and `password`.
#[derive(Clone, Serialize)]
pub struct LoginView {
    /// Receives the form.
    pub action: String,
    /// Who asked; none when the person came to the portal.
    pub application: Option<Application>,
    /// Prefilled name: the login hint or what was typed before.
    pub username: String,
    /// The name is settled (the session must be confirmed) and cannot be edited.
    pub username_fixed: bool,
    /// What went wrong with the last attempt.
    pub error: Option<LoginError>,
    /// Something to know that is no error.
    pub remark: Option<LoginRemark>,
    /// Where the machine signs the person in, if they want that.
    pub ticket_url: Option<String>,
    /// Where a forgotten password is dealt with.
    pub recovery_url: Option<String>,
    /// Where an account is opened.
    pub sign_up_url: Option<String>,
    /// Receives a POST that gives up and returns to the application.
    pub cancel_action: Option<String>,
}

impl LoginView {
    /// The first view of the step.
    pub fn new(action: impl Into<String>, application: Option<Application>) -> Self {
        Self {
            action: action.into(),
            application,
            username: String::new(),
            username_fixed: false,
            error: None,
            remark: None,
            ticket_url: None,
            recovery_url: None,
            sign_up_url: None,
            cancel_action: None,
        }
    }
}

impl View for LoginView {
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self::new("/login", Application::sample());
        let failed = |error| Self { username: "ada@example.org".into(), error: Some(error), ..plain.clone() };
        vec![
            ("first", plain.clone()),
            ("direct", Self::new("/login", None)),
            (
                "full",
                Self {
                    recovery_url: Some("/login/recovery".into()),
                    sign_up_url: Some("/login/sign-up".into()),
                    cancel_action: Some("/login/cancel".into()),
                    username: "ada@example.org".into(),
                    ..plain.clone()
                },
            ),
            ("again", Self { username: "ada@example.org".into(), username_fixed: true, ..plain.clone() }),
            ("wrong", failed(LoginError::WrongCredentials)),
            ("incomplete", failed(LoginError::Incomplete)),
            ("locked", failed(LoginError::Locked { minutes: 5 })),
            ("expired", failed(LoginError::Expired)),
            ("stale", failed(LoginError::Stale)),
            (
                "hostile",
                Self { username: "\"><script>alert(1)</script>".into(), ..Self::new("/login", Some(Application::hostile())) },
            ),
            ("unavailable", failed(LoginError::Unavailable)),
            ("ticket", Self { remark: Some(LoginRemark::Ticket), ..plain.clone() }),
            (
                "signed-out",
                Self { ticket_url: Some("/login/x?ticket".into()), cancel_action: Some("/login/cancel".into()), ..plain.clone() },
            ),
        ]
    }
}
