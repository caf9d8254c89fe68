//! A long document as a stream of events, read in one pass and without a tree. It is stricter than XML: no doctype, no CDATA, no
//! processing instructions inside, names of ASCII; whatever it takes, every parser takes for the same.

use std::borrow::Cow;

use super::write::is_speakable;
use super::{Limits, XmlError, scan};
use crate::saml::names::ns;

/// Most attributes of one element, namespaces included: each is compared with each.
const ATTRIBUTES: usize = 64;

/// What comes next. Comments are left out, as canonical XML leaves them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event<'t> {
    /// An element of this name begins; [`Events::attributes`] are its own.
    Start(&'t str),
    /// Text as it stands in the document, with its references.
    Text(&'t str),
    /// The element of this name ends.
    End(&'t str),
}

/// The events of a document.
pub(crate) struct Events<'t> {
    text: &'t str,
    at: usize,
    begin: usize,
    open: Vec<&'t str>,
    attributes: Vec<(&'t str, &'t str)>,
    /// The element that was begun last is empty.
    closing: bool,
    elements: usize,
    limits: Limits,
}

impl<'t> Events<'t> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`XmlError`] when the document is too long, in another encoding, or holds what XML has no way to say.
    pub(crate) fn new(text: &'t str, limits: &Limits) -> Result<Self, XmlError> {
        if text.len() > limits.bytes() {
            return Err(XmlError::TooLong);
        }
        if text.bytes().any(|b| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || text.contains(['\u{fffe}', '\u{ffff}']) {
            return Err(XmlError::Malformed);
        }
        let at = scan::declaration(text)?;
        if text[..at].contains("version") && !text[..at].contains("\"1.0\"") && !text[..at].contains("'1.0'") {
            return Err(XmlError::Encoding);
        }
        let (open, attributes) = (Vec::new(), Vec::new());
        Ok(Self { text, at, begin: at, open, attributes, closing: false, elements: 0, limits: *limits })
    }

    /// Attributes of the element that began last: name and raw value.
    pub(crate) fn attributes(&self) -> &[(&'t str, &'t str)] {
        &self.attributes
    }

    /// Where the last event begins.
    pub(crate) fn begin(&self) -> usize {
        self.begin
    }

    /// Where the next event begins.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Goes on behind a whole element that was read before and begins here.
    pub(crate) fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The next event; none at the end.
    ///
    /// # Errors
    /// [`XmlError`].
    pub(crate) fn next(&mut self) -> Result<Option<Event<'t>>, XmlError> {
        loop {
            self.begin = self.at;
            if self.closing {
                self.closing = false;
                return Ok(self.open.pop().map(Event::End));
            }
            let rest = &self.text[self.at..];
            let Some(second) = rest.strip_prefix('<') else {
                match self.characters(rest)? {
                    Some(event) => return Ok(Some(event)),
                    None if self.at < self.text.len() => continue,
                    None if self.open.is_empty() && self.elements > 0 => return Ok(None),
                    None => return Err(XmlError::Malformed),
                }
            };
            match second.as_bytes().first() {
                Some(b'!' | b'?') => self.remark(rest)?,
                Some(b'/') => return self.end(rest).map(Some),
                _ => return self.start().map(Some),
            }
        }
    }

    fn characters(&mut self, rest: &'t str) -> Result<Option<Event<'t>>, XmlError> {
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        self.at += text.len();
        match self.open.is_empty() {
            true if text.bytes().all(is_space) => Ok(None),
            false if !text.is_empty() && !text.contains("]]>") => Ok(Some(Event::Text(text))),
            _ => Err(XmlError::Malformed),
        }
    }

    /// Passes over a comment anywhere, or an instruction outside the outermost element.
    fn remark(&mut self, rest: &str) -> Result<(), XmlError> {
        if !self.limits.remarks() {
            return Err(XmlError::Markup);
        }
        if let Some(comment) = rest.strip_prefix("<!--") {
            let length = comment.find("--").ok_or(XmlError::Malformed)?;
            self.at += 4 + length + 3;
            return if comment[length..].starts_with("-->") { Ok(()) } else { Err(XmlError::Malformed) };
        }
        if rest.starts_with("<!") || !self.open.is_empty() {
            return Err(XmlError::Markup);
        }
        self.at += rest.find("?>").ok_or(XmlError::Malformed)? + 2;
        Ok(())
    }

    fn end(&mut self, rest: &'t str) -> Result<Event<'t>, XmlError> {
        let inside = &rest[2..rest.find('>').ok_or(XmlError::Malformed)?];
        self.at += inside.len() + 3;
        let name = inside.trim_end_matches([' ', '\t', '\r', '\n']);
        match self.open.pop() {
            Some(open) if open == name => Ok(Event::End(name)),
            _ => Err(XmlError::Malformed),
        }
    }

    fn start(&mut self) -> Result<Event<'t>, XmlError> {
        if self.open.is_empty() && self.elements > 0 {
            return Err(XmlError::Malformed);
        }
        let bytes = self.text.as_bytes();
        self.at += 1;
        let name = self.name()?;
        self.attributes.clear();
        loop {
            let before = self.at;
            self.space();
            match bytes.get(self.at) {
                Some(b'>') => {
                    self.at += 1;
                    break;
                }
                Some(b'/') if bytes.get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    self.closing = true;
                    break;
                }
                Some(_) if self.at > before => self.attribute()?,
                _ => return Err(XmlError::Malformed),
            }
        }
        self.open.push(name);
        self.elements += 1;
        if self.elements > self.limits.elements() || self.open.len() > self.limits.depth() {
            return Err(XmlError::TooMany);
        }
        Ok(Event::Start(name))
    }

    fn attribute(&mut self) -> Result<(), XmlError> {
        let bytes = self.text.as_bytes();
        let name = self.name()?;
        self.space();
        if bytes.get(self.at) != Some(&b'=') {
            return Err(XmlError::Malformed);
        }
        self.at += 1;
        self.space();
        let quote = bytes.get(self.at).copied().filter(|b| matches!(b, b'"' | b'\'')).ok_or(XmlError::Malformed)?;
        let rest = &self.text[self.at + 1..];
        let value = &rest[..rest.find(char::from(quote)).ok_or(XmlError::Malformed)?];
        self.at += value.len() + 2;
        if value.contains('<') || self.attributes.iter().any(|(other, _)| *other == name) {
            return Err(XmlError::Malformed);
        }
        if self.attributes.len() >= ATTRIBUTES {
            return Err(XmlError::TooMany);
        }
        self.attributes.push((name, value));
        Ok(())
    }

    /// A name with at most one prefix.
    fn name(&mut self) -> Result<&'t str, XmlError> {
        let rest = &self.text[self.at..];
        let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
        let name = &rest[..rest.bytes().position(|b| !inside(b)).unwrap_or(rest.len())];
        self.at += name.len();
        let first = |part: &str| part.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        let parts: Vec<&str> = name.splitn(3, ':').collect();
        if parts.len() <= 2 && parts.iter().all(|part| first(part)) { Ok(name) } else { Err(XmlError::Malformed) }
    }

    fn space(&mut self) {
        self.at += self.text[self.at..].bytes().position(|b| !is_space(b)).unwrap_or(0);
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

/// Prefix (empty: none) and name.
pub(crate) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// Namespaces that are declared where the reader stands.
#[derive(Clone, Default)]
pub(crate) struct Scope<'t> {
    declared: Vec<(usize, &'t str, Cow<'t, str>)>,
    depth: usize,
}

