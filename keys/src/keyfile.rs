//! The key file: the secrets that are not in the database. One JSON file `master.keys` of mode 0600, replaced atomically.
//!
//! It holds a *root* secret, from which keys for message authentication are derived, and the *sealing keys*: one active,
//! any number of older ones that still open what was sealed with them. Nodes of a cluster share the file or are given a copy.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use kernel::{Class, Classified, Entropy, SecretBytes, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Name of the file inside the key directory.
pub(crate) const NAME: &str = "master.keys";
/// Held while the file is replaced, so that two commands do not lose each other's key.
const LOCK: &str = "master.lock";
/// A key file has a few hundred bytes per key.
const LIMIT: u64 = 1 << 20;
const ID_ALPHABET: &[u8] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is none.
    #[error("there is no key file {0}; `symbolon init` creates it, or restore it from your backup")]
    Missing(PathBuf),
    /// There is one already.
    #[error("{0} exists already; keys are never overwritten")]
    Exists(PathBuf),
    /// Others than its owner may read or write it.
    #[error("{path} is open to others (mode {mode:04o}); run: chmod 600 {path}", path = .0.display(), mode = .1)]
    Permissions(PathBuf, u32),
    /// Its content makes no sense.
    #[error("{0} is damaged: {1}")]
    Broken(PathBuf, String),
    /// The file system refuses.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// No key of this id, or it may not be removed because it is the active one.
    #[error("sealing key `{0}` does not exist or is the active one")]
    Key(String),
}

impl Classified for KeyFileError {
    fn class(&self) -> Class {
        match self {
            Self::Exists(_) | Self::Key(_) => Class::Conflict,
            Self::Missing(_) | Self::Permissions(..) | Self::Broken(..) | Self::Io(..) => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "keyfile_missing",
            Self::Exists(_) => "keyfile_exists",
            Self::Permissions(..) => "keyfile_permissions",
            Self::Broken(..) => "keyfile_broken",
            Self::Io(..) => "keyfile_io",
            Self::Key(_) => "keyfile_key",
        }
    }
}

/// 32 secret bytes as base64url text.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) SecretBytes);

impl Secret {
    fn new(chance: &Entropy) -> Self {
        Self(SecretBytes::new(chance.vec(32)))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&Zeroizing::new(BASE64URL_NOPAD.encode(self.0.expose())))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(d)?);
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| serde::de::Error::custom("a secret is not base64url"))?;
        if bytes.len() != 32 {
            return Err(serde::de::Error::custom("a secret does not have 32 bytes"));
        }
        Ok(Self(SecretBytes::new(bytes)))
    }
}

/// One sealing key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealingKey {
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) secret: Secret,
}

/// The content of the file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    version: u32,
    pub(crate) root: Secret,
    /// Id of the key that seals; the others only open.
    pub(crate) active: String,
    pub(crate) sealing: Vec<SealingKey>,
}

impl Content {
    /// Fresh secrets with one sealing key.
    pub(crate) fn generate(chance: &Entropy, now: Timestamp) -> Self {
        let mut content = Self { version: 1, root: Secret::new(chance), active: String::new(), sealing: Vec::new() };
        content.active = content.add(chance, now);
        content
    }

    /// Fixed secrets, known to everybody. For tests.
    pub(crate) fn for_tests() -> Self {
        Self::generate(&Entropy::seeded(0x5e_a1), Timestamp::from_seconds(0))
    }

    fn add(&mut self, chance: &Entropy, now: Timestamp) -> String {
        let mut id = chance.chars(ID_ALPHABET, 10);
        while self.sealing.iter().any(|k| k.id == id) {
            id = chance.chars(ID_ALPHABET, 10);
        }
        self.sealing.push(SealingKey { id: id.clone(), created: now, secret: Secret::new(chance) });
        id
    }

    fn check(&self) -> Result<(), String> {
        if self.version != 1 {
            return Err(format!("version {} is not known to this program", self.version));
        }
        if !self.sealing.iter().any(|k| k.id == self.active) {
            return Err(format!("the active key `{}` is not in it", self.active));
        }
        let well_formed = |id: &str| !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        match self.sealing.iter().find(|k| !well_formed(&k.id)) {
            Some(key) => Err(format!("`{}` is no key id", key.id)),
            None => Ok(()),
        }
    }
}

/// Tells whether the file was replaced since it was read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<std::time::SystemTime>,
    length: u64,
    inode: u64,
}

/// Where the file is.
#[derive(Clone)]
pub(crate) struct KeyFile {
    directory: PathBuf,
}

impl KeyFile {
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    fn path(&self) -> PathBuf {
        self.directory.join(NAME)
    }

    fn io(&self, error: std::io::Error) -> KeyFileError {
        KeyFileError::Io(self.path(), error)
    }

    /// Creates the directory (mode 0700) and the file.
    pub(crate) fn create(&self, content: &Content) -> Result<(), KeyFileError> {
        make_directory(&self.directory).map_err(|e| KeyFileError::Io(self.directory.clone(), e))?;
        let _lock = self.lock()?;
        if self.path().exists() {
            return Err(KeyFileError::Exists(self.path()));
        }
        self.replace(content)
    }

