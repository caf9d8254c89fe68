//! The provider as a whole, on a database, with fixed time: what its parts promise together.

mod bench;
mod claims;
mod clients;
mod code;
mod logout;
mod refresh;
mod requests;
mod resources;
mod verify;

pub(super) use bench::{Bench, NOW, body, error_of, fields, pairs};
