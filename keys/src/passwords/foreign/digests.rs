//! `{SHA}`, `{SSHA}`, `{SSHA256}`, `{SSHA512}` and their like (RFC 2307 and later practice): base64 of a digest of the password and
//! a salt, followed by the salt.

use data_encoding::{BASE64, BASE64_NOPAD};
use openssl::hash::MessageDigest;

use super::{Maker, digest};

/// More is no salt.
const LONGEST_SALT: usize = 256;

type Scheme = (&'static str, fn() -> MessageDigest, bool);

/// Name, digest, and whether there is a salt.
const SCHEMES: &[Scheme] = &[
    ("SHA", MessageDigest::sha1, false),
    ("SSHA", MessageDigest::sha1, true),
    ("SHA256", MessageDigest::sha256, false),
    ("SSHA256", MessageDigest::sha256, true),
    ("SHA384", MessageDigest::sha384, false),
    ("SSHA384", MessageDigest::sha384, true),
    ("SHA512", MessageDigest::sha512, false),
    ("SSHA512", MessageDigest::sha512, true),
    ("MD5", MessageDigest::md5, false),
    ("SMD5", MessageDigest::md5, true),
];

pub(super) const MAKERS: &[Maker] = &[
    Maker { name: "SHA", longest: usize::MAX, make: |_, password| make("SHA", &[], password) },
    Maker { name: "SSHA", longest: usize::MAX, make: |chance, password| make("SSHA", &chance.bytes::<16>(), password) },
    Maker { name: "SSHA256", longest: usize::MAX, make: |chance, password| make("SSHA256", &chance.bytes::<16>(), password) },
    Maker { name: "SSHA512", longest: usize::MAX, make: |chance, password| make("SSHA512", &chance.bytes::<16>(), password) },
];

struct Parsed {
    kind: MessageDigest,
    hash: Vec<u8>,
    salt: Vec<u8>,
}

fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|(known, ..)| *known == name)
}

fn parse(stored: &str) -> Option<Parsed> {
    let (name, text) = stored.strip_prefix('{')?.split_once('}')?;
    let (_, kind, salted) = scheme(name)?;
    let mut hash = BASE64_NOPAD.decode(text.trim_end_matches('=').as_bytes()).ok()?;
    if hash.len() < kind().size() {
        return None;
    }
    let salt = hash.split_off(kind().size());
    let possible = if *salted { (1..=LONGEST_SALT).contains(&salt.len()) } else { salt.is_empty() };
    possible.then(|| Parsed { kind: kind(), hash, salt })
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(Parsed { kind, hash, salt }) = parse(stored) else { return false };
    digest(kind, &[password, &salt]).is_some_and(|made| crate::constant_time_eq(&made, &hash))
}

fn make(name: &str, salt: &[u8], password: &[u8]) -> Option<String> {
    let (_, kind, _) = scheme(name)?;
    let hash = [digest(kind(), &[password, salt])?.as_slice(), salt].concat();
    Some(format!("{{{name}}}{}", BASE64.encode(&hash)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_or_stretched_is_no_hash() {
        let whole = make("SSHA", b"salt", b"geheim").unwrap();
        assert!(recognises(&whole) && verify(&whole, b"geheim") && !verify(&whole, b"geheim "));
        // Without its salt it is a digest of another scheme.
        let bare = make("SSHA", b"", b"geheim").unwrap();
        assert!(!recognises(&bare) && recognises(&bare.replace("SSHA", "SHA")));
        assert!(!recognises(&make("SHA", b"salt", b"geheim").unwrap()));
        assert!(!recognises(&make("SSHA", &[7; 257], b"geheim").unwrap()));
        for wrong in ["{SSHA}", "{SSHA}!!!!", "{SSHA}AAAA", "{XSHA}AAAA", "{SSHA", "SSHA}AAAA"] {
            assert!(!recognises(wrong), "{wrong}");
        }
    }
}
