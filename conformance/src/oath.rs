//! One-time codes from a program that we did not write: `oathtool`.

use std::process::Command;
use std::time::Duration;

/// The TOTP of this moment for a base32 secret (SHA-1, 6 digits, 30 seconds).
///
/// # Panics
/// When `oathtool` (Debian package of the same name) is missing or refuses the secret.
pub fn totp(secret: &str) -> String {
    oathtool(&["--totp", "--base32", secret]).remove(0)
}

/// The TOTP values of this step and of the `more` steps after it.
///
/// # Panics
/// As [`totp`].
pub fn totp_window(secret: &str, more: u32) -> Vec<String> {
    oathtool(&["--totp", "--base32", &format!("--window={more}"), secret])
}

/// The HOTP values of a hexadecimal secret at the counters from 0 to `last`.
///
/// # Panics
/// As [`totp`].
pub fn hotp_list(secret_hex: &str, last: u64) -> Vec<String> {
    oathtool(&["--hotp", "--counter=0", &format!("--window={last}"), secret_hex])
}

fn oathtool(args: &[&str]) -> Vec<String> {
    let output = Command::new("oathtool").args(args).output().expect("oathtool (Debian package oathtool)");
    assert!(output.status.success(), "oathtool: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect()
}

/// Waits until the next 30-second step begins, so that a code differs from the one used before.
pub async fn next_step() {
    tokio::time::sleep(Duration::from_secs(30 - seconds() % 30) + Duration::from_millis(300)).await;
}

#[allow(clippy::disallowed_methods, reason = "codes of a real clock")]
fn seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
