//! Who asks for a sign-in: the view that is common to OIDC clients, SAML service providers and our own portal.

pub mod client;
pub mod federation;
pub mod source;
pub mod sp;

/// By which door a party asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// An OpenID Connect client.
    Oidc,
    /// A SAML service provider.
    Saml,
    /// Our own portal or administration.
    Portal,
}

impl PartyKind {
    /// Its stored form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Saml => "saml",
            Self::Portal => "portal",
        }
    }

    /// Reads the stored form.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Oidc, Self::Saml, Self::Portal].into_iter().find(|kind| kind.name() == name)
    }
}

/// A party as login flow, sessions, consent and policies see it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Party {
    /// By which door it asks.
    pub kind: PartyKind,
    /// Client id, entity id, or `portal`. At most 191 characters.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Its logo, if it has one.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// Its home page.
    pub home_uri: Option<String>,
    /// Whether it belongs to the house: then nobody is asked for consent, unless the request insists.
    pub trusted: bool,
}

impl Party {
    /// Our own portal.
    pub fn portal() -> Self {
        Self {
            kind: PartyKind::Portal,
            id: "portal".to_owned(),
            name: "Symbolon".to_owned(),
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            home_uri: None,
            trusted: true,
        }
    }
}
