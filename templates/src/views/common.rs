//! Parts that several views share.

use serde::Serialize;

use crate::macros::words;

/// The application that asked for the sign-in. Everything in it is foreign text.
#[derive(Clone, Serialize, Default)]
pub struct Application {
    /// Name as registered.
    pub name: String,
    /// Logo; left out unless [`crate::url::image`] accepts it.
    pub logo_url: Option<String>,
    /// Home page; links are left out unless [`crate::url::link`] accepts them.
    pub home_url: Option<String>,
    /// Privacy policy.
    pub policy_url: Option<String>,
    /// Terms of use.
    pub terms_url: Option<String>,
}

impl Application {
    /// An application of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    pub(super) fn sample() -> Option<Self> {
        Some(Self {
            home_url: Some("https://notes.example.org/".into()),
            policy_url: Some("https://notes.example.org/privacy".into()),
            terms_url: Some("https://notes.example.org/terms".into()),
            ..Self::named("Harbour Notes")
        })
    }

    /// What an application registered by an attacker may look like.
    pub(super) fn hostile() -> Self {
        Self {
            name: format!("<script>alert(1)</script>\u{202e}\"onmouseover='x' {}", "Unbroken".repeat(20)),
            logo_url: Some("javascript:alert(1)".into()),
            home_url: Some("javascript:alert(1)".into()),
            policy_url: Some("javascript:alert(1)".into()),
            terms_url: Some("https://evil.example/\"><img src=x onerror=alert(1)>".into()),
        }
    }
}

/// The person whom a page addresses; only shown after a first proof, or on their own device.
#[derive(Clone, Serialize)]
pub struct Person {
    /// Display name; empty when there is none.
    pub name: String,
    /// Name under which the person signs in.
    pub login: String,
}

impl Person {
    pub(super) fn sample() -> Self {
        Self { name: "Ada Lovelace".into(), login: "ada@example.org".into() }
    }

    /// A name that tries to break out of the page, and a login without any place to wrap.
    pub(super) fn hostile() -> Self {
        Self { name: "\"><b onclick=alert(1)>מוזר</b>".into(), login: "unbroken".repeat(30) }
    }
}

words! {
    /// What kind of thing a factor is.
    FactorKind {
        /// Time-based codes from an app or hardware token.
        Totp => "kind-totp",
        /// Counter-based codes.
        Hotp => "kind-hotp",
        /// Confirmation in an app.
        Push => "kind-push",
        /// Code by text message.
        Sms => "kind-sms",
        /// Code by mail.
        Email => "kind-email",
        /// Passkey.
        Passkey => "kind-passkey",
        /// Security key as a second factor.
        SecurityKey => "kind-security-key",
        /// Recovery codes.
        Recovery => "kind-recovery",
        /// Any other kind, by its own name.
        Other {
            /// The kind's name for people.
            name: String
        } => "kind-other",
    }
}

/// A factor that can be chosen; posted as `factor` = `id`.
#[derive(Clone, Serialize)]
pub struct FactorChoice {
    /// Handle, meaningful to the receiver only.
    pub id: String,
    /// Kind.
    pub kind: FactorKind,
    /// The person's own name for it ("Pixel 9", "+49 *** 17"); empty when there is none.
    pub name: String,
}

impl FactorChoice {
    pub(super) fn sample(id: &str, kind: FactorKind, name: &str) -> Self {
        Self { id: id.into(), kind, name: name.into() }
    }
}
