//! SQL of the audit tables.

pub(crate) mod entry;
