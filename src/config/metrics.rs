//! `[metrics]`

use std::net::SocketAddr;

use kernel::SecretText;

use super::declare::section;

section! {
    /// Metrics in Prometheus format.
    Metrics = "metrics" {
        /// A listener of its own for `/metrics`, open to whoever reaches it.
        listen: Option<SocketAddr> = None;
        /// Bearer token with which `/metrics` on the main listener may be read; without it that path is closed.
        token: Option<SecretText> = None;
    }
}
