//! Tokens for a load, and their codes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::Server;

/// Codes that one TOTP token can have accepted within a moment: the steps of its window, one after the other.
pub const PER_TOKEN: usize = 9;

/// The TOTP of a step (SHA-1, 6 digits).
///
/// # Panics
/// When OpenSSL refuses the key.
pub fn totp(seed: &[u8], step: u64) -> String {
    let key = PKey::hmac(seed).expect("an HMAC key");
    let mut signer = Signer::new(MessageDigest::sha1(), &key).expect("a signer");
    let tag = signer.sign_oneshot_to_vec(&step.to_be_bytes()).expect("a tag");
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// The step of this moment.
#[allow(clippy::disallowed_methods, reason = "codes of a real clock")]
pub fn step() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs() / 30)
}

/// The seed of person `n`.
pub fn seed(n: usize) -> [u8; 20] {
    let mut seed = [0x5a; 20];
    seed[..8].copy_from_slice(&(n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    seed
}

/// The name of person `n`.
pub fn name(n: usize) -> String {
    format!("load{n:06}")
}

/// The PIN of everybody.
pub const PIN: &str = "4711";

/// The password of everybody.
pub const PASSWORD: &str = "a-Password-of-the-load-1";

/// Makes `count` people with a TOTP token and a PIN each.
///
/// # Panics
/// When the API refuses.
pub async fn people(server: &Arc<Server>, count: usize) {
    let admin: Arc<str> = server.admin().await.into();
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (server, admin, next) = (server.clone(), admin.clone(), next.clone());
        tasks.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return;
                }
                server.api_add_person(&admin, &name(n), PASSWORD).await;
                server.enrol_seed(&admin, "totp", &name(n), PIN, &data_encoding::HEXLOWER.encode(&seed(n))).await;
            }
        });
    }
    tasks.join_all().await;
}
