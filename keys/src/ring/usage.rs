//! What signing keys are for. Each use has keys of its own, so that a signature made for one means nothing for another.
//!
//! To add a use: one variant and its line in [`Use::spec`].

use super::alg::Alg;

/// What a signing key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// ID tokens, logout tokens and signed answers to relying parties.
    IdToken,
    /// Access tokens (`at+jwt`, RFC 9068).
    AccessToken,
    /// Tokens of the management API.
    Api,
    /// Signatures of answers of the management API.
    Response,
    /// Checkpoints of the audit chain.
    Checkpoint,
    /// SAML: messages, assertions and metadata.
    Saml,
}

/// How keys of one use are kept.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// Keys of these algorithms exist; the first is the default.
    pub(crate) algs: &'static [Alg],
    /// Replaced automatically. Others hold the key for answers of the API as a file; those of SAML, which they hold as metadata, have a
    /// rhythm of their own.
    pub(crate) automatic: bool,
    /// Public keys are kept for good: what they have signed is verified years later.
    pub(crate) kept: bool,
    /// Belongs to one issuer, not to the installation.
    pub(crate) of_issuer: bool,
}

impl Use {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::IdToken, Self::AccessToken, Self::Api, Self::Response, Self::Checkpoint, Self::Saml];

    pub(crate) const fn spec(self) -> Spec {
        use Alg::{EdDsa, Es256, Es384, ResponsePss, Rs256, XmlRsa};
        match self {
            Self::IdToken => {
                let algs = &[Es256, Rs256, EdDsa];
                Spec { name: "id_token", algs, automatic: true, kept: false, of_issuer: true }
            }
            Self::AccessToken => {
                let algs = &[Es256, Rs256, EdDsa];
                Spec { name: "access_token", algs, automatic: true, kept: false, of_issuer: true }
            }
            Self::Api => Spec { name: "api", algs: &[Es256], automatic: true, kept: false, of_issuer: false },
            Self::Response => Spec { name: "response", algs: &[ResponsePss], automatic: false, kept: false, of_issuer: false },
            Self::Checkpoint => Spec { name: "checkpoint", algs: &[Es256], automatic: true, kept: true, of_issuer: false },
            Self::Saml => Spec { name: "saml", algs: &[XmlRsa, Es256, Es384], automatic: false, kept: false, of_issuer: true },
        }
    }

    /// The name that is stored and shown.
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// Whether a key of this algorithm is made only when somebody wants to use it; from then on it lives as the others.
    pub(super) fn waits_for(self, alg: Alg) -> bool {
        (self, alg) == (Self::Saml, Alg::Es384)
    }

    /// The use of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|u| u.name() == name)
    }

    /// Its next keys are announced before they sign. Whoever lets them sign at once does so after an incident: those before count no
    /// longer.
    pub(crate) const fn is_announced(self) -> bool {
        matches!(self, Self::Saml)
    }

    /// Algorithms for which there are keys; the first is the default.
    pub const fn algs(self) -> &'static [Alg] {
        self.spec().algs
    }
}

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, not used yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more; what it signed is still accepted until it expires.
    Retired,
}

impl KeyState {
    /// The name that is stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Next, Self::Active, Self::Retired].into_iter().find(|s| s.name() == name)
    }
}
