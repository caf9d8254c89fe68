//! Who asked, when, and through which door.

use std::net::IpAddr;

use kernel::Timestamp;

/// A way into Symbolon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// The management REST API.
    Api,
    /// Checks of a factor for machines (`/validate`, `/auth`).
    Validate,
    /// The hosted pages.
    Pages,
    /// OpenID Connect.
    Oidc,
    /// SAML 2.0.
    Saml,
    /// Provisioning (SCIM 2.0).
    Scim,
    /// The command line.
    Cli,
    /// A background job.
    Job,
}

impl Door {
    const ALL: [Self; 8] = [Self::Api, Self::Validate, Self::Pages, Self::Oidc, Self::Saml, Self::Scim, Self::Cli, Self::Job];

    /// The name that is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Validate => "validate",
            Self::Pages => "pages",
            Self::Oidc => "oidc",
            Self::Saml => "saml",
            Self::Scim => "scim",
            Self::Cli => "cli",
            Self::Job => "job",
        }
    }

    /// The door of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.name() == name)
    }
}

/// Who asked, when, through which door. Made once for each request, by whoever opens the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// When the request arrived.
    pub at: Timestamp,
    /// Identifier of the request, also in logs and error pages.
    pub request: String,
    /// The door.
    pub door: Door,
    /// Address of the end client, as far as it is known for sure.
    pub client: Option<IpAddr>,
    /// Address of the allow-listed relay that asked on behalf of the client.
    pub relay: Option<IpAddr>,
    /// The `User-Agent` header as it was sent.
    pub user_agent: String,
    /// Language of the client (BCP 47), if it has named one: what is sent to the person is written in it.
    pub language: Option<String>,
    /// Name of the node that serves.
    pub node: String,
    /// The issuer that was addressed.
    pub issuer: String,
}

impl Origin {
    /// The origin of work that nobody asked for from outside: a job or the command line.
    pub fn local(door: Door, at: Timestamp, request: impl Into<String>, node: impl Into<String>) -> Self {
        Self {
            at,
            request: request.into(),
            door,
            client: None,
            relay: None,
            user_agent: String::new(),
            language: None,
            node: node.into(),
            issuer: String::new(),
        }
    }
}

/// Splits `product/version comment` into product and version.
pub(crate) fn split_user_agent(header: &str) -> (&str, &str) {
    let first = header.split_whitespace().next().unwrap_or_default();
    first.split_once('/').unwrap_or((first, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_have_distinct_names() {
        for door in Door::ALL {
            assert_eq!(Door::parse(door.name()), Some(door));
        }
    }

    #[test]
    fn user_agents() {
        assert_eq!(split_user_agent("privacyidea-cp/3.5.1 Windows/10 Laptop/L1"), ("privacyidea-cp", "3.5.1"));
        assert_eq!(split_user_agent("curl"), ("curl", ""));
        assert_eq!(split_user_agent(""), ("", ""));
    }
}
