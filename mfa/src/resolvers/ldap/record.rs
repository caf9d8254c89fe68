//! An entry of the directory as it was sent, bounded: what is too large is left out, never cut in the middle.

use std::collections::BTreeMap;

use ldap3::ResultEntry;
use ldap3::asn1::{PL, StructureTag};

use super::frames::UNREADABLE;

/// Longest value that is kept.
const MAX_VALUE: usize = 16 * 1024;
/// Values of one attribute at most.
const MAX_VALUES: usize = 2_000;
/// Bytes of all values of one entry at most.
const MAX_RECORD: usize = 1 << 20;

/// An entry: its name, and values by the name of the attribute in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) dn: String,
    /// Bytes of all values.
    pub(super) size: usize,
    values: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Record {
    /// Reads what the library delivers; `None` when it is no entry, or has no name that could be read.
    pub(super) fn read(entry: ResultEntry) -> Option<Self> {
        let mut parts = constructed(entry.0.match_id(4)?)?.into_iter();
        let dn = String::from_utf8(primitive(parts.next()?)?).ok()?;
        if dn.as_bytes().first() == Some(&UNREADABLE) {
            return None;
        }
        let (mut values, mut size) = (BTreeMap::<String, Vec<Vec<u8>>>::new(), 0);
        for attribute in constructed(parts.next()?)? {
            let mut parts = constructed(attribute)?.into_iter();
            let name = String::from_utf8(primitive(parts.next()?)?).ok()?.to_ascii_lowercase();
            // Active Directory sends long lists in ranges; what fits into the first one is enough.
            let name = match name.split_once(";range=") {
                Some((name, _)) => name.to_owned(),
                None => name,
            };
            let kept = values.entry(name).or_default();
            for value in constructed(parts.next()?)?.into_iter().filter_map(primitive) {
                if value.len() <= MAX_VALUE && kept.len() < MAX_VALUES && size + value.len() <= MAX_RECORD {
                    size += value.len();
                    kept.push(value);
                }
            }
        }
        Some(Self { dn, size, values })
    }

    /// All values of an attribute, whatever the case of its name.
    pub(super) fn all(&self, name: &str) -> &[Vec<u8>] {
        self.values.get(&name.to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first value.
    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        self.all(name).first().map(Vec::as_slice)
    }

    /// The first value, when it is text without control characters.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.first(name).and_then(clean_text)
    }

    /// The first value as a whole number.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    #[cfg(test)]
    pub(super) fn of(dn: &str, values: &[(&str, &[u8])]) -> Self {
        let mut record = Self { dn: dn.to_owned(), size: 0, values: BTreeMap::new() };
        for (name, value) in values {
            record.values.entry(name.to_ascii_lowercase()).or_default().push(value.to_vec());
        }
        record
    }
}

/// The value as text: UTF-8 without NUL, which no database keeps.
pub(super) fn clean_text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|text| !text.contains('\0'))
}

fn constructed(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    }
}

fn primitive(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}
