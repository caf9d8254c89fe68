//! Exclusive canonical XML 1.0 without comments, of one element, written while it is read.

use super::XmlError;
use super::events::{Scope, attribute_value, split, text_value};

/// Where canonical XML goes to.
pub(crate) trait Sink {
    /// Takes the next piece.
    fn take(&mut self, text: &str);
}

impl Sink for String {
    fn take(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// The canonical form of an element, as far as it was read.
pub(crate) struct Canonical<'a, S> {
    out: S,
    /// Prefixes that are treated as in inclusive canonical XML (`InclusiveNamespaces`).
    inclusive: &'a [String],
    /// Namespaces that open elements have declared in the output, with their depth.
    rendered: Vec<(usize, String, String)>,
    depth: usize,
}

impl<'a, S: Sink> Canonical<'a, S> {
    /// Begins; the next event is the start of the element.
    pub(crate) fn new(out: S, inclusive: &'a [String]) -> Self {
        Self { out, inclusive, rendered: Vec::new(), depth: 0 }
    }

    /// What was written.
    pub(crate) fn finish(self) -> S {
        self.out
    }

    /// An element begins; `scope` has entered it already.
    ///
    /// # Errors
    /// [`XmlError::Malformed`] for a prefix that is not declared, or an attribute that is there twice.
    pub(crate) fn start(&mut self, scope: &Scope<'_>, name: &str, attributes: &[(&str, &str)]) -> Result<(), XmlError> {
        self.depth += 1;
        let is_plain = |name: &str| name != "xmlns" && split(name).0 != "xmlns";
        let mut own = Vec::with_capacity(attributes.len());
        for (name, raw) in attributes.iter().filter(|(name, _)| is_plain(name)) {
            let (prefix, local) = split(name);
            let uri = if prefix.is_empty() { "" } else { scope.find(prefix).ok_or(XmlError::Malformed)? };
            own.push((uri, local, *name, *raw));
        }
        own.sort_unstable();
        if own.windows(2).any(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            return Err(XmlError::Malformed);
        }
        self.out.take("<");
        self.out.take(name);
        self.namespaces(scope, name, own.iter().map(|(_, _, name, _)| *name))?;
        for (_, _, name, raw) in own {
            self.out.take(" ");
            self.out.take(name);
            self.quoted(&attribute_value(raw)?);
        }
        self.out.take(">");
        Ok(())
    }

    /// Declares what the element uses and no open element has declared.
    fn namespaces<'n>(
        &mut self,
        scope: &Scope<'_>,
        element: &'n str,
        attributes: impl Iterator<Item = &'n str>,
    ) -> Result<(), XmlError> {
        let qualified = attributes.map(|name| split(name).0).filter(|prefix| !prefix.is_empty());
        let mut used: Vec<&str> = std::iter::once(split(element).0).chain(qualified).filter(|prefix| *prefix != "xml").collect();
        let wanted = self.inclusive.iter().map(|prefix| if prefix == "#default" { "" } else { prefix.as_str() });
        used.extend(wanted.filter(|prefix| scope.find(prefix).is_some() && *prefix != "xml"));
        used.sort_unstable();
        used.dedup();
        for prefix in used {
            let uri = match (scope.find(prefix), prefix) {
                (Some(uri), _) => uri,
                (None, "") => "",
                (None, _) => return Err(XmlError::Malformed),
            };
            let last = self.rendered.iter().rev().find(|(_, name, _)| name == prefix).map(|(.., uri)| uri.as_str());
            // Without a declaration, no prefix means no namespace.
            if last == Some(uri) || (last.is_none() && uri.is_empty()) {
                continue;
            }
            self.out.take(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.take(prefix);
            self.quoted(uri);
            self.rendered.push((self.depth, prefix.to_owned(), uri.to_owned()));
        }
        Ok(())
    }

    fn quoted(&mut self, value: &str) {
        self.out.take("=\"");
        self.escaped(value, |b| match b {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'"' => Some("&quot;"),
            b'\t' => Some("&#x9;"),
            b'\n' => Some("&#xA;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
        self.out.take("\"");
    }

    /// Text, as it stands in the document.
    ///
    /// # Errors
    /// [`XmlError::Malformed`] for a reference that is none.
    pub(crate) fn text(&mut self, raw: &str) -> Result<(), XmlError> {
        self.escaped(&text_value(raw)?, |b| match b {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
        Ok(())
    }

    fn escaped(&mut self, text: &str, escape: impl Fn(u8) -> Option<&'static str>) {
        let mut from = 0;
        // What is escaped is ASCII, which never stands inside another character.
        for (at, b) in text.bytes().enumerate() {
            if let Some(escaped) = escape(b) {
                self.out.take(&text[from..at]);
                self.out.take(escaped);
                from = at + 1;
            }
        }
        self.out.take(&text[from..]);
    }

    /// An element ends. True when it was the outermost.
    pub(crate) fn end(&mut self, name: &str) -> bool {
        self.out.take("</");
        self.out.take(name);
        self.out.take(">");
        while self.rendered.last().is_some_and(|(depth, ..)| *depth == self.depth) {
            self.rendered.pop();
        }
        self.depth -= 1;
        self.depth == 0
    }
}
