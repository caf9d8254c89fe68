//! What an application will learn.

use serde::Serialize;

use super::{Application, Person, View};
use crate::macros::words;

words! {
    /// A scope in human words.
    ScopeName {
        /// `openid`: that it is you.
        OpenId => "scope-openid",
        /// `profile`.
        Profile => "scope-profile",
        /// `email`.
        Email => "scope-email",
        /// `phone`.
        Phone => "scope-phone",
        /// `address`.
        Address => "scope-address",
        /// `offline_access`.
        OfflineAccess => "scope-offline",
        /// `groups`: memberships.
        Groups => "scope-groups",
        /// A scope with a description of its own.
        Other {
            /// The registered description, or the bare name.
            name: String
        } => "scope-other",
    }
}

/// One value that is released.
#[derive(Clone, Serialize)]
pub struct Claim {
    /// Claim name as in OpenID Connect (`given_name`, `email`, ...); known ones are shown in words.
    pub name: String,
    /// The value as text.
    pub value: String,
}

/// A scope with the values that it releases.
#[derive(Clone, Serialize)]
pub struct ScopeLine {
    /// The scope.
    pub scope: ScopeName,
    /// Values that it releases now.
    pub claims: Vec<Claim>,
}

words! {
    /// What becomes of the decision.
    Remember {
        /// It is kept until revoked.
        Always => "consent-remember-always",
        /// It holds for this time only.
        Never => "consent-remember-never",
        /// The person decides with the box `remember`.
        Ask => "consent-remember-ask",
    }
}

/// Consent. Posts `accept` or `deny` (and `remember`).
#[derive(Clone, Serialize)]
pub struct ConsentView {
    /// Receives the decision.
    pub action: String,
    /// Who asks.
    pub application: Application,
    /// Address to which the answer goes; its host is shown.
    pub redirect_uri: String,
    /// Who decides.
    pub person: Person,
    /// What is asked for.
    pub scopes: Vec<ScopeLine>,
    /// What becomes of the decision.
    pub remember: Remember,
}

impl View for ConsentView {
    fn samples() -> Vec<(&'static str, Self)> {
        let claim = |name: &str, value: &str| Claim { name: name.into(), value: value.into() };
        let line = |scope, claims| ScopeLine { scope, claims };
        let view = Self {
            action: "/consent".into(),
            application: Application::sample().unwrap_or_default(),
            redirect_uri: "https://notes.example.org/callback".into(),
            person: Person::sample(),
            scopes: vec![
                line(ScopeName::OpenId, vec![]),
                line(
                    ScopeName::Profile,
                    vec![claim("name", "Ada Lovelace"), claim("preferred_username", "ada"), claim("locale", "en")],
                ),
                line(ScopeName::Email, vec![claim("email", "ada@example.org")]),
                line(ScopeName::OfflineAccess, vec![]),
            ],
            remember: Remember::Always,
        };
        let more = vec![
            line(ScopeName::OpenId, vec![]),
            line(ScopeName::Phone, vec![claim("phone_number", "+49 40 123456")]),
            line(ScopeName::Address, vec![claim("address", "12 St James's Square, London")]),
            line(ScopeName::Groups, vec![claim("groups", "engineering, readers")]),
            line(ScopeName::Other { name: "Read and write your notebooks".into() }, vec![claim("x_plan", "team")]),
        ];
        vec![
            ("usual", view.clone()),
            ("more", Self { scopes: more, remember: Remember::Ask, ..view.clone() }),
            (
                "hostile",
                Self {
                    application: Application::hostile(),
                    person: Person::hostile(),
                    redirect_uri: format!("https://good.example@{}.example/cb", "evil".repeat(30)),
                    scopes: vec![line(
                        ScopeName::Other { name: "<script>alert(1)</script>".repeat(4) },
                        vec![claim(&"claim".repeat(30), &"<script>alert(1)</script>".repeat(8))],
                    )],
                    ..view.clone()
                },
            ),
            ("once", Self { scopes: vec![line(ScopeName::OpenId, vec![])], remember: Remember::Never, ..view }),
        ]
    }
}
