//! Sealing: secrets at rest, bound to their place.
//!
//! A sealed value is text: `s1.<key id>.<base64url of nonce and ciphertext>`, XChaCha20-Poly1305 with a random nonce of 192
//! bits and the place (table, column, row) and key id as associated data. A value moved to another row, column or table
//! does not open. Rotation: new values are sealed with the active key, older keys still open what they sealed.

use std::sync::Arc;

use arc_swap::ArcSwap;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use kernel::{Class, Classified, Entropy, SecretBytes, SecretText};

use crate::derive;
use crate::keyfile::{Content, KeyFile, KeyFileError, Stamp};

/// Marks a sealed value and its version.
pub(crate) const PREFIX: &str = "s1.";
const NONCE: usize = 24;

/// Where a sealed value belongs. The row key is one that never changes: an identifier made by us.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Name of the table.
    pub table: &'static str,
    /// Name of the column.
    pub column: &'static str,
    /// Key of the row.
    pub row: &'a str,
}

impl<'a> Place<'a> {
    /// The cell `table.column` of the row with key `row`.
    pub const fn new(table: &'static str, column: &'static str, row: &'a str) -> Self {
        Self { table, column, row }
    }

    /// A value that is given to somebody to bring it back, as `what`, and that counts for nobody but `whom`. It is stored nowhere, so it
    /// is never sealed anew: what is brought back after its key has retired does not open.
    pub const fn in_transit(what: &'static str, whom: &'a str) -> Self {
        Self { table: "in transit", column: what, row: whom }
    }
}

/// A sealed value does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text is not a sealed value.
    #[error("not a sealed value")]
    Malformed,
    /// It was sealed with a key that this node does not have.
    #[error("sealed with key `{0}`, which is not in this node's key file; copy the key file of the node that rotated")]
    UnknownKey(String),
    /// It was changed, or belongs to another place.
    #[error("the sealed value was changed or belongs to another row")]
    Refused,
}

impl Classified for SealError {
    fn class(&self) -> Class {
        match self {
            Self::UnknownKey(_) => Class::Unavailable,
            Self::Malformed | Self::Refused => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "sealed_malformed",
            Self::UnknownKey(_) => "sealed_unknown_key",
            Self::Refused => "sealed_refused",
        }
    }
}

struct Cipher {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// The sealing keys as they were read last.
struct Loaded {
    ciphers: Vec<Cipher>,
    active: usize,
    stamp: Option<Stamp>,
}

impl Loaded {
    fn new(content: &Content, stamp: Option<Stamp>) -> Self {
        let cipher = |secret: &SecretBytes| XChaCha20Poly1305::new(&derive(secret, "seal").into());
        let ciphers: Vec<_> = content.sealing.iter().map(|k| Cipher { id: k.id.clone(), cipher: cipher(&k.secret.0) }).collect();
        let active = ciphers.iter().position(|c| c.id == content.active).unwrap_or(0);
        Self { ciphers, active, stamp }
    }

    fn by_id(&self, id: &str) -> Option<&Cipher> {
        self.ciphers.iter().find(|c| c.id == id)
    }
}

/// Seals and opens values. Cheap to clone; all clones see a rotation at the same time.
#[derive(Clone)]
pub struct Sealer {
    loaded: Arc<ArcSwap<Loaded>>,
    file: Option<KeyFile>,
    chance: Entropy,
}

impl Sealer {
    pub(crate) fn new(content: &Content, file: Option<(KeyFile, Stamp)>, chance: Entropy) -> Self {
        let (file, stamp) = file.unzip();
        Self { loaded: Arc::new(ArcSwap::from_pointee(Loaded::new(content, stamp))), file, chance }
    }

