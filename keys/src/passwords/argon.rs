//! Argon2id (and Argon2i, Argon2d for verification) as PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`.

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64_NOPAD;

use super::Cost;

/// Length of hashes that we make.
const LENGTH: usize = 32;

struct Phc {
    algorithm: Algorithm,
    version: Version,
    cost: Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

/// What verifying it costs; `None` when it is none.
pub(super) fn cost(stored: &str) -> Option<Cost> {
    parse(stored).map(|phc| phc.cost)
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(phc) = parse(stored) else { return false };
    let made = compute(&phc, password, phc.hash.len());
    made.is_some_and(|made| crate::constant_time_eq(&made, &phc.hash))
}

/// Whether a new hash would have the same shape.
pub(super) fn is_current(stored: &str, cost: Cost) -> bool {
    parse(stored).is_some_and(|phc| {
        phc.algorithm == Algorithm::Argon2id
            && phc.version == Version::V0x13
            && phc.cost == cost
            && phc.hash.len() == LENGTH
            && phc.salt.len() >= 16
    })
}

/// # Panics
/// When the cost was not [checked](Cost::check).
pub(super) fn hash(cost: Cost, salt: &[u8], password: &[u8]) -> String {
    let phc = Phc { algorithm: Algorithm::Argon2id, version: Version::V0x13, cost, salt: salt.to_vec(), hash: vec![] };
    let hash = compute(&phc, password, LENGTH).expect("the cost of new hashes was checked");
    let Cost { memory_kib, passes, lanes } = cost;
    let (salt, hash) = (BASE64_NOPAD.encode(salt), BASE64_NOPAD.encode(&hash));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${hash}")
}

fn compute(phc: &Phc, password: &[u8], length: usize) -> Option<Vec<u8>> {
    let params = Params::new(phc.cost.memory_kib, phc.cost.passes, phc.cost.lanes, Some(length)).ok()?;
    let mut out = vec![0; length];
    Argon2::new(phc.algorithm, phc.version, params).hash_password_into(password, &phc.salt, &mut out).ok()?;
    Some(out)
}

fn parse(stored: &str) -> Option<Phc> {
    let mut parts = stored.strip_prefix('$')?.split('$');
    let algorithm = match parts.next()? {
        "argon2id" => Algorithm::Argon2id,
        "argon2i" => Algorithm::Argon2i,
        "argon2d" => Algorithm::Argon2d,
        _ => return None,
    };
    let mut part = parts.next()?;
    let version = match part.strip_prefix("v=") {
        Some("19") => Version::V0x13,
        Some("16") => Version::V0x10,
        Some(_) => return None,
        None => Version::V0x10,
    };
    if part.starts_with("v=") {
        part = parts.next()?;
    }
    let cost = parse_cost(part)?;
    let decode = |text: &str| BASE64_NOPAD.decode(text.as_bytes()).ok();
    let (salt, hash) = (decode(parts.next()?)?, decode(parts.next()?)?);
    let lengths = (8..=64).contains(&salt.len()) && (16..=64).contains(&hash.len());
    (parts.next().is_none() && lengths).then_some(Phc { algorithm, version, cost, salt, hash })
}

fn parse_cost(part: &str) -> Option<Cost> {
    let mut numbers = part.split(',');
    let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.strip_prefix('=')?.parse::<u32>().ok();
    let cost = Cost { memory_kib: number("m")?, passes: number("t")?, lanes: number("p")? };
    (numbers.next().is_none() && cost.check().is_ok()).then_some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with the reference implementation's `argon2` command; see its README for the first.
    #[test]
    fn foreign_hashes() {
        let stored = "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG";
        assert!(verify(stored, b"password"));
        assert!(!verify(stored, b"passworD"));
        assert!(!is_current(stored, Cost::default()));
    }

    #[test]
    fn bounds() {
        assert!(!recognises("$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG"));
        assert!(!recognises("$argon2id$v=19$m=65536,t=2,p=1,x=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG"));
        assert!(!recognises("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"));
        assert!(!recognises("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG$"));
    }
}
