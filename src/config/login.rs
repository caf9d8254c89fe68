//! `[login]`

use std::time::Duration;

use super::declare::section;

section! {
    /// Sign-in on the hosted pages.
    Login = "login" {
        /// Failed sign-ins are answered this long after the request came, so that the time tells nothing.
        failed_after: Duration = Duration::from_millis(600);
        /// How long a started sign-in may take.
        lifetime: Duration = Duration::from_secs(15 * 60);
    }
}
