//! XML of our own, written in canonical form from the start (exclusive canonical XML 1.0): what is signed is what is sent, so that
//! nothing has to be canonicalized.
//!
//! The rules that make it canonical: namespaces are declared on the first element that uses their prefix, before its attributes
//! and in the order of prefixes; attributes stand in order; empty elements have an end tag; no declaration, no remarks.

use data_encoding::BASE64;

/// Most of what is written is about so long.
const USUAL: usize = 1024;

/// Writes elements one after the other.
pub(crate) struct Writer(String);

impl Default for Writer {
    fn default() -> Self {
        Self::of_length(USUAL)
    }
}

impl Writer {
    /// For what is about so long, in bytes.
    pub(crate) fn of_length(about: usize) -> Self {
        Self(String::with_capacity(about))
    }

    /// An element with something in it. Attributes may be given in any order.
    pub(crate) fn element(&mut self, name: &str, attributes: &[(&str, &str)], content: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        content(self);
        self.close(name);
    }

    /// An element with text in it.
    pub(crate) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.element(name, attributes, |w| w.text(text));
    }

    /// An element with base64 in it, in which there is nothing to escape.
    pub(crate) fn base64(&mut self, name: &str, value: &[u8]) {
        self.element(name, &[], |w| BASE64.encode_append(value, &mut w.0));
    }

    /// A start tag.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        if attributes.len() < 2 {
            attributes.iter().for_each(|(name, value)| attribute(&mut self.0, name, value));
        } else {
            let mut sorted = attributes.to_vec();
            sorted.sort_by_key(|(name, _)| (rank(name), *name));
            sorted.into_iter().for_each(|(name, value)| attribute(&mut self.0, name, value));
        }
        self.0.push('>');
    }

    /// An end tag.
    pub(crate) fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// Text. What XML has no way to say is replaced.
    pub(crate) fn text(&mut self, text: &str) {
        escape(&mut self.0, text, |c| match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '\r' => Some("&#xD;"),
            _ => None,
        });
    }

    /// What was written in canonical form before.
    pub(crate) fn raw(&mut self, xml: &str) {
        self.0.push_str(xml);
    }

    /// Everything written.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Appends an attribute to a start tag.
pub(super) fn attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape(out, value, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
    out.push('"');
}

/// Appends text in which some characters are written otherwise. Most of it, such as certificates, is copied as it is.
fn escape(out: &mut String, text: &str, otherwise: fn(char) -> Option<&'static str>) {
    let needs_a_look = |b: u8| !matches!(b, b' '..=b'~') || matches!(b, b'&' | b'<' | b'>' | b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(needs_a_look) {
        // What stands before is ASCII: this is where a character begins.
        let (plain, other) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = other.chars();
        if let Some(c) = characters.next() {
            match otherwise(c) {
                Some(written) => out.push_str(written),
                None => out.push(speakable(c)),
            }
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// Namespaces, then attributes without a namespace, then the others. There is never more than one of the others.
fn rank(name: &str) -> u8 {
    match name {
        "xmlns" => 0,
        name if name.starts_with("xmlns:") => 0,
        name if name.contains(':') => 2,
        _ => 1,
    }
}

fn speakable(c: char) -> char {
    if is_speakable(c) { c } else { char::REPLACEMENT_CHARACTER }
}

/// Whether XML can say it (XML 1.0, production 2).
pub(crate) fn is_speakable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(name: &str, text: &str) -> String {
        let mut w = Writer::default();
        let attributes = [("xmlns:b", "urn:b"), ("name", name), ("ID", "_1"), ("xmlns:a", "urn:a"), ("xml:lang", "en")];
        w.element("a:x", &attributes, |w| {
            w.leaf("b:y", &[], text);
            w.element("z", &[], |_| {});
        });
        w.finish()
    }

    #[test]
    fn order_and_escapes() {
        let expected = "<a:x xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" ID=\"_1\" name=\"&quot;&lt;&#xA;>\" xml:lang=\"en\">\
                        <b:y>\"&lt;&amp;&gt;&#xD;\u{fffd}</b:y><z></z></a:x>";
        assert_eq!(document("\"<\n>", "\"<&>\r\0"), expected);
    }

    proptest! {
        /// Against the canonicalizer of a library: what we write is what it makes of it.
        #[test]
        fn what_is_written_is_canonical(name in any::<String>(), text in any::<String>()) {
            let mut w = Writer::default();
            w.element("a:x", &[("name", &name), ("ID", "_1"), ("xmlns:a", "urn:a")], |w| {
                w.leaf("b:y", &[("xmlns:b", "urn:b"), ("xml:lang", "en")], &text);
                w.element("z", &[], |_| {});
            });
            let written = w.finish();
            let canonical = gamlastan::crypto::exc_c14n(&written, &[]).unwrap();
            prop_assert_eq!(String::from_utf8(canonical).unwrap(), written);
        }
    }
}
