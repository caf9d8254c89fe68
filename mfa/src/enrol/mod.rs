//! Enrolment: what stands between the wish for a token and the token. Kinds make tokens ([`crate::tokens`]); here is what is the
//! same for all of them: limits, PIN rules, labels, and the demand that a new factor needs an old one.

pub mod label;
pub mod limits;
pub mod pin_rules;
mod proof;

pub use proof::{FreshProof, demand, factors};
