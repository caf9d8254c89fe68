//! `[tls]`

use std::path::PathBuf;
use std::time::Duration;

use super::declare::section;

section! {
    /// TLS of the main listener.
    Tls = "tls" {
        /// PEM file with the certificate and its chain. Read again when it changes.
        certificate: Option<PathBuf> = None;
        /// PEM file with the private key. Read again when it changes.
        key: Option<PathBuf> = None;
        /// How often the files are looked at.
        reload_every: Duration = Duration::from_secs(10);
    }
}

impl Tls {
    /// Whether the main listener speaks TLS.
    pub fn is_on(&self) -> bool {
        self.certificate.is_some() && self.key.is_some()
    }
}
