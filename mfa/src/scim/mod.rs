//! Provisioning: programs of others keep the people of an internal resolver and their groups up to date, in the protocol of SCIM 2.0
//! (RFC 7643, the schema; RFC 7644, the protocol). Nothing here knows HTTP: the door parses, calls an operation and renders.
//!
//! * [`schema`] declares every attribute once. What is published, read, checked, filtered and patched follows from it.
//! * [`document`] reads a resource as it is sent, [`patch`] changes one, [`filter`] chooses among many, [`project`] shows parts.
//! * [`user`] and [`group`] turn rows into resources and back. A user is an account of an internal resolver; what SCIM knows beyond the
//!   attributes of accounts is kept beside it, and where both know something, the account is right.
//! * [`client`] are the programs that may come: each has a token, one resolver, and rights. They see and change nothing else.
//! * [`ops`] are the operations; each checks the rights of the client itself.
//!
//! To add an attribute: one line in [`schema`]; if accounts have it too, one line in the table of [`user`].

pub mod client;
pub mod document;
pub mod error;
pub mod etag;
pub mod filter;
pub mod group;
pub(crate) mod membership;
mod meta;
pub mod ops;
pub mod patch;
pub mod path;
pub mod project;
pub mod query;
pub mod schema;
pub(crate) mod store;
pub mod user;

#[cfg(test)]
mod tests;

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// Resources on one page at most (RFC 7644 section 3.4.2.4, declared in `ServiceProviderConfig`).
pub const MAX_RESULTS: usize = 200;
/// Operations in one bulk request at most (RFC 7644 section 3.7.4, declared in `ServiceProviderConfig`).
pub const MAX_BULK: usize = 100;
/// Operations in one PATCH at most.
pub const MAX_PATCH: usize = 1000;
/// Members of one group at most.
pub const MAX_MEMBERS: usize = 50_000;
/// Values of any other attribute at most.
pub const MAX_VALUES: usize = 100;

/// Every statement of provisioning.
pub(crate) fn statements() -> Vec<&'static db::Stmt> {
    store::statements()
}
