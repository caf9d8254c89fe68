//! Who asked, when, and through which door.

use std::net::IpAddr;

use kernel::Timestamp;

/// A way into the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// The management API.
    Api,
    /// Checking of factors by machines.
    Validate,
    /// Hosted pages.
    Pages,
    /// OpenID Connect.
    Oidc,
    /// SAML.
    Saml,
    /// The command line.
    Cli,
    /// A job of our own.
    Job,
}

impl Door {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Validate => "validate",
            Self::Pages => "pages",
            Self::Oidc => "oidc",
            Self::Saml => "saml",
            Self::Cli => "cli",
            Self::Job => "job",
        }
    }
}

/// Where a request comes from. Made once at the door and passed on unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// When it arrived.
    pub at: Timestamp,
    /// Its id, the same in every log line and record.
    pub request: String,
    /// The door.
    pub door: Door,
    /// Address of the end client, if known or asserted by a trusted relay.
    pub client: Option<IpAddr>,
    /// Address of the machine that passed the request on.
    pub relay: Option<IpAddr>,
    /// What the client says it is.
    pub user_agent: String,
    /// The node that serves it.
    pub node: String,
    /// The issuer it was addressed to.
    pub issuer: String,
}
