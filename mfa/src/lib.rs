//! The multi-factor engine: tokens, policies, resolvers, realms and people, guess budgets.

pub mod budget;
pub mod challenge;
pub mod engine;
pub mod people;
pub mod policy;
pub mod tokens;

/// Every statement of this crate.
pub fn statements() -> Vec<&'static db::Stmt> {
    [&tokens::store::statements()[..], challenge::store::STATEMENTS, budget::store::STATEMENTS].concat()
}
