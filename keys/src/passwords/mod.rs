//! Password hashes: made with Argon2id, verified in every format that may be found in stores of accounts.
//!
//! Hashing is slow on purpose, so it runs on a bounded number of blocking threads with a bounded queue: who finds the
//! queue full is told [`Busy`] at once instead of waiting for minutes.
//!
//! To add a format: one file with `recognises` and `verify`, one line in the list of `schemes!`.

mod argon;
mod bcrypt;
pub mod foreign;
mod passlib_pbkdf2;
mod pool;
mod sha_crypt;

use std::sync::Arc;

use kernel::{Class, Classified, Entropy, SecretText};

use pool::Pool;

/// How expensive a hash is (Argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; they are computed one after the other.
    pub lanes: u32,
}

impl Default for Cost {
    /// 19 MiB, 2 passes, 1 lane: about 17 ms of one core.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// So cheap that it protects nothing. For tests.
    pub const fn for_tests() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }

    /// Checks the limits of RFC 9106 and of this program (1 GiB, 64 passes, 64 lanes).
    ///
    /// # Errors
    /// Says which number is out of range.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=64).contains(&self.lanes) {
            return Err(format!("{} lanes: 1 to 64 are possible", self.lanes));
        }
        if !(1..=64).contains(&self.passes) {
            return Err(format!("{} passes: 1 to 64 are possible", self.passes));
        }
        if !(8 * self.lanes..=1 << 20).contains(&self.memory_kib) {
            return Err(format!("{} KiB: 8 KiB per lane up to 1 GiB are possible", self.memory_kib));
        }
        Ok(())
    }
}

/// What came of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The password is right.
    pub ok: bool,
    /// It is right, but the hash is of another format or cost than today's: store a new one.
    pub rehash: bool,
}

/// Too many passwords are being hashed; try later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at present")]
pub struct Busy;

impl Classified for Busy {
    fn class(&self) -> Class {
        Class::Limited
    }
    fn code(&self) -> &'static str {
        "passwords_busy"
    }
}

macro_rules! schemes {
    ($($module:ident),+ $(,)?) => {
        fn recognised(stored: &str) -> bool {
            false $(|| $module::recognises(stored))+
        }
        fn matches(stored: &str, password: &[u8]) -> bool {
            $(if $module::recognises(stored) { return $module::verify(stored, password); })+
            false
        }
    };
}

schemes![argon, passlib_pbkdf2, sha_crypt, bcrypt];

/// Hashes and verifies passwords. Cheap to clone; all clones share the threads and the queue.
#[derive(Clone)]
pub struct Passwords {
    pool: Arc<Pool>,
    cost: Cost,
    chance: Entropy,
}

