//! The formats that our own accounts may have as well: Argon2, PBKDF2 of passlib, SHA-crypt and bcrypt; here with a bound on what
//! Argon2 may cost.

use kernel::Entropy;

use super::super::{Cost, argon, bcrypt, passlib_pbkdf2, sha_crypt};
use super::{MOST_MEMORY, MOST_WORK, Maker, crypt64};

/// Rounds of new SHA-crypt hashes.
const ROUNDS: u32 = 100_000;
/// The cost of new bcrypt hashes.
const BCRYPT_COST: u32 = 12;
/// What bcrypt reads of a password.
const BCRYPT_LONGEST: usize = 72;

pub(super) const MAKERS: &[Maker] = &[
    Maker { name: "SHA256CRYPT", longest: 1024, make: |chance, password| sha(false, chance, password) },
    Maker { name: "SHA512CRYPT", longest: 1024, make: |chance, password| sha(true, chance, password) },
    Maker { name: "BCRYPT", longest: BCRYPT_LONGEST, make: blowfish },
    Maker {
        name: "ARGON2ID",
        longest: usize::MAX,
        make: |chance, password| Some(argon::hash(Cost::default(), &chance.bytes::<16>(), password)),
    },
];

pub(super) fn recognises(stored: &str) -> bool {
    let argon = argon::cost(stored).map(|cost| {
        let memory = u64::from(cost.memory_kib) << 10;
        memory <= MOST_MEMORY && memory * u64::from(cost.passes) <= MOST_WORK
    });
    argon.unwrap_or_else(|| bcrypt::recognises(stored) || sha_crypt::recognises(stored) || passlib_pbkdf2::recognises(stored))
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    if argon::recognises(stored) {
        argon::verify(stored, password)
    } else if bcrypt::recognises(stored) {
        bcrypt::verify(stored, password)
    } else if sha_crypt::recognises(stored) {
        sha_crypt::verify(stored, password)
    } else {
        passlib_pbkdf2::verify(stored, password)
    }
}

fn sha(sha512: bool, chance: &Entropy, password: &[u8]) -> Option<String> {
    Some(sha_crypt::hash(sha512, ROUNDS, &chance.chars(crypt64::ALPHABET, 16), password))
}

fn blowfish(chance: &Entropy, password: &[u8]) -> Option<String> {
    let parts = ::bcrypt::hash_with_salt(password, BCRYPT_COST, chance.bytes::<16>()).ok()?;
    Some(parts.format_for_version(::bcrypt::Version::TwoY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_bounded() {
        let stored = |cost: &str| format!("$argon2id$v=19${cost}$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG");
        assert!(recognises(&stored("m=65536,t=4,p=4")) && recognises(&stored("m=262144,t=3,p=1")));
        assert!(!recognises(&stored("m=1048576,t=1,p=1")) && !recognises(&stored("m=262144,t=64,p=1")));
        assert!(!recognises("$6$rounds=999999999$abc$def") && !recognises("$2y$31$abc"));
    }
}
