//! SHA-256 in hexadecimal digits, without a salt, as OTRS keeps it.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use openssl::hash::MessageDigest;

use super::{Maker, digest};

pub(super) const MAKERS: &[Maker] = &[Maker { name: "OTRS", longest: usize::MAX, make: |_, password| make(password) }];

pub(super) fn recognises(stored: &str) -> bool {
    stored.len() == 64 && stored.bytes().all(|b| b.is_ascii_hexdigit())
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Ok(hash) = HEXLOWER_PERMISSIVE.decode(stored.as_bytes()) else { return false };
    digest(MessageDigest::sha256(), &[password]).is_some_and(|made| crate::constant_time_eq(&made, &hash))
}

fn make(password: &[u8]) -> Option<String> {
    digest(MessageDigest::sha256(), &[password]).map(|made| HEXLOWER.encode(&made))
}
