//! Keys and certificates of peers, made by the `openssl` program.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// An RSA key and a certificate for it, as `NAME.key` and `NAME.crt` in PEM. Every user can read them.
///
/// # Panics
/// When `openssl` (Debian package of the same name) makes none.
pub fn key_pair(dir: &Path, name: &str) {
    let (key, certificate) = (dir.join(format!("{name}.key")), dir.join(format!("{name}.crt")));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=peer", "-keyout"]);
    let made = command.arg(&key).arg("-out").arg(&certificate).output().expect("openssl (Debian package: openssl)");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("permissions");
}
