//! Key tables as MIT Kerberos and Active Directory write them (format 5.2).

use std::path::Path;

use tokio::io::AsyncReadExt;

use super::enctype::{Enctype, Key};
use super::principal::{Principal, Service};

/// A file larger than this is no key table.
const MAX_FILE: u64 = 1 << 20;
/// So many keys are looked at.
const MAX_ENTRIES: usize = 1000;

/// One key of one name.
pub struct Entry {
    pub(super) principal: Principal,
    version: u32,
    enctype: i64,
    key: Option<Key>,
}

impl Entry {
    /// Whose key it is.
    pub fn principal(&self) -> String {
        self.principal.to_string()
    }

    /// Which of its keys.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The number of its encryption type.
    pub const fn enctype(&self) -> i64 {
        self.enctype
    }

    /// The key, if it is of a type that is taken.
    pub const fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }
}

/// A key table.
pub struct Keytab(Vec<Entry>);

impl Keytab {
    /// Reads a file as it is now.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) async fn read(path: &Path) -> Result<Self, String> {
        let (name, mut bytes) = (path.display(), Vec::new());
        let file = tokio::fs::File::open(path).await.map_err(|e| format!("{name} cannot be read: {e}"))?;
        file.take(MAX_FILE).read_to_end(&mut bytes).await.map_err(|e| format!("{name} cannot be read: {e}"))?;
        let bytes = kernel::SecretBytes::new(bytes);
        Self::parse(bytes.expose()).map_err(|what| format!("{name}: {what}"))
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut rest = match bytes {
            [5, 2, rest @ ..] => rest,
            [5, 1, ..] => return Err("the key table is of an old format; write it anew with ktutil"),
            _ => return Err("the file is no key table"),
        };
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let mut reader = Reader(rest);
            let size = i32::from_be_bytes(reader.array()?);
            // A negative size is that of a hole, which a deleted key has left.
            let len = usize::try_from(size.unsigned_abs()).map_err(|_| CUT)?;
            let entry = reader.take(len)?;
            rest = reader.0;
            if size > 0 {
                entries.extend(read(entry)?);
            }
            if entries.len() > MAX_ENTRIES {
                return Err("the key table has too many keys");
            }
        }
        Ok(Self(entries))
    }

    /// The keys of a service.
    pub fn of<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Entry> {
        self.0.iter().filter(|entry| service.is(&entry.principal.parts, &entry.principal.realm))
    }

    /// The keys of somebody.
    pub(super) fn of_principal<'a>(&'a self, principal: &'a Principal) -> impl Iterator<Item = &'a Entry> {
        self.0.iter().filter(|entry| entry.principal.is(principal))
    }

    /// All keys.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }
}

const CUT: &str = "the key table ends within an entry";

/// One entry; names that we do not understand are left out.
fn read(entry: &[u8]) -> Result<Option<Entry>, &'static str> {
    let mut reader = Reader(entry);
    let count = u16::from_be_bytes(reader.array()?);
    let realm = reader.text()?;
    let parts = (0..count).map(|_| reader.text()).collect::<Result<Vec<_>, _>>()?;
    // The kind of the name, and when the key was written.
    reader.take(8)?;
    let short = u32::from(reader.array::<1>()?[0]);
    let enctype = i64::from(i16::from_be_bytes(reader.array()?));
    let key = reader.counted()?;
    // A longer version may follow; older programs leave it out.
    let version = match reader.array() {
        Ok(long) if long != [0; 4] => u32::from_be_bytes(long),
        _ => short,
    };
    let parts: Option<Vec<String>> = parts.into_iter().collect();
    let principal = parts.zip(realm).and_then(|(parts, realm)| Principal::new(parts, realm));
    let key = Enctype::of(enctype).and_then(|enctype| Key::new(enctype, key));
    Ok(principal.map(|principal| Entry { principal, version, enctype, key }))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(CUT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        self.take(N)?.try_into().map_err(|_| CUT)
    }

    fn counted(&mut self) -> Result<&'a [u8], &'static str> {
        let len = u16::from_be_bytes(self.array()?);
        self.take(len.into())
    }

    fn text(&mut self) -> Result<Option<String>, &'static str> {
        Ok(std::str::from_utf8(self.counted()?).ok().map(str::to_owned))
    }
}
