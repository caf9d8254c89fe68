//! Distinguished names as values (RFC 4514): values are escaped when a name is written, so no text can become another part.

use std::fmt::{self, Write};

use super::filter::Attr;

const MAX_TEXT: usize = 8_000;
const MAX_PARTS: usize = 100;

/// A name: relative names, that of the entry itself first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Dn(Vec<Rdn>);

/// A relative name: usually one attribute with its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rdn(Vec<(Attr, Value)>);

/// The value in a relative name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Text(Vec<u8>),
    /// Encoded, as `#` and hexadecimal digits.
    Encoded(Vec<u8>),
}

impl Dn {
    /// Reads a name.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_TEXT {
            return Err(format!("the name is longer than {MAX_TEXT} bytes"));
        }
        let mut rest = text.trim().as_bytes();
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (rdn, after) = Rdn::read(rest)?;
            parts.push(rdn);
            rest = match after {
                [] => &[],
                [b',' | b';', more @ ..] if !more.trim_ascii().is_empty() => more,
                _ => return Err("a part of the name is missing after the last comma".to_owned()),
            };
            if parts.len() > MAX_PARTS {
                return Err("the name has too many parts".to_owned());
            }
        }
        Ok(Self(parts))
    }

    /// The entry under a parent.
    pub(super) fn child(rdn: Rdn, parent: &Self) -> Self {
        Self(std::iter::once(rdn).chain(parent.0.iter().cloned()).collect())
    }

    /// The relative name and the parent; `None` for the empty name.
    pub(super) fn split(&self) -> Option<(&Rdn, Self)> {
        let (first, rest) = self.0.split_first()?;
        Some((first, Self(rest.to_vec())))
    }

    /// The relative names, that of the entry itself first.
    pub(super) fn rdns(&self) -> &[Rdn] {
        &self.0
    }

    /// Whether this is `base` or lies below it.
    pub(super) fn within(&self, base: &Self) -> bool {
        self.0.len() >= base.0.len() && Self(self.0[self.0.len() - base.0.len()..].to_vec()).key() == base.key()
    }

    /// The same text for names that differ only in case and blanks, as directories compare most of them.
    pub(super) fn key(&self) -> String {
        let part = |rdn: &Rdn| {
            let mut pairs: Vec<String> =
                rdn.0.iter().map(|(attr, value)| format!("{}={}", attr.as_str(), value.folded())).collect();
            pairs.sort();
            pairs.join("+")
        };
        self.0.iter().map(part).collect::<Vec<_>>().join(",").to_lowercase()
    }
}

impl Rdn {
    /// A relative name of one attribute.
    pub(super) fn new(attr: Attr, value: impl Into<Vec<u8>>) -> Self {
        Self(vec![(attr, Value::Text(value.into()))])
    }

    /// Attributes and values.
    pub(super) fn pairs(&self) -> &[(Attr, Value)] {
        &self.0
    }

    /// The same with other values.
    pub(super) fn map_values(&self, f: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        let map = |(attr, value): &(Attr, Value)| match value {
            Value::Text(text) => (attr.clone(), Value::Text(f(text))),
            Value::Encoded(_) => (attr.clone(), value.clone()),
        };
        Self(self.0.iter().map(map).collect())
    }

    fn read(mut text: &[u8]) -> Result<(Self, &[u8]), String> {
        let mut pairs = Vec::new();
        loop {
            let at = text.iter().position(|b| *b == b'=').ok_or("a part of the name has no equals sign")?;
            let name = std::str::from_utf8(&text[..at]).map_err(|e| e.to_string())?.trim();
            let name = if name.len() > 4 && name.is_char_boundary(4) && name[..4].eq_ignore_ascii_case("oid.") {
                &name[4..]
            } else {
                name
            };
            let attr = Attr::new(name).ok_or_else(|| format!("`{name}` is no name of an attribute"))?;
            let (value, rest) = Value::read(&text[at + 1..])?;
            pairs.push((attr, value));
            match rest {
                [b'+', more @ ..] => text = more,
                rest => return Ok((Self(pairs), rest)),
            }
        }
    }
}

