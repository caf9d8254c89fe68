//! The multi-factor engine: tokens, policies, resolvers, realms and people, guess budgets.

pub mod people;
pub mod policy;
pub mod tokens;
