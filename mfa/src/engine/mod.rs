//! The engine: the one verifier of second factors, behind every door.
//!
//! It knows no HTTP. Kinds decide ([`crate::tokens`]), the engine performs: it reads the tokens of a person (one SELECT, unless [`Recall`] remembers them), lets
//! each of them judge what was given, ranks the verdicts, and adds what must be written to the caller's batch, guarded by all
//! that the decision read.

mod attempt;
mod holdings;
mod judge;
pub mod ops;
mod outcome;
mod pins;
mod rank;
mod recall;
#[cfg(test)]
mod recall_tests;
mod rules;
mod settle;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod verify;

pub use attempt::{Attempt, Form, Who};
pub use outcome::{Asked, Asking, EngineError, FactorProof, Outcome, Rejection, TokenRef, Verdict};
pub use pins::{PinError, Pins};
pub use recall::Recall;
pub use rules::Rules;

pub use crate::system::Mfa;
