//! XML of others, read: bounded before it is parsed, and then looked at through [`Element`] alone, which knows names with their
//! namespaces only. Everything of the library's parser stays in this module; [`write`] makes XML of our own.

pub(crate) mod canonical;
pub(crate) mod events;
#[cfg(test)]
mod events_tests;
mod scan;
pub(crate) mod write;

use std::collections::BTreeMap;

use gamlastan::xml::{Document, NodeId, uppsala::dom::NodeKind};

pub(crate) use scan::Limits;

use super::names::ns;

/// A document is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// More bytes than anybody needs.
    #[error("the document is too long")]
    TooLong,
    /// More elements, attributes or levels than anybody needs.
    #[error("the document has too many elements, attributes or levels")]
    TooMany,
    /// A doctype, CDATA, comment or processing instruction.
    #[error("the document holds a doctype, CDATA, a comment or a processing instruction")]
    Markup,
    /// Another encoding than UTF-8.
    #[error("the document is not in UTF-8")]
    Encoding,
    /// No XML.
    #[error("the document is no XML")]
    Malformed,
    /// An element is missing, occurs twice, or stands where it may not.
    #[error("the document has an element {0} too few, too many or at the wrong place")]
    Element(&'static str),
    /// An attribute is missing, or has a value that it may not have.
    #[error("the attribute {0} is missing or wrong")]
    Attribute(&'static str),
    /// An attribute of a foreign namespace on an element that has none.
    #[error("an element has an attribute of a foreign namespace")]
    ForeignAttribute,
    /// Two elements have one ID.
    #[error("two elements have the same ID")]
    SameId,
}

/// Parses a document that has passed the scan.
///
/// # Errors
/// [`XmlError`].
pub(crate) fn parse<'t>(text: &'t str, limits: &Limits) -> Result<Document<'t>, XmlError> {
    scan::scan(text, limits)?;
    let parsed = match limits.remarks() {
        true => gamlastan::xml::parse_secure_metadata(text),
        false => gamlastan::xml::parse_secure(text),
    };
    parsed.map_err(|_| XmlError::Malformed)
}

