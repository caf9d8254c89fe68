//! SQL of the audit tables.

pub(crate) mod chain;
pub(crate) mod checkpoint;
pub(crate) mod entry;
