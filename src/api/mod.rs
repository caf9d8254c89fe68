//! The management API in its wire format: one file per `<resource>/<verb>.rs`, each a thin translation between parameters and
//! an operation of a library.

pub mod envelope;
pub mod error;
pub mod params;
pub mod python_json;
