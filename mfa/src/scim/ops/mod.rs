//! Operations of provisioning clients on users and groups, and of the operator on clients.
//!
//! An operation of a client knows it and checks its rights and its resolver itself: whatever parameters say, nothing of another
//! resolver is touched.

mod client_add;
mod client_list;
mod client_remove;
mod group_add;
mod group_change;
mod group_find;
mod group_remove;
mod user_add;
mod user_change;
mod user_find;
mod user_remove;

use std::sync::Arc;

use serde_json::Value;

pub use client_add::AddScimClient;
pub use client_list::ListScimClients;
pub use client_remove::RemoveScimClient;
pub use group_add::AddGroup;
pub use group_change::ChangeGroup;
pub use group_find::{FindGroups, GetGroup};
pub use group_remove::RemoveGroup;
pub use user_add::AddUser;
pub use user_change::ChangeUser;
pub use user_find::{FindUsers, GetUser};
pub use user_remove::RemoveUser;

use super::Object;
use super::client::Client;
use super::error::{Kind, ScimError};
use super::query::Found;
use crate::Mfa;
use crate::operation::{Answer, Call, Failure, FromParams, ParamError, Params};
use crate::people::ResolverRef;
use crate::resolvers::ResolverError;

/// The kind of resolver whose accounts can be provisioned.
pub const KIND: &str = "internalresolver";

/// How a resource is to become another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The body takes its place (RFC 7644 section 3.5.1).
    Replace,
    /// The body says what is to change (RFC 7644 section 3.5.2).
    Patch,
}

/// A body: a resource, or changes.
pub struct Body(Value);

impl FromParams for Body {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        params.raw("resource").cloned().map(Self).ok_or_else(|| ParamError::Missing("resource".to_owned()))
    }
}

/// One resource, and the version that the client believes it has.
pub struct One {
    id: String,
    if_match: Option<String>,
}

impl FromParams for One {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { id: params.required("id")?, if_match: params.optional("if_match")? })
    }
}

/// A change of one resource.
pub struct Change {
    one: One,
    body: Value,
}

impl FromParams for Change {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { one: One::from_params(params)?, body: Body::from_params(params)?.0 })
    }
}

/// Where resources are.
fn base(call: &Call) -> String {
    format!("{}/scim/v2", call.origin.issuer)
}

/// The resolver of a client.
fn resolver(sys: &Mfa, client: &Client) -> Result<Arc<ResolverRef>, Failure> {
    let directory = sys.people.directory();
    let found = directory.resolver_by_id(client.resolver_id).filter(|resolver| resolver.kind.name == KIND);
    found.cloned().ok_or_else(|| ScimError::new(Kind::Forbidden, "The resolver of this client does not exist any more.").into())
}

/// What a resolver refuses is a wrong value.
fn refused(e: ResolverError) -> Failure {
    match e {
        ResolverError::Refused(what) => ScimError::new(Kind::InvalidValue, what).into(),
        other => other.into(),
    }
}

fn name_taken() -> Failure {
    ScimError::new(Kind::Uniqueness, "There is another user of this userName.").into()
}

fn group_taken() -> Failure {
    ScimError::new(Kind::Uniqueness, "There is another group of this displayName.").into()
}

fn shown(resource: &Object) -> Answer {
    Answer::value(Value::Object(resource.clone()))
}

/// A page, and how many there are, as [`Found`] in JSON.
fn listed(found: &Found) -> Answer {
    Answer::value(serde_json::json!({ "total": found.total, "page": found.page }))
}

/// Forgets, after the commit, who has this login and who had it.
fn forget_logins(call: &mut Call, resolver: kernel::ids::RowId, logins: Vec<String>) {
    call.after(move |sys| async move {
        let realms: Vec<String> =
            sys.people.directory().realms_with(resolver, &sys.node).into_iter().map(str::to_owned).collect();
        for realm in &realms {
            for login in &logins {
                sys.people.forget_name(realm, login).await;
            }
        }
    });
}