    /// Seals `value` for its place, with the active key.
    pub fn seal(&self, place: &Place<'_>, value: &[u8]) -> String {
        let loaded = self.loaded.load();
        let Cipher { id, cipher } = &loaded.ciphers[loaded.active];
        let nonce: [u8; NONCE] = self.chance.bytes();
        let aad = associated_data(place, id);
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: value, aad: &aad });
        let sealed = sealed.expect("sealing fails only beyond 256 GiB");
        let mut record = Vec::with_capacity(NONCE + sealed.len());
        record.extend_from_slice(&nonce);
        record.extend_from_slice(&sealed);
        format!("{PREFIX}{id}.{}", BASE64URL_NOPAD.encode(&record))
    }

    /// Opens a value that was sealed for this very place.
    ///
    /// # Errors
    /// [`SealError`]; a key that is not known yet makes the key file be read again first.
    pub fn open(&self, place: &Place<'_>, sealed: &str) -> Result<SecretBytes, SealError> {
        let (id, record) = parse(sealed)?;
        let mut loaded = self.loaded.load_full();
        if loaded.by_id(id).is_none() {
            if let Err(error) = self.refresh() {
                tracing::error!(%error, "the key file cannot be read again");
            }
            loaded = self.loaded.load_full();
        }
        let Cipher { cipher, .. } = loaded.by_id(id).ok_or_else(|| SealError::UnknownKey(id.to_owned()))?;
        let record = BASE64URL_NOPAD.decode(record.as_bytes()).map_err(|_| SealError::Malformed)?;
        let (nonce, sealed) = record.split_first_chunk::<NONCE>().ok_or(SealError::Malformed)?;
        let aad = associated_data(place, id);
        let opened = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad });
        opened.map(SecretBytes::new).map_err(|_| SealError::Refused)
    }

    /// Opens a value that holds text.
    ///
    /// # Errors
    /// As [`Sealer::open`]; [`SealError::Malformed`] when it is not UTF-8.
    pub fn open_text(&self, place: &Place<'_>, sealed: &str) -> Result<SecretText, SealError> {
        self.open(place, sealed)?.into_text().ok_or(SealError::Malformed)
    }

    /// Id of the key that seals at present.
    pub fn active_key(&self) -> String {
        let loaded = self.loaded.load();
        loaded.ciphers[loaded.active].id.clone()
    }

    /// Ids of all keys that can open, the active one included.
    pub fn known_keys(&self) -> Vec<String> {
        self.loaded.load().ciphers.iter().map(|c| c.id.clone()).collect()
    }

    /// Reads the key file again if it was replaced since; returns whether it was. Costs one `stat` otherwise.
    ///
    /// # Errors
    /// [`KeyFileError`] when it cannot be read; the keys known so far stay in use.
    pub fn refresh(&self) -> Result<bool, KeyFileError> {
        let Some(file) = &self.file else { return Ok(false) };
        if self.loaded.load().stamp == Some(file.stamp()?) {
            return Ok(false);
        }
        let (content, stamp) = file.read()?;
        self.loaded.store(Arc::new(Loaded::new(&content, Some(stamp))));
        Ok(true)
    }
}

/// Id of the key that sealed this value.
///
/// # Errors
/// [`SealError::Malformed`] when it is no sealed value.
pub fn sealed_with(sealed: &str) -> Result<&str, SealError> {
    parse(sealed).map(|(id, _)| id)
}

fn parse(sealed: &str) -> Result<(&str, &str), SealError> {
    sealed.strip_prefix(PREFIX).and_then(|rest| rest.split_once('.')).ok_or(SealError::Malformed)
}

/// Length-prefixed parts, so that no two places have the same bytes.
fn associated_data(place: &Place<'_>, key: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    for part in [PREFIX, key, place.table, place.column, place.row] {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Timestamp;

    const PLACE: Place<'_> = Place::new("token", "seed", "01H0000000000000000000000A");

    fn sealer() -> Sealer {
        Sealer::new(&Content::for_tests(), None, Entropy::seeded(9))
    }

    #[test]
    fn opens_in_its_place_and_nowhere_else() {
        let sealer = sealer();
        let sealed = sealer.seal(&PLACE, b"3132333435");
        assert_eq!(sealer.open(&PLACE, &sealed).unwrap().expose(), b"3132333435");
        let elsewhere = [
            Place { row: "01H0000000000000000000000B", ..PLACE },
            Place { column: "pin", ..PLACE },
            Place { table: "person", ..PLACE },
            Place { table: "tokens", column: "eed", ..PLACE },
        ];
        for place in elsewhere {
            assert_eq!(sealer.open(&place, &sealed).err(), Some(SealError::Refused), "{place:?}");
        }
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let sealer = sealer();
        assert_ne!(sealer.seal(&PLACE, b"x"), sealer.seal(&PLACE, b"x"));
    }

    #[test]
    fn damage_is_refused() {
        let sealer = sealer();
        let sealed = sealer.seal(&PLACE, b"secret");
        for broken in ["", "s1", "s1.", "s1.abc", "plain", &sealed.replace("s1.", "s2."), &sealed[..sealed.len() - 30]] {
            assert!(sealer.open(&PLACE, broken).is_err(), "{broken}");
        }
        let mut bytes = sealed.clone().into_bytes();
        let last = bytes.len() - 5;
        bytes[last] = if bytes[last] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(sealer.open(&PLACE, &changed).err(), Some(SealError::Refused));
        let other = sealed.replacen(&sealer.active_key(), "0000000000", 1);
        assert_eq!(sealer.open(&PLACE, &other).err(), Some(SealError::UnknownKey("0000000000".into())));
    }

    #[test]
    fn a_node_that_meets_an_unknown_key_reads_the_file_again() {
        let dir = tempfile::tempdir().unwrap();
        let chance = Entropy::seeded(5);
        let file = KeyFile::new(dir.path());
        file.create(&Content::generate(&chance, Timestamp::default())).unwrap();
        let node = || {
            let (content, stamp) = file.read().unwrap();
            Sealer::new(&content, Some((file.clone(), stamp)), chance.clone())
        };
        let (first, second) = (node(), node());
        let old = first.seal(&PLACE, b"old");
        let new_id = file.rotate(&chance, Timestamp::default()).unwrap();
        assert!(first.refresh().unwrap());
        assert!(!first.refresh().unwrap());
        let new = first.seal(&PLACE, b"new");
        assert_eq!(sealed_with(&new).unwrap(), new_id);
        assert_eq!(second.open(&PLACE, &new).unwrap().expose(), b"new");
        assert_eq!(second.open(&PLACE, &old).unwrap().expose(), b"old");
        assert_eq!(second.active_key(), new_id);
    }
}
