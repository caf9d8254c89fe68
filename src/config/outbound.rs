//! `[outbound]`

use std::time::Duration;

use super::declare::section;

section! {
    /// Calls that the service itself makes to others (key sets of applications, metadata).
    Outbound = "outbound" {
        /// Hosts and networks on private or loopback addresses that may be called nevertheless.
        allow: Vec<String> = Vec::new();
        /// A call that takes longer is given up.
        timeout: Duration = Duration::from_secs(5);
    }
}
