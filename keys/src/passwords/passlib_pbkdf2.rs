//! `$pbkdf2-sha512$ROUNDS$SALT$HASH` as passlib writes it, base64 with `.` in place of `+` and without padding; SHA-256 and
//! SHA-1 (`$pbkdf2$`) likewise.

use data_encoding::BASE64_NOPAD;
use pbkdf2::pbkdf2_hmac;

/// More would be a way to keep a core busy.
const ROUNDS: u32 = 10_000_000;

struct Parsed {
    digest: Digest,
    rounds: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(Parsed { digest, rounds, salt, hash }) = parse(stored) else { return false };
    let mut made = vec![0; hash.len()];
    match digest {
        Digest::Sha1 => pbkdf2_hmac::<sha1::Sha1>(password, &salt, rounds, &mut made),
        Digest::Sha256 => pbkdf2_hmac::<sha2::Sha256>(password, &salt, rounds, &mut made),
        Digest::Sha512 => pbkdf2_hmac::<sha2::Sha512>(password, &salt, rounds, &mut made),
    }
    crate::constant_time_eq(&made, &hash)
}

fn parse(stored: &str) -> Option<Parsed> {
    let mut parts = stored.strip_prefix('$')?.split('$');
    let (digest, length) = match parts.next()? {
        "pbkdf2" => (Digest::Sha1, 20),
        "pbkdf2-sha256" => (Digest::Sha256, 32),
        "pbkdf2-sha512" => (Digest::Sha512, 64),
        _ => return None,
    };
    let rounds = parts.next()?.parse().ok().filter(|r| (1..=ROUNDS).contains(r))?;
    let decode = |text: &str| BASE64_NOPAD.decode(text.replace('.', "+").as_bytes()).ok();
    let (salt, hash) = (decode(parts.next()?)?, decode(parts.next()?)?);
    (parts.next().is_none() && salt.len() <= 1024 && hash.len() == length).then_some(Parsed { digest, rounds, salt, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's hashlib and written in passlib's form.
    #[test]
    fn foreign_hash() {
        let stored = "$pbkdf2-sha512$6549$MDEyMzQ1Njc4OQ$L99G0mUgbRE0o5QIx1jmEVnsHVn0UlOMXJX3PotfrFcTlvcRmM7FTxyiZM/mKQwFIWkw5WpPy2dT6q9Ad.1mNg";
        assert!(recognises(stored) && verify(stored, b"geheim"));
        assert!(!verify(stored, b"Geheim"));
        assert!(!recognises(&stored.replace("6549", "4000000000")));
        assert!(!recognises(&stored.replace("sha512", "sha256")));
    }
}
