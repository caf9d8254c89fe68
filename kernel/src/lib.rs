//! What the world gives Symbolon, and nothing else: time, chance, the one outbound client, and the small types that every
//! crate shares (identifiers, secrets, classes of error).
//!
//! Rules: this crate knows no database, no HTTP server and no domain. Ambient time and randomness are read here and only
//! here ([`Clock::system`], [`Entropy::system`]); everyone else receives them as arguments, so that a test can hold the
//! clock still and draw the same chance twice.

pub mod class;
pub mod clock;
pub mod entropy;
pub mod generations;
pub mod ids;
pub mod outbound;
pub mod secret;
pub mod task;
pub mod text;

pub use class::{Class, Classified};
pub use clock::{Clock, Timestamp};
pub use entropy::Entropy;
pub use generations::Generations;
pub use outbound::{Outbound, OutboundConfig, OutboundError};
pub use secret::{SecretBytes, SecretText};
