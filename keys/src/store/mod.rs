//! SQL of the key tables.

pub(crate) mod signing_key;
