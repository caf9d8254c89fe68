//! Keys: sealing of secrets at rest, message authentication, password hashes, signing keys.
//!
//! Rules: secrets enter and leave as [`kernel::SecretText`] and [`kernel::SecretBytes`]; nothing here prints them. A key has
//! one purpose: sealing keys, keys for tags and signing keys are disjoint, derived with labels ([`Purpose`]). Whoever owns a
//! sealed column names it with [`sealed_columns!`], so that it takes part in re-sealing.

pub mod assertion;
mod keyfile;
mod mac;
pub mod passwords;
pub mod reseal;
pub mod ring;
mod sealer;
mod store;

use std::path::Path;

use hkdf::Hkdf;
use kernel::{Entropy, SecretBytes, Timestamp};
use sha2::Sha256;

pub use keyfile::KeyFileError;
pub use mac::{MacKey, Purpose, constant_time_eq};
pub use passwords::{Busy, Cost, Passwords, Verdict};
pub use reseal::{Resealed, Resealing, RetireError, SealedColumn, Shape, reseal};
pub use ring::{
    Alg, Change, Fate, KeyInfo, KeyState, Ring, RingConfig, RingError, Rotation, Scheme, Successor, Unnoted, Use, VerifyError,
    Witness, XmlSignature,
};
pub use sealer::{Place, SealError, Sealer, sealed_with};

use keyfile::{Content, KeyFile};

/// A sealing key as it is shown to administrators.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SealingKeyInfo {
    /// Its identifier, the second part of what it sealed.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// It seals; the others only open.
    pub active: bool,
}

/// What comes from the key file: the sealer, keys for tags, and the workshop for password hashes. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    file: Option<KeyFile>,
    root: SecretBytes,
    chance: Entropy,
    sealer: Sealer,
    passwords: Passwords,
}

impl Keys {
    /// Creates the key file in `directory` (which is made if need be) and opens it. Never overwrites one.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`] when there is one; [`KeyFileError::Io`].
    pub fn generate(directory: &Path, chance: &Entropy, now: Timestamp) -> Result<Self, KeyFileError> {
        KeyFile::new(directory).create(&Content::generate(chance, now))?;
        Self::open(directory, chance)
    }

    /// Opens the key file in `directory`.
    ///
    /// # Errors
    /// [`KeyFileError`]: missing, damaged, or open to others than its owner.
    pub fn open(directory: &Path, chance: &Entropy) -> Result<Self, KeyFileError> {
        let file = KeyFile::new(directory);
        let (content, stamp) = file.read()?;
        let sealer = Sealer::new(&content, Some((file.clone(), stamp)), chance.clone());
        let passwords = Passwords::new(Cost::default(), chance.clone());
        Ok(Self { file: Some(file), root: content.root.0, chance: chance.clone(), sealer, passwords })
    }

    /// Fixed keys without a file and cheap password hashes. For tests: everybody knows these keys.
    pub fn for_tests() -> Self {
        let content = Content::for_tests();
        let chance = Entropy::system();
        let sealer = Sealer::new(&content, None, chance.clone());
        let passwords = Passwords::new(Cost::for_tests(), chance.clone());
        Self { file: None, root: content.root.0, chance, sealer, passwords }
    }

    /// The same keys with another cost of password hashes.
    #[must_use]
    pub fn with_cost(mut self, cost: Cost) -> Self {
        self.passwords = Passwords::new(cost, self.chance.clone());
        self
    }

    /// Seals and opens secrets at rest.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Hashes and verifies passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// The key for tags of one purpose. Keep it: deriving costs some microseconds.
    pub fn mac_key(&self, purpose: Purpose) -> MacKey {
        MacKey::new(&derive(&self.root, purpose.label()))
    }

    /// One tag, as text; for those who need few.
    pub fn mac(&self, purpose: Purpose, message: &[u8]) -> String {
        self.mac_key(purpose).text(message)
    }

    /// Adds a sealing key and makes it the active one; returns its id. Other nodes follow when they look at the file or
    /// meet a value sealed with it. What was sealed before still opens; re-sealing moves it to the new key.
    ///
    /// # Errors
    /// [`KeyFileError`]; [`KeyFileError::Key`] when these keys have no file.
    pub fn rotate(&self, now: Timestamp) -> Result<String, KeyFileError> {
        let file = self.file.as_ref().ok_or_else(|| KeyFileError::Key("none".to_owned()))?;
        let id = file.rotate(&self.chance, now)?;
        self.sealer.refresh()?;
        Ok(id)
    }

    /// The sealing keys of the file; none when these keys have no file.
    ///
    /// # Errors
    /// [`KeyFileError`] when it cannot be read.
    pub fn sealing_keys(&self) -> Result<Vec<SealingKeyInfo>, KeyFileError> {
        let Some(file) = &self.file else { return Ok(Vec::new()) };
        let (content, _) = file.read()?;
        let info = |k: keyfile::SealingKey| SealingKeyInfo { active: k.id == content.active, id: k.id, created: k.created };
        Ok(content.sealing.into_iter().map(info).collect())
    }

    /// Removes an older sealing key for good. Only after re-sealing has reported that nothing refers to it.
    ///
    /// # Errors
    /// [`KeyFileError::Key`] when there is no such key or it is the active one; [`KeyFileError::Io`].
    pub fn retire(&self, id: &str) -> Result<(), KeyFileError> {
        let file = self.file.as_ref().ok_or_else(|| KeyFileError::Key("none".to_owned()))?;
        file.remove(id)?;
        self.sealer.refresh().map(|_| ())
    }
}

/// Every statement of this crate.
pub fn statements() -> Vec<&'static db::Stmt> {
    let sealed = store::signing_key::SEALED.iter().flat_map(|column| column.statements());
    store::signing_key::STATEMENTS.iter().copied().chain(sealed).collect()
}

/// Every sealed column of this crate.
pub fn sealed_columns() -> Vec<&'static SealedColumn> {
    store::signing_key::SEALED.to_vec()
}

/// HKDF-SHA-256 (RFC 5869) without salt: the secret is uniformly random.
pub(crate) fn derive(secret: &SecretBytes, label: &str) -> [u8; 32] {
    let mut out = [0; 32];
    let info = ["symbolon v1 ", label].concat();
    Hkdf::<Sha256>::new(None, secret.expose()).expand(info.as_bytes(), &mut out).expect("32 bytes is a length that HKDF gives");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let chance = Entropy::seeded(1);
        let place = Place::new("t", "c", "1");
        let first = Keys::generate(dir.path(), &chance, Timestamp::default()).unwrap();
        let (sealed, tag) = (first.sealer().seal(&place, b"x"), first.mac(Purpose::Lookup, b"token"));
        let second = Keys::open(dir.path(), &chance).unwrap();
        assert_eq!(second.sealer().open(&place, &sealed).unwrap().expose(), b"x");
        assert_eq!(second.mac(Purpose::Lookup, b"token"), tag);
        assert_ne!(second.mac(Purpose::Cookie, b"token"), tag);
    }

    #[test]
    fn a_retired_key_opens_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new("t", "c", "1");
        let keys = Keys::generate(dir.path(), &Entropy::seeded(1), Timestamp::default()).unwrap();
        let old = keys.sealer().active_key();
        let sealed = keys.sealer().seal(&place, b"x");
        keys.rotate(Timestamp::default()).unwrap();
        assert!(keys.sealer().open(&place, &sealed).is_ok());
        keys.retire(&old).unwrap();
        assert_eq!(keys.sealer().open(&place, &sealed).err(), Some(SealError::UnknownKey(old)));
    }
}
