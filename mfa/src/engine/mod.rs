//! The engine: the one verifier of second factors, behind every door.
//!
//! It knows no HTTP. Kinds decide ([`crate::tokens`]), the engine performs: it reads the tokens of a person (one SELECT), lets
//! each of them judge what was given, ranks the verdicts, and adds what must be written to the caller's batch, guarded by all
//! that the decision read.

mod pins;

use audit::Audit;
use db::Db;
use kernel::{Clock, Entropy};
use keys::Keys;

use crate::budget::Budgets;

pub use pins::Pins;

/// The assembled engine. Cheap to clone; all clones share everything. Put together in one place at the start.
#[derive(Clone)]
pub struct Mfa {
    /// The database.
    pub db: Db,
    /// Seals and password hashes.
    pub keys: Keys,
    /// The audit log.
    pub audit: Audit,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub chance: Entropy,
    /// Guess budgets.
    pub budgets: Budgets,
    /// Hashing and checking of PINs.
    pub pins: Pins,
}
