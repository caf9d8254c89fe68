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
        /// How long before its use a new signing key is published, and how long a retired one stays published.
        overlap: Duration = Duration::from_secs(2 * 86_400);
    }
}
