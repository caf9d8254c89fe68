//! Hashes as other programs keep them in their tables of accounts.
//!
//! They are for such tables only, and never for what is ours: some are so quick that a stolen table is an open one. What a row
//! says about its own cost is bounded, so that a hostile row costs seconds and megabytes, not minutes and gigabytes.
//!
//! To add a format: one file with `recognises`, `verify` and `MAKERS` (empty when it is only read), one line in the list of
//! `families!`.

mod crypt64;
mod digests;
mod django;
mod hex;
mod md5_crypt;
mod phpass;
mod scrypt;
mod strong;
#[cfg(test)]
mod tests;
mod wordpress;
mod yescrypt;

use std::borrow::Cow;

use kernel::Entropy;

/// Memory that one check may take, in bytes.
const MOST_MEMORY: u64 = 256 << 20;
/// Memory that one check may fill, all passes together: about two seconds of a core.
const MOST_WORK: u64 = 2 << 30;

/// A format in which a hash can be made.
pub struct Maker {
    /// Its name in configurations.
    pub name: &'static str,
    /// Bytes of a password that count at most; longer ones are to be refused.
    pub longest: usize,
    /// Makes one; `None` when the library refuses.
    make: fn(&Entropy, &[u8]) -> Option<String>,
}

macro_rules! families {
    ($($module:ident),+ $(,)?) => {
        fn recognised(stored: &str) -> bool {
            false $(|| $module::recognises(stored))+
        }
        fn matches(stored: &str, password: &[u8]) -> bool {
            $(if $module::recognises(stored) { return $module::verify(stored, password); })+
            false
        }
        fn makers() -> impl Iterator<Item = &'static Maker> {
            [$($module::MAKERS),+].into_iter().flatten()
        }
    };
}

families![phpass, digests, hex, strong, md5_crypt, scrypt, yescrypt, django, wordpress];

impl Maker {
    /// The format of this name, in any case.
    pub fn named(name: &str) -> Option<&'static Self> {
        makers().find(|maker| maker.name.eq_ignore_ascii_case(name.trim()))
    }

    /// All of them, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        makers()
    }

    pub(super) fn run(&self, chance: &Entropy, password: &[u8]) -> Option<String> {
        (self.make)(chance, password)
    }
}

/// Schemes in braces that say nothing which the hash does not say itself.
const WRAPPERS: &[&str] = &["CRYPT", "BLF-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "MD5-CRYPT", "ARGON2", "ARGON2I", "ARGON2ID"];

/// The hash without what programs write around it: the number of a format and a bar, the name of a scheme, padding.
pub(super) fn plain(stored: &str) -> Cow<'_, str> {
    let stored = stored.trim();
    let stored = ["1|", "2|", "3|"].iter().find_map(|mark| stored.strip_prefix(mark)).unwrap_or(stored);
    if let Some((scheme, rest)) = stored.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        let scheme = scheme.to_ascii_uppercase();
        return if WRAPPERS.contains(&scheme.as_str()) { Cow::Borrowed(rest) } else { format!("{{{scheme}}}{rest}").into() };
    }
    match stored.split_once('$') {
        Some(("argon2", rest)) => format!("${rest}").into(),
        Some(("bcrypt", rest)) => Cow::Borrowed(rest),
        _ => Cow::Borrowed(stored),
    }
}

/// Whether a hash, without what is around it, can be verified at an acceptable cost.
pub(super) fn recognises(plain: &str) -> bool {
    recognised(plain)
}

/// Compares in constant time; slow.
pub(super) fn verify(plain: &str, password: &[u8]) -> bool {
    matches(plain, password)
}

/// One digest over several parts.
fn digest(kind: openssl::hash::MessageDigest, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut hasher = openssl::hash::Hasher::new(kind).ok()?;
    parts.iter().try_for_each(|part| hasher.update(part)).ok()?;
    hasher.finish().ok().map(|made| made.to_vec())
}
