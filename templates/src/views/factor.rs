//! Choosing a factor and typing a code.

use serde::Serialize;

use super::{Application, FactorChoice, FactorKind, Person, View};
use crate::macros::words;

words! {
    /// Why a code was not accepted. Said only to someone who has passed the step before.
    FactorError {
        /// The code is not right.
        WrongCode => "factor-error-wrong",
        /// The code was right once, but has been used.
        AlreadyUsed => "factor-error-used",
        /// Nothing was typed.
        Missing => "factor-error-missing",
        /// Too many wrong codes.
        TooManyAttempts {
            /// Minutes until the next attempt is allowed.
            minutes: u32
        } => "factor-error-too-many",
        /// The challenge is too old; a new one was started.
        Expired => "factor-error-expired",
        /// The person or their device said no.
        Declined => "factor-error-declined",
        /// The form came from an outdated page or another browser.
        Stale => "error-stale",
        /// The factor cannot be checked at present.
        Unavailable => "factor-error-unavailable",
    }
}

words! {
    /// Why a factor is asked for.
    Purpose {
        /// Second step of a sign-in.
        SignIn => "factor-purpose-sign-in",
        /// The application wants more assurance than the session has.
        StepUp => "factor-purpose-step-up",
        /// A change to the person's factors needs a fresh proof.
        Change => "factor-purpose-change",
    }
}

/// Several factors are possible. Each is a button that posts `factor`.
#[derive(Clone, Serialize)]
pub struct ChooseFactorView {
    /// Receives the choice.
    pub action: String,
    /// Who asked.
    pub application: Option<Application>,
    /// Who signs in.
    pub person: Person,
    /// Why a factor is asked for.
    pub purpose: Purpose,
    /// The factors, the usual one first.
    pub factors: Vec<FactorChoice>,
    /// What went wrong before.
    pub error: Option<FactorError>,
    /// Receives a POST that gives up.
    pub cancel_action: Option<String>,
}

/// One factor is asked for. Posts `otp` and `factor`, and `pin` where it is asked for.
#[derive(Clone, Serialize)]
pub struct FactorView {
    /// Receives the code.
    pub action: String,
    /// Who asked.
    pub application: Option<Application>,
    /// Who signs in.
    pub person: Person,
    /// Why the code is asked for.
    pub purpose: Purpose,
    /// The factor that is asked; [`FactorKind::Recovery`] asks for a recovery code.
    pub factor: FactorChoice,
    /// Number of digits when the code has only digits.
    pub digits: Option<u8>,
    /// Whether the PIN is asked for as well; then `pin` is posted, too.
    pub pin: bool,
    /// Text of the challenge from policy, instead of the standard sentence.
    pub prompt: Option<String>,
    /// What went wrong with the last code.
    pub error: Option<FactorError>,
    /// Other factors, each a button that posts `factor` to `switch_action`.
    pub others: Vec<FactorChoice>,
    /// Receives the choice of another factor.
    pub switch_action: String,
    /// Receives a POST that sends a new code (text message, mail).
    pub resend_action: Option<String>,
    /// Receives a POST that gives up.
    pub cancel_action: Option<String>,
}

fn sample_factors() -> Vec<FactorChoice> {
    vec![
        FactorChoice::sample("1", FactorKind::Totp, "Pixel 9"),
        FactorChoice::sample("2", FactorKind::Push, "Symbolon app on Pixel 9"),
        FactorChoice::sample("3", FactorKind::Sms, "+49 ••• ••17"),
        FactorChoice::sample("4", FactorKind::Recovery, ""),
    ]
}

impl View for ChooseFactorView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self {
            action: "/login/factor".into(),
            application: Application::sample(),
            person: Person::sample(),
            purpose: Purpose::SignIn,
            factors: sample_factors(),
            error: None,
            cancel_action: Some("/login/cancel".into()),
        };
        vec![("four", view.clone()), ("declined", Self { error: Some(FactorError::Declined), purpose: Purpose::StepUp, ..view })]
    }
}

impl View for FactorView {
    fn samples() -> Vec<(&'static str, Self)> {
        let [totp, push, sms, recovery] = <[_; 4]>::try_from(sample_factors()).unwrap_or_else(|_| unreachable!("four samples"));
        let view = Self {
            action: "/login/factor".into(),
            application: Application::sample(),
            person: Person::sample(),
            purpose: Purpose::SignIn,
            factor: totp.clone(),
            digits: Some(6),
            pin: false,
            prompt: None,
            error: None,
            others: vec![push, recovery.clone()],
            switch_action: "/login/factor/other".into(),
            resend_action: None,
            cancel_action: Some("/login/cancel".into()),
        };
        let failed = |error| Self { error: Some(error), ..view.clone() };
        vec![
            ("totp", view.clone()),
            ("alone", Self { others: vec![], application: None, purpose: Purpose::Change, cancel_action: None, ..view.clone() }),
            (
                "sms",
                Self {
                    factor: sms,
                    resend_action: Some("/login/factor/resend".into()),
                    prompt: Some("Please enter the code that we have sent to +49 ••• ••17.".into()),
                    purpose: Purpose::StepUp,
                    ..view.clone()
                },
            ),
            ("recovery", Self { factor: recovery, digits: None, others: vec![totp], ..view.clone() }),
            ("with PIN", Self { pin: true, ..failed(FactorError::WrongCode) }),
            ("wrong", failed(FactorError::WrongCode)),
            ("used", failed(FactorError::AlreadyUsed)),
            ("missing", failed(FactorError::Missing)),
            ("too_many", failed(FactorError::TooManyAttempts { minutes: 1 })),
            ("expired", failed(FactorError::Expired)),
            (
                "hostile",
                Self {
                    application: Some(Application::hostile()),
                    person: Person::hostile(),
                    factor: FactorChoice::sample(
                        "\"><x",
                        FactorKind::Other { name: "<script>alert(1)</script>".into() },
                        &"n".repeat(80),
                    ),
                    prompt: Some(format!("<script>alert(1)</script>{}", "long".repeat(50))),
                    digits: None,
                    others: vec![FactorChoice::sample("\"><x", FactorKind::Totp, &"unbroken".repeat(20))],
                    ..view.clone()
                },
            ),
            ("stale", failed(FactorError::Stale)),
            ("unavailable", failed(FactorError::Unavailable)),
        ]
    }
}
