//! The multi-factor engine: tokens, policies, resolvers, realms and people, guess budgets, delivery of messages.

pub mod audit_log;
pub mod budget;
pub mod challenge;
pub mod delivery;
pub mod engine;
pub mod enrol;
pub mod events;
pub mod initialise;
pub mod kerberos;
pub mod notices;
pub mod operation;
pub mod people;
pub mod policy;
pub mod resolvers;
pub mod revision;
pub mod scim;
mod sealed;
pub mod settings;
mod system;
#[cfg(test)]
pub(crate) mod testing;
pub mod token_ops;
pub mod tokens;

pub use system::{Mfa, Parts, Setup};

/// Every sealed column of this crate, for re-sealing.
pub fn sealed_columns() -> Vec<&'static keys::SealedColumn> {
    sealed::SEALED.to_vec()
}

/// Every statement of this crate.
pub fn statements() -> Vec<&'static db::Stmt> {
    let sealed: Vec<&'static db::Stmt> = sealed_columns().into_iter().flat_map(keys::SealedColumn::statements).collect();
    [
        &sealed[..],
        &tokens::store::statements(),
        challenge::store::STATEMENTS,
        budget::store::STATEMENTS,
        &people::store::statements(),
        &resolvers::statements(),
        policy::store::STATEMENTS,
        &events::statements(),
        &scim::statements(),
        kerberos::store::STATEMENTS,
    ]
    .concat()
}