/// A message in lines, for people; `None` when it is none.
pub(crate) fn pretty(text: &str) -> Option<String> {
    // What we send ourselves may be longer than what we take.
    let doc = parse(text, &Limits::ENTITY).ok()?;
    Some(doc.to_xml_with_options(&gamlastan::xml::uppsala::XmlWriteOptions::pretty("  ")))
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(crate) struct Element<'d> {
    doc: &'d Document<'d>,
    node: NodeId,
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<'d> Element<'d> {
    /// The outermost element.
    ///
    /// # Errors
    /// [`XmlError::Malformed`] when there is none.
    pub(crate) fn root(doc: &'d Document<'d>) -> Result<Self, XmlError> {
        doc.document_element().map(|node| Self { doc, node }).ok_or(XmlError::Malformed)
    }

    /// Where it stands in its document, for the verifier of signatures.
    pub(crate) fn node(&self) -> NodeId {
        self.node
    }

    /// Whether this is its name.
    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        self.doc.element(self.node).is_some_and(|element| element.name.matches(Some(namespace), name))
    }

    /// Its namespace; empty when it has none.
    pub(crate) fn namespace(&self) -> &'d str {
        self.doc.element(self.node).and_then(|element| element.name.namespace_uri.as_deref()).unwrap_or_default()
    }

    /// Its name without prefix.
    pub(crate) fn name(&self) -> &'d str {
        self.doc.element(self.node).map_or("", |element| &element.name.local_name)
    }

    /// The elements in it, in order.
    pub(crate) fn children(&self) -> impl Iterator<Item = Element<'d>> + use<'d> {
        let doc = self.doc;
        doc.children_iter(self.node).filter(move |node| doc.element(*node).is_some()).map(move |node| Self { doc, node })
    }

    /// All elements below it.
    pub(crate) fn descendants(&self) -> impl Iterator<Item = Element<'d>> + use<'d> {
        let doc = self.doc;
        doc.descendants(self.node)
            .into_iter()
            .filter(move |node| doc.element(*node).is_some())
            .map(move |node| Self { doc, node })
    }

    /// The elements of this name in it.
    pub(crate) fn all(&self, namespace: &'static str, name: &'static str) -> impl Iterator<Item = Element<'d>> + use<'d> {
        self.children().filter(move |child| child.is(namespace, name))
    }

    /// The element of this name in it, if there is one.
    ///
    /// # Errors
    /// [`XmlError::Element`] when there are several.
    pub(crate) fn maybe(&self, namespace: &'static str, name: &'static str) -> Result<Option<Element<'d>>, XmlError> {
        let mut found = self.all(namespace, name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(XmlError::Element(name)),
            (first, None) => Ok(first),
        }
    }

    /// The attribute of this name that belongs to no namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'d str> {
        let element = self.doc.element(self.node)?;
        element.attributes.iter().find(|a| a.name.matches(None, name)).map(|a| &*a.value)
    }

    /// The language of its text.
    pub(crate) fn language(&self) -> Option<&'d str> {
        let element = self.doc.element(self.node)?;
        element.attributes.iter().find(|a| a.name.matches(Some(ns::XML), "lang")).map(|a| &*a.value)
    }

    /// All attributes: namespace (empty: none), name and value.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> + use<'d> {
        let attributes = self.doc.element(self.node).map(|element| element.attributes.iter());
        let parts = |a: &'d gamlastan::xml::uppsala::dom::Attribute<'d>| {
            (a.name.namespace_uri.as_deref().unwrap_or_default(), &*a.name.local_name, &*a.value)
        };
        attributes.into_iter().flatten().map(parts)
    }

    /// The whole text in it, without white space around.
    ///
    /// # Errors
    /// [`XmlError::Element`] when there is anything but text in it: then readers might disagree about what it says.
    pub(crate) fn text(&self) -> Result<String, XmlError> {
        let mut text = String::new();
        for child in self.doc.children_iter(self.node) {
            match self.doc.node_kind(child) {
                Some(NodeKind::Text(part)) => text.push_str(part),
                _ => return Err(XmlError::Element("inside text")),
            }
        }
        Ok(text.trim_matches([' ', '\t', '\r', '\n']).to_owned())
    }

    /// The element as a document of its own: its text as it came, with the namespaces that were declared around it.
    ///
    /// # Errors
    /// [`XmlError::Malformed`] when it does not come out of a text.
    pub(crate) fn alone(&self) -> Result<String, XmlError> {
        let source = self.doc.node_source(self.node).ok_or(XmlError::Malformed)?;
        let name =
            source.find([' ', '\t', '\r', '\n', '/', '>']).filter(|_| source.starts_with('<')).ok_or(XmlError::Malformed)?;
        let declared = |node: NodeId| self.doc.element(node).into_iter().flat_map(|element| &element.namespace_declarations);
        let mut around: BTreeMap<&str, &str> = BTreeMap::new();
        for ancestor in self.doc.ancestors(self.node) {
            declared(ancestor).for_each(|(prefix, uri)| {
                around.entry(prefix).or_insert(uri);
            });
        }
        declared(self.node).for_each(|(prefix, _)| {
            around.remove(&**prefix);
        });
        let mut out = source[..name].to_owned();
        for (prefix, uri) in around.into_iter().filter(|(_, uri)| !uri.is_empty()) {
            let attribute = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            write::attribute(&mut out, &attribute, uri);
        }
        out.push_str(&source[name..]);
        Ok(out)
    }
}

/// Whether a text can be an ID (an `NCName`, here of ASCII).
pub(crate) fn is_id(text: &str) -> bool {
    let first = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let other = |b: u8| first(b) || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    text.len() <= 256 && text.bytes().next().is_some_and(first) && text.bytes().all(other)
}

/// Reads `true`, `false`, `1` or `0`.
///
/// # Errors
/// [`XmlError::Attribute`].
pub(crate) fn flag(element: &Element<'_>, name: &'static str) -> Result<Option<bool>, XmlError> {
    match element.attribute(name) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(XmlError::Attribute(name)),
    }
}

/// Reads an index.
///
/// # Errors
/// [`XmlError::Attribute`].
pub(crate) fn index(element: &Element<'_>, name: &'static str) -> Result<Option<u16>, XmlError> {
    element.attribute(name).map(|text| text.parse().map_err(|_| XmlError::Attribute(name))).transpose()
}
