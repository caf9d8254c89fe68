//! Certificates for servers, in files.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub use testbed::Authority;

/// Files of a server: its certificate and its key.
pub struct Identity {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// The key, PEM.
    pub key: PathBuf,
}

/// Writes a key and a certificate for the server of this DNS name to `dir`.
///
/// # Panics
/// When that is not possible.
pub fn identity(authority: &Authority, dir: &Path, dns: &str) -> Identity {
    let identity = Identity { certificate: dir.join("server.pem"), key: dir.join("server.key") };
    let (certificate, key) = authority.issue(&[dns]);
    std::fs::write(&identity.certificate, certificate).expect("a file");
    std::fs::write(&identity.key, key).expect("a file");
    std::fs::set_permissions(&identity.key, std::fs::Permissions::from_mode(0o600)).expect("permissions");
    identity
}

/// Writes the authority's own certificate to a file in `dir`.
///
/// # Panics
/// When that is not possible.
pub fn certificate(authority: &Authority, dir: &Path, name: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, authority.pem()).expect("a file");
    path
}
