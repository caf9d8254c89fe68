//! `[audit]`

use std::path::PathBuf;

use super::declare::section;

section! {
    /// The audit log.
    Audit = "audit" {
        /// File to which signed statements about the chain are appended (`audit-checkpoints.log` in the data directory); ship it
        /// to another machine.
        checkpoint_file: Option<PathBuf> = None;
    }
}