impl Value {
    /// The text; `None` when it is encoded.
    pub(super) fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) => Some(text),
            Self::Encoded(_) => None,
        }
    }

    fn folded(&self) -> String {
        match self {
            Self::Encoded(bytes) => format!("#{}", data_encoding::HEXLOWER.encode(bytes)),
            // Bytes that are no text keep their places; they are compared, never shown.
            Self::Text(text) => {
                let words: Vec<String> =
                    text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).map(|w| Escaped(w).to_string()).collect();
                words.join(" ")
            }
        }
    }

    fn read(text: &[u8]) -> Result<(Self, &[u8]), String> {
        let text = text.trim_ascii_start();
        match text.first() {
            Some(b'#') => {
                let end = text.iter().position(|b| b",;+".contains(b)).unwrap_or(text.len());
                let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text[1..end].trim_ascii()).map_err(|e| e.to_string())?;
                Ok((Self::Encoded(bytes), &text[end..]))
            }
            Some(b'"') => Self::quoted(&text[1..]),
            _ => Self::plain(text),
        }
    }

    fn quoted(text: &[u8]) -> Result<(Self, &[u8]), String> {
        let (mut value, mut at) = (Vec::new(), 0);
        loop {
            match text.get(at) {
                None => return Err("a quotation mark is not closed".to_owned()),
                Some(b'"') => break,
                Some(b'\\') => at += unescape(&text[at..], &mut value)?,
                Some(b) => {
                    value.push(*b);
                    at += 1;
                }
            }
        }
        let rest = text[at + 1..].trim_ascii_start();
        if rest.first().is_some_and(|b| !b",;+".contains(b)) {
            return Err("something stands behind a quotation mark".to_owned());
        }
        Ok((Self::Text(value), rest))
    }

    fn plain(text: &[u8]) -> Result<(Self, &[u8]), String> {
        // Blanks at the end count only when they were escaped.
        let (mut value, mut at, mut kept) = (Vec::new(), 0, 0);
        while let Some(b) = text.get(at).filter(|b| !b",;+".contains(b)) {
            match b {
                b'\\' => {
                    at += unescape(&text[at..], &mut value)?;
                    kept = value.len();
                }
                0 => return Err("the name has a NUL character".to_owned()),
                b => {
                    value.push(*b);
                    at += 1;
                    if !b.is_ascii_whitespace() {
                        kept = value.len();
                    }
                }
            }
        }
        value.truncate(kept);
        Ok((Self::Text(value), &text[at..]))
    }
}

/// Reads what follows a backslash; returns how many bytes that was, the backslash included.
fn unescape(text: &[u8], value: &mut Vec<u8>) -> Result<usize, String> {
    match text.get(1) {
        Some(b) if b" \"#+,;<=>\\".contains(b) => {
            value.push(*b);
            Ok(2)
        }
        _ => {
            let pair = text.get(1..3).and_then(|pair| data_encoding::HEXLOWER_PERMISSIVE.decode(pair).ok());
            value.extend(pair.ok_or("a backslash is followed by nothing that it could escape")?);
            Ok(3)
        }
    }
}

/// A value as it may stand in the text form.
struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.0.len().saturating_sub(1);
        // Text beyond ASCII stands as it is, as directories write it; other bytes as numbers.
        let text = std::str::from_utf8(self.0).is_ok();
        let mut raw = Vec::new();
        for (at, &b) in self.0.iter().enumerate() {
            match b {
                b'"' | b'+' | b',' | b';' | b'<' | b'>' | b'\\' | b'=' => raw.extend([b'\\', b]),
                b' ' if at == 0 || at == last => raw.extend([b'\\', b]),
                b'#' if at == 0 => raw.extend([b'\\', b]),
                0..=31 | 127 => raw.extend(format!("\\{b:02x}").bytes()),
                128.. if !text => raw.extend(format!("\\{b:02x}").bytes()),
                b => raw.push(b),
            }
        }
        f.write_str(&String::from_utf8_lossy(&raw))
    }
}

