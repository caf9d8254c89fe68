//! Federations: service providers that somebody else registers, by the ten thousand, in one signed document.
//!
//! The document is verified whole and then indexed entity by entity in the database, under a generation of its own; one guarded update
//! makes that generation the one that counts. Whoever looks up a service provider reads one row, however large the federation is. A
//! refresh that fails leaves the generation before in its place. Service providers that are registered here themselves come first.

mod entity;
mod import;
mod registry;
mod settings;
pub(crate) mod store;

pub use import::Imported;
pub use registry::{FederationError, FederationRecord, NewFederation};
pub use settings::{FederationSettings, Release};

pub(crate) use entity::Federation;
