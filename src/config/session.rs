//! `[session]`

use std::time::Duration;

use super::declare::section;

section! {
    /// Single sign-on sessions.
    Session = "session" {
        /// A session unused for this long ends.
        idle: Duration = Duration::from_secs(8 * 3600);
        /// A session ends after this time in any case.
        absolute: Duration = Duration::from_secs(24 * 3600);
    }
}