impl fmt::Display for Rdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (attr, value)) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_char('+')?;
            }
            match value {
                Value::Text(text) => write!(f, "{}={}", attr.as_str(), Escaped(text))?,
                Value::Encoded(bytes) => write!(f, "{}=#{}", attr.as_str(), data_encoding::HEXLOWER.encode(bytes))?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, rdn) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_char(',')?;
            }
            rdn.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, expected) in [
            ("uid=hans,ou=people,dc=example,dc=org", "uid=hans,ou=people,dc=example,dc=org"),
            ("CN = Foo\\, Bar , DC=x", "CN=Foo\\, Bar,DC=x"),
            ("cn=\"Foo, Bar\";dc=x", "cn=Foo\\, Bar,dc=x"),
            ("cn=Foo\\2c Bar,dc=x", "cn=Foo\\, Bar,dc=x"),
            ("cn=a+uid=b,dc=x", "cn=a+uid=b,dc=x"),
            ("cn=\\ a\\ ,dc=x", "cn=\\ a\\ ,dc=x"),
            ("cn=J\u{fc}rg,dc=x", "cn=J\u{fc}rg,dc=x"),
            ("1.3.6=#04024869,dc=x", "1.3.6=#04024869,dc=x"),
            ("OID.2.5.4.3=a", "2.5.4.3=a"),
            ("cn=a\\0ACNF:1,dc=x", "cn=a\\0aCNF:1,dc=x"),
            ("", ""),
        ] {
            assert_eq!(Dn::parse(text).map(|dn| dn.to_string()).as_deref(), Ok(expected), "{text}");
        }
        for text in ["hans", "uid=hans,", "=x", "u_d=x", "cn=\"x", "cn=\"x\"y", "cn=\\", "cn=\\q", "cn=#0", "a=b,,c=d"] {
            assert!(Dn::parse(text).is_err(), "{text}: {:?}", Dn::parse(text));
        }
    }

    #[test]
    fn places() {
        let dn = |text: &str| Dn::parse(text).unwrap();
        let base = dn("dc=Example,dc=org");
        assert!(dn("uid=a,DC=example, dc=ORG").within(&base) && base.within(&base));
        assert!(!dn("uid=a,dc=other,dc=org").within(&base) && !dn("dc=org").within(&base));
        assert!(!dn("cn=x\\,dc=example\\,dc=org").within(&base), "a value is no part");
        let (rdn, parent) = dn("cn=a+uid=b,dc=org").split().map(|(r, p)| (r.to_string(), p.to_string())).unwrap();
        assert_eq!((rdn.as_str(), parent.as_str()), ("cn=a+uid=b", "dc=org"));
        assert_eq!(dn("uid=b+CN=A,dc=org").key(), dn("cn=a+uid=B,dc=org").key());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(super::super::fuzz::cases(1_000)))]

        #[test]
        fn a_value_stays_a_value(value in proptest::collection::vec(any::<u8>(), 0..20)) {
            let attr = Attr::new("cn").unwrap();
            let dn = Dn::child(Rdn::new(attr, value.clone()), &Dn::parse("dc=example,dc=org").unwrap());
            let read = Dn::parse(&dn.to_string()).unwrap();
            prop_assert_eq!(&read, &dn);
            prop_assert_eq!(read.split().unwrap().0.pairs()[0].1.text(), Some(value.as_slice()));
        }

        #[test]
        fn reading_never_panics(text in "[a-c=,;+\"#\\\\ 0-9\u{e9}]{0,40}") {
            if let Ok(dn) = Dn::parse(&text) {
                prop_assert_eq!(Dn::parse(&dn.to_string()), Ok(dn.clone()));
                let _ = dn.key();
            }
        }
    }
}
