//! `$1$` (MD5-crypt of FreeBSD) and `$apr1$` (Apache): a thousand rounds of MD5.

use kernel::Entropy;
use openssl::hash::{Hasher, MessageDigest};

use super::super::sha_crypt::encode;
use super::{Maker, crypt64};

/// The effort grows with the length; longer ones are refused.
const LONGEST_PASSWORD: usize = 1024;
/// The order of the bytes in the text, four characters for each three.
const ORDER: [[Option<usize>; 3]; 6] = [
    [Some(0), Some(6), Some(12)],
    [Some(1), Some(7), Some(13)],
    [Some(2), Some(8), Some(14)],
    [Some(3), Some(9), Some(15)],
    [Some(4), Some(10), Some(5)],
    [None, None, Some(11)],
];

pub(super) const MAKERS: &[Maker] = &[Maker { name: "MD5CRYPT", longest: LONGEST_PASSWORD, make }];

struct Parsed<'a> {
    mark: &'a str,
    salt: &'a str,
    hash: &'a str,
}

fn parse(stored: &str) -> Option<Parsed<'_>> {
    let mark = ["$1$", "$apr1$"].into_iter().find(|mark| stored.starts_with(mark))?;
    let (salt, hash) = stored[mark.len()..].split_once('$')?;
    (salt.len() <= 8 && hash.len() == 22).then_some(Parsed { mark, salt, hash })
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(Parsed { mark, salt, hash }) = parse(stored) else { return false };
    if password.len() > LONGEST_PASSWORD {
        return false;
    }
    compute(mark, salt.as_bytes(), password).is_some_and(|made| crate::constant_time_eq(&made, hash.as_bytes()))
}

fn compute(mark: &str, salt: &[u8], password: &[u8]) -> Option<Vec<u8>> {
    let mut hasher = Hasher::new(MessageDigest::md5()).ok()?;
    let mut hash = |parts: &[&[u8]]| {
        parts.iter().try_for_each(|part| hasher.update(part)).ok()?;
        hasher.finish().ok()
    };
    let inner = hash(&[password, salt, password])?;
    let stretched: Vec<u8> = inner.iter().copied().cycle().take(password.len()).collect();
    let mut bits = Vec::new();
    let mut left = password.len();
    while left > 0 {
        // A NUL for each bit that is set, the first letter for each other, as the first implementation happened to do.
        bits.push(if left & 1 == 1 { 0 } else { password[0] });
        left >>= 1;
    }
    let mut last = hash(&[password, mark.as_bytes(), salt, &stretched, &bits])?;
    for round in 0..1000 {
        let odd = round & 1 == 1;
        let previous = last;
        let mut parts: Vec<&[u8]> = vec![if odd { password } else { &previous }];
        if round % 3 != 0 {
            parts.push(salt);
        }
        if round % 7 != 0 {
            parts.push(password);
        }
        parts.push(if odd { &previous } else { password });
        last = hash(&parts)?;
    }
    Some(encode(&last, &ORDER))
}

fn make(chance: &Entropy, password: &[u8]) -> Option<String> {
    let salt = chance.chars(crypt64::ALPHABET, 8);
    let hash = String::from_utf8(compute("$1$", salt.as_bytes(), password)?).ok()?;
    Some(format!("$1${salt}${hash}"))
}
