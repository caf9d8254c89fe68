//! The multi-factor engine: tokens, policies, resolvers, realms and people, guess budgets.

pub mod tokens;
