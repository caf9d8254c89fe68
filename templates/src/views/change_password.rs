//! A password that must or should be changed.

use serde::Serialize;

use super::{Application, Person, View};
use crate::macros::words;

words! {
    /// Why a password is to be changed. Said only to someone who has just typed the right one.
    ChangeReason {
        /// It has expired.
        Expired => "password-reason-expired",
        /// Somebody else has set it.
        Reset => "password-reason-reset",
        /// It has expired and still lets the person in.
        Grace {
            /// So many times more.
            left: u32
        } => "password-reason-grace",
        /// It expires soon.
        Expires {
            /// In so many days.
            days: u32
        } => "password-reason-expires",
    }
}

words! {
    /// Why it was not changed.
    ChangeError {
        /// The present password is wrong.
        WrongOld => "password-error-old",
        /// No new one was typed.
        Empty => "password-error-empty",
        /// The new one was typed in two ways.
        Differs => "password-error-differs",
        /// The new one is the old one.
        Same => "password-error-same",
        /// It is too short.
        TooShort => "password-error-too-short",
        /// It is too long.
        TooLong => "password-error-too-long",
        /// It is too simple.
        TooWeak => "password-error-too-weak",
        /// It was used before.
        Used => "password-error-used",
        /// The last change was too short ago.
        TooSoon => "password-error-too-soon",
        /// The person may not, or the store cannot.
        NotAllowed => "password-error-not-allowed",
        /// In the words of the directory.
        Other {
            /// Its words.
            words: String
        } => "password-error-other",
        /// Too many attempts.
        Locked {
            /// Minutes until the next attempt is allowed.
            minutes: u32
        } => "login-error-locked",
        /// The form came from an outdated page or another browser.
        Stale => "error-stale",
        /// The directory does not answer.
        Unavailable => "password-error-unavailable",
    }
}

/// Changing one's password during a sign-in. Posts `password`, `new_password` and `repeat_password`, or `skip`.
#[derive(Clone, Serialize)]
pub struct ChangePasswordView {
    /// Receives the form.
    pub action: String,
    /// Who asked.
    pub application: Option<Application>,
    /// Whose password.
    pub person: Person,
    /// Why.
    pub reason: ChangeReason,
    /// Whether it can be left for later.
    pub may_skip: bool,
    /// What went wrong before.
    pub error: Option<ChangeError>,
    /// Receives a POST that gives up.
    pub cancel_action: Option<String>,
}

impl View for ChangePasswordView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self {
            action: "/login".into(),
            application: Application::sample(),
            person: Person::sample(),
            reason: ChangeReason::Expired,
            may_skip: false,
            error: None,
            cancel_action: Some("/login/cancel".into()),
        };
        let failed = |error| Self { error: Some(error), ..view.clone() };
        let advice = |reason| Self { reason, may_skip: true, ..view.clone() };
        vec![
            ("expired", view.clone()),
            ("reset", Self { reason: ChangeReason::Reset, ..view.clone() }),
            ("last", advice(ChangeReason::Grace { left: 0 })),
            ("once", advice(ChangeReason::Grace { left: 1 })),
            ("grace", advice(ChangeReason::Grace { left: 4 })),
            ("today", advice(ChangeReason::Expires { days: 0 })),
            ("tomorrow", advice(ChangeReason::Expires { days: 1 })),
            ("soon", advice(ChangeReason::Expires { days: 9 })),
            ("wrong", failed(ChangeError::WrongOld)),
            ("empty", failed(ChangeError::Empty)),
            ("differs", failed(ChangeError::Differs)),
            ("same", failed(ChangeError::Same)),
            ("short", failed(ChangeError::TooShort)),
            ("long", failed(ChangeError::TooLong)),
            ("weak", failed(ChangeError::TooWeak)),
            ("used", failed(ChangeError::Used)),
            ("too-soon", failed(ChangeError::TooSoon)),
            ("not-allowed", failed(ChangeError::NotAllowed)),
            ("locked", failed(ChangeError::Locked { minutes: 5 })),
            ("stale", failed(ChangeError::Stale)),
            ("unavailable", failed(ChangeError::Unavailable)),
            (
                "hostile",
                Self {
                    person: Person::hostile(),
                    error: Some(ChangeError::Other { words: "<script>alert(1)</script>\u{202e}".into() }),
                    ..view
                },
            ),
        ]
    }
}
