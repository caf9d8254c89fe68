//! What is configured of a service provider beside its metadata.

use std::collections::BTreeMap;

use keys::Scheme;
use serde::{Deserialize, Serialize};

use crate::claims::Rule;
use crate::party::client::ConsentRule;
use crate::party::source;
use crate::saml::Way;
use crate::saml::names::{attribute, format};

/// Which parts of an answer are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The assertion and the response around it.
    Both,
    /// The assertion alone.
    Assertion,
    /// The response alone, unless the metadata wants assertions signed.
    Response,
}

/// Whether assertions are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encrypt {
    /// Never.
    Never,
    /// Wherever the metadata has a key for it.
    WhenPossible,
    /// Always; without a key in the metadata nobody signs in.
    Always,
}

/// Which identifier of people goes into assertions as an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectId {
    /// The one that the metadata asks for, if it asks for one.
    #[default]
    Requested,
    /// None.
    Never,
    /// `pairwise-id`: another one for every party.
    Pairwise,
    /// `subject-id`: the same for every party.
    Public,
}

/// On which way answers go when a request names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseBinding {
    /// In a form.
    Post,
    /// By artifact.
    Artifact,
}

impl ResponseBinding {
    /// The way.
    pub const fn way(self) -> Way {
        match self {
            Self::Post => Way::Post,
            Self::Artifact => Way::Artifact,
        }
    }
}

/// How answers are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// What everybody understands.
    #[serde(rename = "rsa-sha256")]
    RsaSha256,
    /// RSA with a longer digest.
    #[serde(rename = "rsa-sha384")]
    RsaSha384,
    /// RSA with the longest digest.
    #[serde(rename = "rsa-sha512")]
    RsaSha512,
    /// RSA with PSS padding.
    #[serde(rename = "rsa-pss-sha256")]
    RsaPssSha256,
    /// ECDSA on P-256.
    #[serde(rename = "ecdsa-sha256")]
    EcdsaSha256,
    /// ECDSA on P-384.
    #[serde(rename = "ecdsa-sha384")]
    EcdsaSha384,
}

impl From<Algorithm> for Scheme {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::RsaSha256 => Self::RsaSha256,
            Algorithm::RsaSha384 => Self::RsaSha384,
            Algorithm::RsaSha512 => Self::RsaSha512,
            Algorithm::RsaPssSha256 => Self::RsaPssSha256,
            Algorithm::EcdsaSha256 => Self::EcdsaSha256,
            Algorithm::EcdsaSha384 => Self::EcdsaSha384,
        }
    }
}

/// A form of name identifier that we give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameIdFormat {
    /// The same for this party for good, another for every other.
    Persistent,
    /// Another one every time.
    Transient,
    /// The mail address.
    Email,
    /// What `name_id_attribute` names.
    Unspecified,
}

impl NameIdFormat {
    const ALL: [Self; 4] = [Self::Persistent, Self::Transient, Self::Email, Self::Unspecified];

    /// Its URI.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Persistent => format::PERSISTENT,
            Self::Transient => format::TRANSIENT,
            Self::Email => format::EMAIL,
            Self::Unspecified => format::UNSPECIFIED,
        }
    }

    /// The form of this URI.
    pub fn of(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.uri() == uri)
    }
}

/// How attributes are named when nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameFormat {
    /// As our claims are.
    Basic,
    /// By object identifiers, as directories and federations do, where there are some.
    Uri,
    /// As our claims are, without saying that they are names.
    Unspecified,
}

impl NameFormat {
    /// The form of this URI.
    pub fn of(uri: &str) -> Option<Self> {
        [Self::Basic, Self::Uri, Self::Unspecified].into_iter().find(|one| one.uri() == uri)
    }

    /// Its URI.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Basic => attribute::BASIC,
            Self::Uri => attribute::URI,
            Self::Unspecified => attribute::UNSPECIFIED,
        }
    }
}

/// How one claim is named in assertions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeName {
    /// The name.
    pub name: String,
    /// Its form; by default that of the party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<NameFormat>,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
}

