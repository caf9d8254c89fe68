//! One-time codes from a program that we did not write: `oathtool`.

use std::process::Command;
use std::time::Duration;

/// The TOTP of this moment for a base32 secret (SHA-1, 6 digits, 30 seconds).
///
/// # Panics
/// When `oathtool` (Debian package of the same name) is missing or refuses the secret.
pub fn totp(secret: &str) -> String {
    oathtool(&["--totp", "--base32", secret])
}

/// The TOTP of the step that lies `steps` ahead of now.
///
/// # Panics
/// As [`totp`].
pub fn totp_ahead(secret: &str, steps: u32) -> String {
    oathtool(&["--totp", "--base32", &format!("--now=now + {} seconds", steps * 30), secret])
}

/// The HOTP of a hexadecimal secret at `counter`.
///
/// # Panics
/// As [`totp`].
pub fn hotp(secret_hex: &str, counter: u64) -> String {
    oathtool(&["--hotp", &format!("--counter={counter}"), secret_hex])
}

fn oathtool(args: &[&str]) -> String {
    let output = Command::new("oathtool").args(args).output().expect("oathtool (Debian package oathtool)");
    assert!(output.status.success(), "oathtool: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Waits until the next 30-second step begins, so that a code differs from the one used before.
pub async fn next_step() {
    let now = seconds();
    let rest = 30 - now % 30;
    tokio::time::sleep(Duration::from_secs(rest) + Duration::from_millis(200)).await;
}

#[allow(clippy::disallowed_methods, reason = "codes of a real clock")]
fn seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
