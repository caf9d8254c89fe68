//! `[outbound]`

use std::path::PathBuf;
use std::time::Duration;

use super::declare::section;

section! {
    /// Calls that the service itself makes to others (key sets of applications, metadata).
    Outbound = "outbound" {
        /// Hosts and networks on private or loopback addresses that may be called nevertheless.
        allow: Vec<String> = Vec::new();
        /// PEM file with certificates that are trusted besides those of the system.
        extra_ca: Option<PathBuf> = None;
        /// A call that takes longer is given up.
        timeout: Duration = Duration::from_secs(5);
    }
}
