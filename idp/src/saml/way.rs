//! Ways on which answers reach a party.

use super::names::binding;

/// A way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The browser carries it in a form.
    #[default]
    Post,
    /// The browser carries a reference, with which the party fetches it.
    Artifact,
    /// A client that is no browser carries it (SAML profiles 4.2).
    Paos,
}

impl Way {
    const ALL: [Self; 3] = [Self::Post, Self::Artifact, Self::Paos];

    /// Its name in metadata and requests.
    pub const fn binding(self) -> &'static str {
        match self {
            Self::Post => binding::POST,
            Self::Artifact => binding::ARTIFACT,
            Self::Paos => binding::PAOS,
        }
    }

    /// The way of this name, if we have it.
    pub fn of(binding: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.binding() == binding)
    }
}
