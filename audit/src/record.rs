//! What is recorded: one row for each operation, with the columns of the wire format and some of our own.

use std::time::Duration;

use kernel::ids::PersonId;
use kernel::{SecretText, Timestamp};

use crate::origin::{Door, Origin, split_user_agent};

/// A policy that took effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// Name of the policy.
    pub policy: String,
    /// Its scope.
    pub scope: String,
    /// The action that was asked for.
    pub action: String,
    /// What it gave.
    pub value: String,
}

/// One operation. Text is cut to the width of its column when it is stored. Never put a secret into any field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it was recorded; replaced by the moment of [`append`](crate::Audit::append).
    pub at: Timestamp,
    /// When the operation began.
    pub started: Option<Timestamp>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// What was done, such as `POST /validate/check`.
    pub action: String,
    /// Whether it succeeded.
    pub success: bool,
    /// `ACCEPT`, `REJECT`, `CHALLENGE`, `DECLINED`, or nothing.
    pub authentication: String,
    /// Serial of the token.
    pub serial: String,
    /// Kind of the token.
    pub token_type: String,
    /// Serial of the container.
    pub container_serial: String,
    /// Kind of the container.
    pub container_type: String,
    /// Login name of the person concerned.
    pub user: String,
    /// Their realm.
    pub realm: String,
    /// Their resolver.
    pub resolver: String,
    /// The person concerned.
    pub person: Option<PersonId>,
    /// The administrator who acted.
    pub administrator: String,
    /// Details of the action.
    pub action_detail: String,
    /// Anything worth knowing: why it failed.
    pub info: String,
    /// Name of the node.
    pub node: String,
    /// Address of the client.
    pub client: String,
    /// Address of the relay that asked on the client's behalf.
    pub relay: String,
    /// Product named by the user agent.
    pub user_agent: String,
    /// Its version.
    pub user_agent_version: String,
    /// The door.
    pub door: Door,
    /// The request.
    pub request: String,
    /// The issuer.
    pub issuer: String,
    /// Level of the entry.
    pub log_level: String,
    /// Who may see it.
    pub clearance_level: String,
    /// Thread that served, as older readers expect.
    pub thread_id: String,
    /// Names of the policies that took effect, comma separated; filled from `reasons` when empty.
    pub policies: String,
    /// What decided.
    pub reasons: Vec<Reason>,
}

impl Record {
    /// A record of `action` for a request; everything else is filled in on the way.
    pub fn new(origin: &Origin, action: impl Into<String>) -> Self {
        let (agent, version) = split_user_agent(&origin.user_agent);
        let address = |ip: Option<std::net::IpAddr>| ip.map(|ip| ip.to_canonical().to_string()).unwrap_or_default();
        Self {
            at: origin.at,
            started: Some(origin.at),
            duration: None,
            action: action.into(),
            success: false,
            authentication: String::new(),
            serial: String::new(),
            token_type: String::new(),
            container_serial: String::new(),
            container_type: String::new(),
            user: String::new(),
            realm: String::new(),
            resolver: String::new(),
            person: None,
            administrator: String::new(),
            action_detail: String::new(),
            info: String::new(),
            node: origin.node.clone(),
            client: address(origin.client),
            relay: address(origin.relay),
            user_agent: agent.to_owned(),
            user_agent_version: version.to_owned(),
            door: origin.door,
            request: origin.request.clone(),
            issuer: origin.issuer.clone(),
            log_level: "default".to_owned(),
            clearance_level: "default".to_owned(),
            thread_id: "0".to_owned(),
            policies: String::new(),
            reasons: Vec::new(),
        }
    }

    /// Whether any field contains the secret. For assertions in tests; an empty secret is nowhere.
    pub fn mentions(&self, secret: &SecretText) -> bool {
        !secret.is_empty() && format!("{self:?}").contains(secret.expose())
    }
}