impl<'t> Scope<'t> {
    /// An element with these attributes begins.
    ///
    /// # Errors
    /// [`XmlError::Malformed`] for a declaration that is none.
    pub(crate) fn enter(&mut self, attributes: &[(&'t str, &'t str)]) -> Result<(), XmlError> {
        self.depth += 1;
        for (name, raw) in attributes {
            let prefix = match (*name, split(name)) {
                ("xmlns", _) => "",
                (_, ("xmlns", prefix)) => prefix,
                _ => continue,
            };
            let uri = attribute_value(raw)?;
            let reserved = prefix == "xmlns" || (prefix == "xml") != (uri == ns::XML) || uri == "http://www.w3.org/2000/xmlns/";
            if reserved || (uri.is_empty() && !prefix.is_empty()) {
                return Err(XmlError::Malformed);
            }
            self.declared.push((self.depth, prefix, uri));
        }
        Ok(())
    }

    /// The element that began last ends.
    pub(crate) fn leave(&mut self) {
        while self.declared.last().is_some_and(|(depth, ..)| *depth == self.depth) {
            self.declared.pop();
        }
        self.depth -= 1;
    }

    /// What a prefix stands for; none when it is not declared.
    pub(crate) fn find(&self, prefix: &str) -> Option<&str> {
        match prefix {
            "xml" => Some(ns::XML),
            _ => self.declared.iter().rev().find(|(_, name, _)| *name == prefix).map(|(.., uri)| &**uri),
        }
    }

    /// Whether the name of an element stands for this one.
    pub(crate) fn is(&self, name: &str, namespace: &str, local: &str) -> bool {
        let (prefix, own) = split(name);
        own == local && self.find(prefix) == Some(namespace)
    }
}

/// The value of an attribute (XML 1.0 section 3.3.3, of type CDATA).
///
/// # Errors
/// [`XmlError::Malformed`] for a reference that is none.
pub(crate) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, XmlError> {
    if !raw.contains(['&', '\t', '\r', '\n']) {
        return Ok(Cow::Borrowed(raw));
    }
    references(&raw.replace("\r\n", " ").replace(['\t', '\r', '\n'], " ")).map(Cow::Owned)
}

/// Text (XML 1.0 sections 2.11 and 4.1).
///
/// # Errors
/// As [`attribute_value`].
pub(crate) fn text_value(raw: &str) -> Result<Cow<'_, str>, XmlError> {
    match (raw.contains('&'), raw.contains('\r')) {
        (false, false) => Ok(Cow::Borrowed(raw)),
        (true, false) => references(raw).map(Cow::Owned),
        (_, true) => references(&raw.replace("\r\n", "\n").replace('\r', "\n")).map(Cow::Owned),
    }
}

fn references(raw: &str) -> Result<String, XmlError> {
    let mut parts = raw.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or(XmlError::Malformed)?;
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        // Signs are digits to the library, but not to XML.
        let plain = |digits: &str| digits.bytes().all(|b| b.is_ascii_hexdigit());
        let c = match (name, name.strip_prefix("#x"), name.strip_prefix('#')) {
            ("amp", ..) => '&',
            ("lt", ..) => '<',
            ("gt", ..) => '>',
            ("quot", ..) => '"',
            ("apos", ..) => '\'',
            (_, Some(hex), _) if plain(hex) => number(hex, 16).ok_or(XmlError::Malformed)?,
            (_, None, Some(decimal)) if plain(decimal) => number(decimal, 10).ok_or(XmlError::Malformed)?,
            _ => return Err(XmlError::Malformed),
        };
        if !is_speakable(c) {
            return Err(XmlError::Malformed);
        }
        out.push(c);
        out.push_str(rest);
    }
    Ok(out)
}
