//! Chance as an argument.

use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::clock::Timestamp;

/// A source of random bytes. Cheap to clone. The system source draws from the kernel on every call; a seeded one (tests)
/// repeats the same stream, shared by all clones.
#[derive(Clone)]
pub struct Entropy(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<ChaCha20Rng>>),
}

impl Entropy {
    /// The operating system's generator.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A repeatable stream. For tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))))
    }

    /// Fills the buffer.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing may go on without it.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's randomness")]
    pub fn fill(&self, buffer: &mut [u8]) {
        match &self.0 {
            Source::System => getrandom::fill(buffer).expect("the operating system gives no randomness"),
            Source::Seeded(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer),
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// `len` random bytes.
    pub fn vec(&self, len: usize) -> Vec<u8> {
        let mut out = vec![0; len];
        self.fill(&mut out);
        out
    }

    /// An opaque token of 256 bits: 43 characters of unpadded base64url. For codes, tokens, cookies and handles.
    pub fn token(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.bytes::<32>())
    }

    /// `n` uniformly drawn decimal digits.
    pub fn digits(&self, n: usize) -> String {
        self.chars(b"0123456789", n)
    }

    /// `n` characters drawn uniformly from `alphabet` (ASCII, 1 to 256 characters).
    ///
    /// # Panics
    /// When the alphabet is empty or longer than 256.
    pub fn chars(&self, alphabet: &[u8], n: usize) -> String {
        assert!(!alphabet.is_empty() && alphabet.len() <= 256, "an alphabet has 1 to 256 characters");
        (0..n).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    /// A uniform number below `limit` (1 to 2^32), without modulo bias.
    pub fn below(&self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        let zone = u64::MAX - u64::MAX % limit;
        loop {
            let draw = u64::from_le_bytes(self.bytes());
            if draw < zone {
                return usize::try_from(draw % limit).unwrap_or(0);
            }
        }
    }

    /// A ULID of the given moment: sortable, 26 characters of Crockford base32.
    pub fn ulid(&self, at: Timestamp) -> ulid::Ulid {
        let millis = u64::try_from(at.0 / 1000).unwrap_or(0);
        let random = u128::from_le_bytes(self.bytes());
        ulid::Ulid::from_parts(millis, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded_streams_repeat() {
        assert_eq!(Entropy::seeded(7).token(), Entropy::seeded(7).token());
        assert_ne!(Entropy::seeded(7).token(), Entropy::seeded(8).token());
        assert_ne!(Entropy::system().token(), Entropy::system().token());
    }

    #[test]
    fn shapes() {
        let chance = Entropy::seeded(1);
        assert_eq!(chance.token().len(), 43);
        assert_eq!(chance.digits(20).len(), 20);
        assert!(chance.digits(200).bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(chance.ulid(Timestamp::from_seconds(1)).to_string().len(), 26);
        assert!((0..1000).all(|_| chance.below(3) < 3));
    }
}
