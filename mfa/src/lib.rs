//! The multi-factor engine: tokens, policies, resolvers, realms and people, guess budgets.

pub mod budget;
pub mod challenge;
pub mod engine;
pub mod initialise;
pub mod operation;
pub mod people;
pub mod policy;
pub mod resolvers;
pub mod revision;
pub mod settings;
mod system;
#[cfg(test)]
pub(crate) mod testing;
pub mod tokens;

pub use system::{Mfa, Parts, Setup};

/// Every statement of this crate.
pub fn statements() -> Vec<&'static db::Stmt> {
    [
        &tokens::store::statements()[..],
        challenge::store::STATEMENTS,
        budget::store::STATEMENTS,
        &people::store::statements(),
        &resolvers::statements(),
        policy::store::STATEMENTS,
    ]
    .concat()
}
