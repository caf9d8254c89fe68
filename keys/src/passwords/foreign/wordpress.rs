//! `$wp$2y$`: WordPress since 6.8, bcrypt of a keyed SHA-384, so that long passwords count in full.

use data_encoding::BASE64;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use super::super::bcrypt;
use super::Maker;

pub(super) const MAKERS: &[Maker] = &[];

pub(super) fn recognises(stored: &str) -> bool {
    stored.strip_prefix("$wp").is_some_and(bcrypt::recognises)
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(hash) = stored.strip_prefix("$wp") else { return false };
    digest(password).is_some_and(|password| bcrypt::verify(hash, password.as_bytes()))
}

fn digest(password: &[u8]) -> Option<String> {
    // Blanks around it never reach the hash there.
    let blank = |b: &u8| b" \t\n\r\0\x0b".contains(b);
    let first = password.iter().position(|b| !blank(b)).unwrap_or(password.len());
    let last = password.iter().rposition(|b| !blank(b)).map_or(first, |at| at + 1);
    let key = PKey::hmac(b"wp-sha384").ok()?;
    let made = Signer::new(MessageDigest::sha384(), &key).ok()?.sign_oneshot_to_vec(&password[first..last]).ok()?;
    Some(BASE64.encode(&made))
}
