//! Facts: what is known about a request when a policy is asked. What is not known (`None`) is not compared.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use kernel::Timestamp;
use kernel::ids::PersonId;

use crate::people::Attributes;

/// Who administers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminFacts {
    /// The administrator realm; empty for local administrators.
    pub realm: String,
    /// The name.
    pub name: String,
}

/// What conditions may compare about the token at hand.
#[derive(Clone, Debug, Default)]
pub struct TokenFacts {
    /// As in the token list: `serial`, `tokentype`, `failcount`, `count`, `active`, `locked`, `revoked`, `rollout_state`, `realms`...
    pub attributes: Attributes,
    /// Token info.
    pub info: BTreeMap<String, String>,
}

/// What is known when a policy is asked.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Realm of the person (or of the owner of the token); `Some("")` says that there is none.
    pub realm: Option<String>,
    /// Resolver of the person.
    pub resolver: Option<String>,
    /// All resolvers of the realm that know the login, for policies with `check_all_resolvers`.
    pub all_resolvers: Option<Vec<String>>,
    /// Login name; `Some("")` says that there is nobody.
    pub login: Option<String>,
    /// The person. Without a login, only policies for everybody match.
    pub person: Option<PersonId>,
    /// The person's attributes.
    pub userinfo: Option<Arc<Attributes>>,
    /// Who administers, in scope `admin`.
    pub admin: Option<AdminFacts>,
    /// Address of the end client.
    pub client: Option<IpAddr>,
    /// Product part of the User-Agent header, such as `privacyidea-cp`; `Some("")` says that there was none.
    pub user_agent: Option<String>,
    /// Name of this node.
    pub node: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// The token at hand.
    pub token: Option<TokenFacts>,
    /// Realms of the token at hand; they count in addition to `realm`.
    pub token_realms: Option<Vec<String>>,
    /// Request headers, names in lower case.
    pub headers: Option<Arc<BTreeMap<String, String>>>,
    /// Request parameters, without secrets.
    pub params: Option<Arc<BTreeMap<String, String>>>,
    /// The application that asks (client id), at sign-in.
    pub party: Option<String>,
}

impl Facts {
    /// What is known about where a request comes from.
    pub fn of(origin: &audit::Origin) -> Self {
        let agent = origin.user_agent.split(|c: char| c == '/' || c.is_whitespace()).next().unwrap_or_default();
        Self { client: origin.client, user_agent: Some(agent.to_owned()), node: Some(origin.node.clone()), ..Self::at(origin.at) }
    }

    /// Facts of which only the moment is known.
    pub fn at(moment: Timestamp) -> Self {
        Self { at: Some(moment), ..Self::default() }
    }
}
