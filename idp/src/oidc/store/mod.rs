//! Rows of the provider, one file per aggregate.

pub(crate) mod access;
pub(crate) mod assertion;
pub(crate) mod code;
pub(crate) mod grant;
pub(crate) mod purge;
pub(crate) mod refresh;

/// Every statement of the provider.
pub(crate) fn statements() -> Vec<&'static db::Stmt> {
    [access::STATEMENTS, assertion::STATEMENTS, code::STATEMENTS, grant::STATEMENTS, purge::STATEMENTS, refresh::STATEMENTS]
        .concat()
}
