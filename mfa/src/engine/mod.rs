//! The engine: the one verifier of second factors, behind every door.
//!
//! It knows no HTTP. Kinds decide ([`crate::tokens`]), the engine performs: it reads the tokens of a person (one SELECT), lets
//! each of them judge what was given, ranks the verdicts, and adds what must be written to the caller's batch, guarded by all
//! that the decision read.

mod pins;

pub use pins::Pins;

pub use crate::system::Mfa;
