//! What identifies somebody for ever: the name of the entry, or an attribute that never changes.

use super::dn::Dn;
use super::filter::{Attr, Filter};
use super::record::Record;

/// Longest uid that we keep.
const MAX_UID: usize = 2_000;

/// The parameter `UIDTYPE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum UidKind {
    /// The name of the entry. It changes when the entry is moved; then it is somebody else.
    Dn,
    /// Sixteen bytes in the order of Active Directory.
    Guid(Attr),
    /// A security identifier.
    Sid(Attr),
    /// Any attribute with one value that is text.
    Text(Attr),
}

impl UidKind {
    /// Reads the parameter.
    ///
    /// # Errors
    /// When it is neither `DN` nor the name of an attribute.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("dn") {
            return Ok(Self::Dn);
        }
        let attr = Attr::new(text).ok_or_else(|| format!("UIDTYPE: `{text}` is neither DN nor the name of an attribute"))?;
        Ok(match () {
            () if attr.is("objectGUID") => Self::Guid(attr),
            () if attr.is("objectSid") => Self::Sid(attr),
            () => Self::Text(attr),
        })
    }

    /// The attribute that must be asked for.
    pub(super) fn attr(&self) -> Option<&Attr> {
        match self {
            Self::Dn => None,
            Self::Guid(attr) | Self::Sid(attr) | Self::Text(attr) => Some(attr),
        }
    }

    /// The uid of an entry; `None` when it has none that could be kept.
    pub(super) fn of(&self, record: &Record) -> Option<String> {
        let uid = match self {
            Self::Dn => record.dn.clone(),
            Self::Guid(attr) => guid_text(record.first(attr.as_str())?)?,
            Self::Sid(attr) => sid_text(record.first(attr.as_str())?)?,
            Self::Text(attr) => std::str::from_utf8(record.first(attr.as_str())?).ok()?.to_owned(),
        };
        let sound = !uid.is_empty() && uid.len() <= MAX_UID && !uid.chars().any(char::is_control);
        sound.then_some(uid)
    }

    /// The filter that finds a uid; `None` when nobody can have it, or when it is a name, which is no matter of filters.
    pub(super) fn filter(&self, uid: &str) -> Option<Filter> {
        match self {
            Self::Dn => None,
            Self::Guid(attr) => Some(Filter::equal(attr, guid_bytes(uid)?)),
            Self::Sid(attr) => Some(Filter::equal(attr, sid_bytes(uid)?)),
            Self::Text(attr) => Some(Filter::equal(attr, uid)),
        }
    }

    /// The name of the entry, where the uid is one below the base.
    pub(super) fn dn(&self, uid: &str, base: &Dn) -> Option<Dn> {
        let dn = Dn::parse(uid).ok().filter(|_| *self == Self::Dn)?;
        dn.within(base).then_some(dn)
    }
}

/// The usual text of a GUID: the first three fields are stored with the lowest byte first.
pub(super) fn guid_text(bytes: &[u8]) -> Option<String> {
    let [d, c, b, a, f, e, h, g, rest @ ..] = bytes else { return None };
    let rest: [u8; 8] = rest.try_into().ok()?;
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let (first, second, third) = (hex(&[*a, *b, *c, *d]), hex(&[*e, *f]), hex(&[*g, *h]));
    Some(format!("{first}-{second}-{third}-{}-{}", hex(&rest[..2]), hex(&rest[2..])))
}

/// The bytes of such a text, with or without braces.
pub(super) fn guid_bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_start_matches('{').trim_end_matches('}').to_ascii_lowercase();
    let fields: Vec<&str> = text.split('-').collect();
    if fields.iter().map(|field| field.len()).ne([8, 4, 4, 4, 12]) {
        return None;
    }
    let mut bytes = data_encoding::HEXLOWER.decode(fields.concat().as_bytes()).ok()?;
    bytes[0..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    Some(bytes)
}

/// `S-1-5-21-...` of a security identifier.
pub(super) fn sid_text(bytes: &[u8]) -> Option<String> {
    let [revision, count, a, b, c, d, e, f, rest @ ..] = bytes else { return None };
    if rest.len() != usize::from(*count) * 4 || *count > 15 {
        return None;
    }
    let authority = u64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *f]);
    let subs = rest.chunks_exact(4).filter_map(|four| Some(u32::from_le_bytes(four.try_into().ok()?)));
    Some(subs.fold(format!("S-{revision}-{authority}"), |text, sub| format!("{text}-{sub}")))
}

/// The bytes of such a text.
pub(super) fn sid_bytes(text: &str) -> Option<Vec<u8>> {
    let mut fields = text.strip_prefix("S-")?.split('-');
    let revision: u8 = fields.next()?.parse().ok()?;
    let authority: u64 = fields.next()?.parse().ok().filter(|n| *n < 1 << 48)?;
    let subs: Vec<u32> = fields.map(|field| field.parse().ok()).collect::<Option<_>>()?;
    let count = u8::try_from(subs.len()).ok().filter(|count| *count <= 15)?;
    let mut bytes = vec![revision, count];
    bytes.extend(&authority.to_be_bytes()[2..]);
    bytes.extend(subs.iter().flat_map(|sub| sub.to_le_bytes()));
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identifiers_of_active_directory() {
        // The well-known GUID of the schema class `user`, as its bytes are documented.
        let bytes = [0xba, 0x7a, 0x96, 0xbf, 0xe6, 0x0d, 0xd0, 0x11, 0xa2, 0x85, 0x00, 0xaa, 0x00, 0x30, 0x49, 0xe2];
        assert_eq!(guid_text(&bytes).as_deref(), Some("bf967aba-0de6-11d0-a285-00aa003049e2"));
        assert_eq!(guid_bytes("{BF967ABA-0DE6-11D0-A285-00AA003049E2}").as_deref(), Some(&bytes[..]));
        // The group of administrators.
        let sid = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
        assert_eq!(sid_text(&sid).as_deref(), Some("S-1-5-32-544"));
        assert_eq!(sid_bytes("S-1-5-32-544").as_deref(), Some(&sid[..]));
        for wrong in ["", "bf967aba", "bf967aba-0de6-11d0-a285-00aa003049e2x", "gf967aba-0de6-11d0-a285-00aa003049e2"] {
            assert_eq!(guid_bytes(wrong), None, "{wrong}");
        }
        for wrong in ["", "S-", "S-1", "S-1-5-", "S-1-5-99999999999", "X-1-5"] {
            assert_eq!(sid_bytes(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn text_and_bytes_belong_together(guid in any::<[u8; 16]>(), subs in proptest::collection::vec(any::<u32>(), 0..15)) {
            prop_assert_eq!(guid_bytes(&guid_text(&guid).unwrap()), Some(guid.to_vec()));
            let text = subs.iter().fold("S-1-5".to_owned(), |text, sub| format!("{text}-{sub}"));
            prop_assert_eq!(sid_text(&sid_bytes(&text).unwrap()), Some(text));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in "(?s).{0,60}") {
            let _ = (guid_text(&bytes), sid_text(&bytes), guid_bytes(&text), sid_bytes(&text));
        }
    }
}
