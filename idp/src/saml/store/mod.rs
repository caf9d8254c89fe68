//! Rows of the SAML provider beside the registry, one file per aggregate.

pub(crate) mod artifact;
pub(crate) mod exchange;

/// Every statement of the provider.
pub(crate) fn statements() -> Vec<&'static db::Stmt> {
    [artifact::STATEMENTS, exchange::STATEMENTS].concat()
}

/// Every sealed column of the provider.
pub(crate) fn sealed() -> Vec<&'static keys::SealedColumn> {
    [artifact::SEALED, exchange::SEALED].concat()
}