/// Everything that is configured for a service provider, as given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What people read. Empty: what the metadata says.
    pub name: String,
    /// Where its metadata is published, to be fetched again and again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_url: Option<String>,
    /// The certificate of the key that signs its metadata: then others are not taken. PEM; several while they roll over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_certificate: Option<String>,
    /// Seconds after which published metadata is fetched again, unless it says that this is to be done sooner.
    pub metadata_refresh: u32,
    /// Which parts of an answer are signed.
    pub sign: Sign,
    /// How.
    pub signature_algorithm: Algorithm,
    /// Whether assertions are encrypted.
    pub encrypt: Encrypt,
    /// On which way answers go when a request names none.
    pub response_binding: ResponseBinding,
    /// Whether requests without a signature are refused even where the metadata does not say that they are signed.
    pub require_signed_requests: bool,
    /// The form of name identifier, whatever a request wishes; by default the first that the metadata lists and that tells no more
    /// than is released, else `persistent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id_format: Option<NameIdFormat>,
    /// The attribute that becomes an unspecified name identifier. A `username` is unique within its realm only; `username@realm`
    /// is unique.
    pub name_id_attribute: String,
    /// Scopes whose claims become attributes.
    pub scopes: Vec<String>,
    /// How its claims are filled, where that differs from the standard claims.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Rule>,
    /// Whether of these only what the metadata asks for is released, where it asks for anything.
    pub only_requested: bool,
    /// How attributes are named.
    pub attribute_format: NameFormat,
    /// Claims that are named otherwise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attribute_names: BTreeMap<String, AttributeName>,
    /// Whether people are asked before anything is released.
    pub consent: ConsentRule,
    /// The level that every sign-in for it must reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_acr: Option<String>,
    /// Seconds that an assertion may be delivered.
    pub assertion_lifetime: u32,
    /// Seconds after which the party should ask again; zero: it is not told.
    pub session_lifetime: u32,
    /// Seconds by which clocks may differ.
    pub clock_skew: u32,
    /// Further audiences of its assertions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Whether a sign-in may begin here, without a request.
    pub idp_initiated: bool,
    /// Which identifier of people goes into assertions as an attribute.
    pub subject_id: SubjectId,
    /// Whether assertions tell each factor that was shown and when, as the attribute `authn_factors`.
    pub authn_factors: bool,
    /// Whether assertions may be encrypted with AES-CBC, for parties that understand nothing better: whoever can have them decrypt
    /// what he sends can read it.
    pub allow_cbc: bool,
    /// Until when what is exchanged with it is kept to be looked at: seconds since 1970, at most an hour ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_until: Option<i64>,
    /// Whether clients that are no browsers may sign people in to it.
    pub ecp: bool,
    /// Whether it may ask for the attributes of people who are signed in to it.
    pub attribute_query: bool,
    /// Whether attributes stand in answers to such questions alone, and in none to a sign-in, which a browser carries.
    pub only_by_query: bool,
}

impl Settings {
    /// Whether metadata comes from the same place, signed by one of the same keys: then what is held says which copies are older.
    pub(super) fn has_source_of(&self, other: &Self) -> bool {
        let has_key = match (&self.metadata_certificate, &other.metadata_certificate) {
            (Some(mine), Some(theirs)) => source::has_common(mine, theirs),
            (mine, theirs) => mine == theirs,
        };
        has_key && self.metadata_url == other.metadata_url
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            metadata_url: None,
            metadata_certificate: None,
            metadata_refresh: 14_400,
            sign: Sign::Both,
            signature_algorithm: Algorithm::RsaSha256,
            encrypt: Encrypt::Never,
            response_binding: ResponseBinding::Post,
            require_signed_requests: false,
            name_id_format: None,
            name_id_attribute: "username".to_owned(),
            scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            claims: Vec::new(),
            only_requested: true,
            attribute_format: NameFormat::Basic,
            attribute_names: BTreeMap::new(),
            consent: ConsentRule::Trusted,
            required_acr: None,
            assertion_lifetime: 300,
            session_lifetime: 0,
            clock_skew: 60,
            audiences: Vec::new(),
            idp_initiated: false,
            subject_id: SubjectId::Requested,
            authn_factors: false,
            allow_cbc: false,
            debug_until: None,
            ecp: false,
            attribute_query: false,
            only_by_query: false,
        }
    }
}