    /// Reads the file, and its stamp from before the read.
    pub(crate) fn read(&self) -> Result<(Content, Stamp), KeyFileError> {
        let path = self.path();
        let mut file = File::open(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => KeyFileError::Missing(path.clone()),
            _ => self.io(e),
        })?;
        let metadata = file.metadata().map_err(|e| self.io(e))?;
        check_mode(&path, &metadata)?;
        let broken = |what: String| KeyFileError::Broken(path.clone(), what);
        if metadata.len() > LIMIT {
            return Err(broken("too large".to_owned()));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1));
        file.read_to_end(&mut bytes).map_err(|e| self.io(e))?;
        // Only the place of a syntax error is told: serde_json may quote what it found.
        let content: Content = serde_json::from_slice(&bytes)
            .map_err(|e| broken(format!("not a key file (line {}, column {})", e.line(), e.column())))?;
        content.check().map_err(broken)?;
        Ok((content, stamp(&metadata)))
    }

    /// The present stamp of the file.
    pub(crate) fn stamp(&self) -> Result<Stamp, KeyFileError> {
        std::fs::metadata(self.path()).map(|m| stamp(&m)).map_err(|e| self.io(e))
    }

    /// Adds a sealing key and makes it the active one; returns its id.
    pub(crate) fn rotate(&self, chance: &Entropy, now: Timestamp) -> Result<String, KeyFileError> {
        self.edit(|content| {
            content.active = content.add(chance, now);
            Ok(content.active.clone())
        })
    }

    /// Removes an older sealing key for good.
    pub(crate) fn remove(&self, id: &str) -> Result<(), KeyFileError> {
        self.edit(|content| {
            let before = content.sealing.len();
            let active = content.active.clone();
            content.sealing.retain(|k| k.id != id || k.id == active);
            if content.sealing.len() == before { Err(KeyFileError::Key(id.to_owned())) } else { Ok(()) }
        })
    }

    fn edit<T>(&self, change: impl FnOnce(&mut Content) -> Result<T, KeyFileError>) -> Result<T, KeyFileError> {
        let _lock = self.lock()?;
        let (mut content, _) = self.read()?;
        let out = change(&mut content)?;
        self.replace(&content)?;
        Ok(out)
    }

    fn lock(&self) -> Result<File, KeyFileError> {
        let path = self.directory.join(LOCK);
        let file = private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path);
        let file = file.map_err(|e| KeyFileError::Io(path.clone(), e))?;
        file.lock().map_err(|e| KeyFileError::Io(path, e))?;
        Ok(file)
    }

    /// Writes beside, syncs, renames, syncs the directory: after a power cut there is the old file or the new one.
    fn replace(&self, content: &Content) -> Result<(), KeyFileError> {
        let text = serde_json::to_vec_pretty(content).map(Zeroizing::new);
        let text = text.map_err(|e| KeyFileError::Broken(self.path(), e.to_string()))?;
        let beside = self.directory.join(format!("{NAME}.new"));
        let write = || -> std::io::Result<()> {
            // Left over from a crash; we hold the lock.
            match std::fs::remove_file(&beside) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            let mut file = private(OpenOptions::new().create_new(true).write(true)).open(&beside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&beside, self.path())?;
            File::open(&self.directory)?.sync_all()
        };
        write().map_err(|e| self.io(e))
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn make_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &std::fs::Metadata) -> Result<(), KeyFileError> {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyFileError::Permissions(path.to_owned(), mode)) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &std::fs::Metadata) -> Result<(), KeyFileError> {
    Ok(())
}

fn stamp(metadata: &std::fs::Metadata) -> Stamp {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Stamp { modified: metadata.modified().ok(), length: metadata.len(), inode }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_700_000_000)
    }

    #[test]
    fn is_created_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::new(&dir.path().join("keys"));
        assert!(matches!(file.read(), Err(KeyFileError::Missing(_))));
        let content = Content::generate(&Entropy::seeded(1), now());
        file.create(&content).unwrap();
        assert!(matches!(file.create(&content), Err(KeyFileError::Exists(_))));
        let (read, _) = file.read().unwrap();
        assert_eq!(read.active, content.active);
        assert_eq!(read.root.0.expose(), content.root.0.expose());
    }

    #[test]
    fn rotates_and_removes_but_never_the_active_key() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::new(dir.path());
        let chance = Entropy::seeded(2);
        file.create(&Content::generate(&chance, now())).unwrap();
        let (before, stamp) = file.read().unwrap();
        let new = file.rotate(&chance, now()).unwrap();
        assert!(file.stamp().unwrap() != stamp);
        let (after, _) = file.read().unwrap();
        assert_eq!((after.active.as_str(), after.sealing.len()), (new.as_str(), 2));
        assert!(matches!(file.remove(&new), Err(KeyFileError::Key(_))));
        file.remove(&before.active).unwrap();
        assert_eq!(file.read().unwrap().0.sealing.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn refuses_a_file_that_others_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::new(dir.path());
        file.create(&Content::generate(&Entropy::seeded(3), now())).unwrap();
        let path = dir.path().join(NAME);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refusal = file.read().map(|_| ()).unwrap_err().to_string();
        assert!(refusal.contains("chmod 600"), "{refusal}");
    }

    #[test]
    fn damage_is_told_without_the_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::new(dir.path());
        file.create(&Content::generate(&Entropy::seeded(4), now())).unwrap();
        let path = dir.path().join(NAME);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"active\"", "\"passive\"")).unwrap();
        assert!(matches!(file.read(), Err(KeyFileError::Broken(..))));
    }
}
