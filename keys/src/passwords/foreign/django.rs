//! PBKDF2 as Django writes it: `pbkdf2_sha256$ROUNDS$SALT$BASE64`.

use data_encoding::BASE64;
use openssl::hash::MessageDigest;

use super::Maker;

/// About two seconds.
const MOST_ROUNDS: usize = 5_000_000;

pub(super) const MAKERS: &[Maker] = &[];

struct Parsed<'a> {
    kind: MessageDigest,
    rounds: usize,
    salt: &'a str,
    hash: Vec<u8>,
}

fn parse(stored: &str) -> Option<Parsed<'_>> {
    let mut parts = stored.split('$');
    let kind = match parts.next()? {
        "pbkdf2_sha256" => MessageDigest::sha256(),
        "pbkdf2_sha1" => MessageDigest::sha1(),
        _ => return None,
    };
    let rounds = parts.next()?.parse().ok().filter(|rounds| (1..=MOST_ROUNDS).contains(rounds))?;
    let (salt, hash) = (parts.next()?, BASE64.decode(parts.next()?.as_bytes()).ok()?);
    let sound = parts.next().is_none() && salt.len() <= 1024 && hash.len() == kind.size();
    sound.then_some(Parsed { kind, rounds, salt, hash })
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(Parsed { kind, rounds, salt, hash }) = parse(stored) else { return false };
    let mut made = vec![0; hash.len()];
    let done = openssl::pkcs5::pbkdf2_hmac(password, salt.as_bytes(), rounds, kind, &mut made);
    done.is_ok() && crate::constant_time_eq(&made, &hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_bounded() {
        let stored = |rounds: &str| format!("pbkdf2_sha256${rounds}$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert!(recognises(&stored("1000000")));
        for bad in ["0", "-1", "4000000000", "99999999999999999999999", "x"] {
            assert!(!recognises(&stored(bad)), "{bad}");
        }
    }
}
