//! Adding a factor.

use serde::Serialize;

use super::{Application, FactorError, FactorKind, View};
use crate::macros::words;

words! {
    /// Why a factor is to be added.
    EnrolReason {
        /// Policy demands a second factor and the person has none.
        Required => "enrol-reason-required",
        /// The application demands more than the person can show.
        StepUp => "enrol-reason-step-up",
        /// The person wants another one.
        Wanted => "enrol-reason-wanted",
    }
}

/// A kind that can be added; posted as `kind` = `id`.
#[derive(Clone, Serialize)]
pub struct EnrolKind {
    /// Handle, meaningful to the receiver only.
    pub id: String,
    /// Kind.
    pub kind: FactorKind,
    /// Shown first with a mark.
    pub recommended: bool,
}

/// Which kind of factor to add.
#[derive(Clone, Serialize)]
pub struct EnrolChoiceView {
    /// Receives the choice.
    pub action: String,
    /// Who asked.
    pub application: Option<Application>,
    /// Why.
    pub reason: EnrolReason,
    /// What can be added.
    pub kinds: Vec<EnrolKind>,
    /// Receives a POST with `skip` that leaves it for later, where policy allows it.
    pub skip_action: Option<String>,
    /// Receives a POST that gives up.
    pub cancel_action: Option<String>,
}

/// Adding an authenticator app: scan, then type the first code. Posts `otp`. Holds the secret, so it has no `Debug`.
#[derive(Clone, Serialize)]
pub struct EnrolTotpView {
    /// Receives the first code.
    pub action: String,
    /// Who asked.
    pub application: Option<Application>,
    /// Why.
    pub reason: EnrolReason,
    /// Account name as the app will show it.
    pub account: String,
    /// Issuer as the app will show it.
    pub issuer: String,
    /// The `otpauth://` address: QR code and link.
    pub uri: String,
    /// The key in Base32.
    pub secret: String,
    /// Digits of a code.
    pub digits: u8,
    /// Seconds that a code lives.
    pub period: u32,
    /// Hash function, for typing the key by hand: `SHA1`, `SHA256`, `SHA512`.
    pub algorithm: String,
    /// What went wrong with the last code.
    pub error: Option<FactorError>,
    /// Receives a POST that gives up.
    pub cancel_action: Option<String>,
}

impl View for EnrolChoiceView {
    fn samples() -> Vec<(&'static str, Self)> {
        let kind = |id: &str, kind, recommended| EnrolKind { id: id.into(), kind, recommended };
        let view = Self {
            action: "/login/enrol".into(),
            application: Application::sample(),
            reason: EnrolReason::Required,
            kinds: vec![
                kind("totp", FactorKind::Totp, true),
                kind("passkey", FactorKind::Passkey, false),
                kind("push", FactorKind::Push, false),
                kind("sms", FactorKind::Sms, false),
                kind("email", FactorKind::Email, false),
                kind("hotp", FactorKind::Hotp, false),
                kind("webauthn", FactorKind::SecurityKey, false),
                kind("vasco", FactorKind::Other { name: "Vasco Digipass".into() }, false),
            ],
            skip_action: None,
            cancel_action: Some("/login/cancel".into()),
        };
        let few = view.kinds[..2].to_vec();
        vec![
            ("required", Self { kinds: few, ..view.clone() }),
            ("wanted", Self { reason: EnrolReason::Wanted, skip_action: Some("/login/enrol".into()), ..view }),
        ]
    }
}

impl View for EnrolTotpView {
    fn samples() -> Vec<(&'static str, Self)> {
        let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
        let view = Self {
            action: "/login/enrol/totp".into(),
            application: Application::sample(),
            reason: EnrolReason::Required,
            account: "ada@example.org".into(),
            issuer: "Symbolon".into(),
            uri: format!(
                "otpauth://totp/Symbolon:ada%40example.org?secret={secret}&issuer=Symbolon&algorithm=SHA1&digits=6&period=30"
            ),
            secret: secret.into(),
            digits: 6,
            period: 30,
            algorithm: "SHA1".into(),
            error: None,
            cancel_action: Some("/login/cancel".into()),
        };
        vec![
            ("first", view.clone()),
            ("wrong", Self { error: Some(FactorError::WrongCode), ..view.clone() }),
            (
                "portal",
                Self { application: None, reason: EnrolReason::Wanted, cancel_action: Some("/factors".into()), ..view.clone() },
            ),
            (
                "hostile",
                Self {
                    uri: "javascript:alert(1)".into(),
                    account: "<script>alert(1)</script>".repeat(6),
                    issuer: "unbroken".repeat(20),
                    algorithm: "SHA512".into(),
                    secret: "JBSWY3DPEHPK3PXP".repeat(6),
                    digits: 8,
                    ..view.clone()
                },
            ),
            ("step_up", Self { reason: EnrolReason::StepUp, cancel_action: None, ..view }),
        ]
    }
}
