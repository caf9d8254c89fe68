//! Audit records, the hash chain over them, sealer, verifier, search, export.

pub mod origin;

pub use origin::{Door, Origin};
