//! Rows of provisioning: one file for each aggregate.

pub(crate) mod account;
pub(crate) mod client;
pub(crate) mod group;

/// Every statement.
pub(crate) fn statements() -> Vec<&'static db::Stmt> {
    [account::STATEMENTS, client::STATEMENTS, group::STATEMENTS].concat()
}
