//! PHPass: `$P$` and `$H$` (MD5: WordPress, phpBB and others) and `$S$` (SHA-512: Drupal). After the mark come the binary logarithm of
//! the rounds as one character, eight characters of salt, and the digest, that of `$S$` cut to 43 characters.

use kernel::Entropy;
use openssl::hash::{Hasher, MessageDigest};

use super::{Maker, crypt64};

/// 2^20 rounds are about a second.
const HIGHEST: u32 = 20;
/// Rounds of new hashes, as a binary logarithm.
const NEW: usize = 16;

pub(super) const MAKERS: &[Maker] = &[Maker { name: "PHPASS", longest: 1024, make }];

struct Parsed<'a> {
    kind: MessageDigest,
    rounds: u32,
    salt: &'a str,
    hash: &'a str,
}

fn parse(stored: &str) -> Option<Parsed<'_>> {
    let (kind, length) = match stored.get(..3)? {
        "$P$" | "$H$" => (MessageDigest::md5(), 22),
        "$S$" => (MessageDigest::sha512(), 43),
        _ => return None,
    };
    let rounds = crypt64::value(*stored.as_bytes().get(3)?).filter(|rounds| (7..=HIGHEST).contains(rounds))?;
    let (salt, hash) = (stored.get(4..12)?, stored.get(12..)?);
    (hash.len() == length).then_some(Parsed { kind, rounds, salt, hash })
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(Parsed { kind, rounds, salt, hash }) = parse(stored) else { return false };
    let made = compute(kind, rounds, salt, password);
    made.is_some_and(|made| made.get(..hash.len()).is_some_and(|made| crate::constant_time_eq(made.as_bytes(), hash.as_bytes())))
}

fn compute(kind: MessageDigest, rounds: u32, salt: &str, password: &[u8]) -> Option<String> {
    let mut hasher = Hasher::new(kind).ok()?;
    hasher.update(salt.as_bytes()).ok()?;
    hasher.update(password).ok()?;
    let mut hash = hasher.finish().ok()?;
    for _ in 0..1u32 << rounds {
        hasher.update(&hash).ok()?;
        hasher.update(password).ok()?;
        hash = hasher.finish().ok()?;
    }
    Some(crypt64::encode(&hash))
}

fn make(chance: &Entropy, password: &[u8]) -> Option<String> {
    let salt = chance.chars(crypt64::ALPHABET, 8);
    let rounds = char::from(crypt64::ALPHABET[NEW]);
    let hash = compute(MessageDigest::md5(), u32::try_from(NEW).ok()?, &salt, password)?;
    Some(format!("$P${rounds}{salt}{hash}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_bounded() {
        let stored = "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0";
        assert!(recognises(stored));
        for rounds in ['.', '4', 'J', 'S', 'z', '$'] {
            assert!(!recognises(&stored.replacen('9', &rounds.to_string(), 1)), "{rounds}");
        }
        assert!(!recognises(&stored[..33]) && !recognises("$P$9ääääx") && !recognises("$P$"));
    }
}