impl Passwords {
    /// As many threads as cores; for each, 64 callers may wait (about a second at the default cost).
    pub fn new(cost: Cost, chance: Entropy) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self { pool: Arc::new(Pool::new(threads, threads * 64)), cost, chance }
    }

    /// Hashes a password (or PIN, or recovery code) with Argon2id into a PHC string.
    ///
    /// # Errors
    /// [`Busy`] when too many are waiting.
    pub async fn hash(&self, password: &SecretText) -> Result<String, Busy> {
        let (cost, salt, password) = (self.cost, self.chance.bytes::<16>(), password.clone());
        self.pool.run(move || argon::hash(cost, &salt, password.expose().as_bytes())).await
    }

    /// Compares a password with a stored hash of any known format. An unknown format costs as much as a wrong password
    /// and is never right; see [`Passwords::supports`].
    ///
    /// # Errors
    /// [`Busy`] when too many are waiting.
    pub async fn verify(&self, stored: &str, password: &SecretText) -> Result<Verdict, Busy> {
        if !recognised(stored) {
            return self.dummy_verify(password).await;
        }
        let (stored, password, cost) = (stored.to_owned(), password.clone(), self.cost);
        let check = move || {
            let ok = matches(&stored, password.expose().as_bytes());
            Verdict { ok, rehash: ok && !argon::is_current(&stored, cost) }
        };
        self.pool.run(check).await
    }

    /// The work of a wrong password, for people who do not exist: takes as long as a comparison with a hash of today's cost.
    ///
    /// # Errors
    /// [`Busy`], as for people who do exist.
    pub async fn dummy_verify(&self, password: &SecretText) -> Result<Verdict, Busy> {
        let (cost, password) = (self.cost, password.clone());
        let work = move || std::hint::black_box(argon::hash(cost, b"nobody here at all", password.expose().as_bytes()));
        self.pool.run(work).await?;
        Ok(Verdict { ok: false, rehash: false })
    }

    /// Compares a password with a hash from a table of accounts that is not ours, in any format of [`foreign`]; `None` when the
    /// format is unknown or too expensive. That costs as much as a wrong password of ours.
    ///
    /// # Errors
    /// [`Busy`] when too many are waiting.
    pub async fn verify_foreign(&self, stored: &str, password: &SecretText) -> Result<Option<bool>, Busy> {
        let plain = SecretText::new(foreign::plain(stored));
        if !foreign::recognises(plain.expose()) {
            return self.dummy_verify(password).await.map(|_| None);
        }
        let password = password.clone();
        self.pool.run(move || foreign::verify(plain.expose(), password.expose().as_bytes())).await.map(Some)
    }

    /// Hashes a password for a table of accounts that is not ours; `None` when the format cannot hold it.
    ///
    /// # Errors
    /// [`Busy`] when too many are waiting.
    pub async fn hash_foreign(&self, maker: &'static foreign::Maker, password: &SecretText) -> Result<Option<SecretText>, Busy> {
        if password.len() > maker.longest {
            return Ok(None);
        }
        let (chance, password) = (self.chance.clone(), password.clone());
        let made = self.pool.run(move || maker.run(&chance, password.expose().as_bytes())).await?;
        Ok(made.map(SecretText::new))
    }

    /// Whether the stored hash has a format that can be verified at all (`x`, `*` and `!` of passwd files have not).
    pub fn supports(stored: &str) -> bool {
        recognised(stored)
    }

    /// The cost of new hashes.
    pub fn cost(&self) -> Cost {
        self.cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(cost: Cost) -> Passwords {
        Passwords::new(cost, Entropy::seeded(1))
    }

    #[tokio::test]
    async fn a_hash_verifies_and_is_salted() {
        let here = passwords(Cost::for_tests());
        let (one, two) = (here.hash(&"geheim".into()).await.unwrap(), here.hash(&"geheim".into()).await.unwrap());
        assert_ne!(one, two);
        assert_eq!(here.verify(&one, &"geheim".into()).await, Ok(Verdict { ok: true, rehash: false }));
        assert_eq!(here.verify(&one, &"Geheim".into()).await, Ok(Verdict { ok: false, rehash: false }));
    }

    #[tokio::test]
    async fn another_cost_or_format_asks_for_a_new_hash() {
        let cheap = passwords(Cost::for_tests());
        let dear = passwords(Cost { passes: 2, ..Cost::for_tests() });
        let stored = cheap.hash(&"x".into()).await.unwrap();
        assert_eq!(dear.verify(&stored, &"x".into()).await, Ok(Verdict { ok: true, rehash: true }));
        assert_eq!(dear.verify(&stored, &"y".into()).await, Ok(Verdict { ok: false, rehash: false }));
    }

    #[tokio::test]
    async fn what_is_no_hash_matches_nothing() {
        let here = passwords(Cost::for_tests());
        for stored in ["", "x", "*", "!", "!$6$abc$def", "plain", "$9$x", "$argon2id$", "$6$", "$2b$", "$pbkdf2-sha512$"] {
            for guess in ["", "x", "*", "plain", stored] {
                let verdict = here.verify(stored, &guess.into()).await.unwrap();
                assert!(!verdict.ok, "{stored:?} {guess:?}");
            }
        }
    }

    #[test]
    fn costs_are_bounded() {
        assert!(Cost::default().check().is_ok());
        assert!(Cost { memory_kib: 1 << 30, ..Cost::default() }.check().is_err());
        assert!(Cost { lanes: 0, ..Cost::default() }.check().is_err());
        assert!(Cost { memory_kib: 8, lanes: 2, passes: 1 }.check().is_err());
    }
}
