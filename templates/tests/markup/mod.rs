//! A reader of start tags, as strict as our own markup is.

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag<'a> {
    /// Element name.
    pub(crate) name: &'a str,
    /// Attributes with their (still escaped) values.
    pub(crate) attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    /// Value of an attribute.
    pub(crate) fn get(&self, attribute: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(name, _)| *name == attribute).map(|(_, value)| *value)
    }

    /// Whether the attribute is there.
    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.get(attribute).is_some()
    }
}

/// The start tags of a document. Our templates and escaping leave no bare `<` or `>` in text and values.
pub(crate) fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    html.split('<').skip(1).filter(|piece| piece.starts_with(|c: char| c.is_ascii_alphabetic())).map(tag)
}

fn tag(piece: &str) -> Tag<'_> {
    let inside = piece.split('>').next().unwrap_or_default();
    let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside.trim_end_matches('/'), ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start().trim_end_matches('/');
        if rest.is_empty() {
            return Tag { name, attributes };
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        match after.strip_prefix("=\"").and_then(|value| value.split_once('"')) {
            Some((value, after)) => {
                attributes.push((attribute, value));
                rest = after;
            }
            None => {
                assert!(!after.starts_with('='), "unquoted value in <{inside}>");
                attributes.push((attribute, ""));
                rest = after;
            }
        }
    }
}
