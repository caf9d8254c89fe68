//! `[keys]`

use std::path::PathBuf;
use std::time::Duration;

use super::declare::section;

section! {
    /// Keys that seal secrets and sign tokens.
    Keys = "keys" {
        /// Directory of the key files; unset means `keys` in the data directory.
        directory: Option<PathBuf> = None;
        /// Age at which a signing key is replaced.
        rotate_after: Duration = Duration::from_secs(90 * 86_400);
        /// How long before its first use a new signing key is published: longer than applications keep the key set.
        publish_ahead: Duration = Duration::from_secs(86_400);
        /// How long a retired signing key is accepted: the longest lifetime of what it has signed.
        overlap: Duration = Duration::from_secs(7 * 86_400);
    }
}
