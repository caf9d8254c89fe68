//! Looks at the bytes of a document before any parser does. What parsers are slow or wrong about is refused here, in one pass
//! over the text and without memory: doctypes, entities, CDATA, remarks in messages, depth, elements, attributes of one element.

use super::XmlError;

/// How much of a document is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    bytes: usize,
    elements: usize,
    depth: usize,
    /// Comments and processing instructions may stand between elements.
    remarks: bool,
}

/// Equals signs in one start tag: attributes and namespaces. Parsers compare each with each.
const ATTRIBUTES: usize = 32;

impl Limits {
    /// Messages, which come from anybody.
    pub(crate) const MESSAGE: Self = Self { bytes: 64 * 1024, elements: 500, depth: 16, remarks: false };
    /// Metadata of one entity, which an administrator brings.
    pub(crate) const ENTITY: Self = Self { bytes: 512 * 1024, elements: 5000, depth: 24, remarks: true };

    /// The most bytes that a document may have.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// A signature alone, which may carry a chain of certificates.
    pub(crate) const SIGNATURE: Self = Self { bytes: 128 * 1024, elements: 200, depth: 16, remarks: false };
    /// A federation: tens of thousands of entities, from where an administrator has said.
    pub(crate) const FEDERATION: Self = Self { bytes: 256 * 1024 * 1024, elements: 20_000_000, depth: 32, remarks: true };

    pub(super) const fn elements(&self) -> usize {
        self.elements
    }

    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    pub(super) const fn remarks(&self) -> bool {
        self.remarks
    }
}

/// Refuses what no message or metadata needs.
///
/// # Errors
/// The first [`XmlError`] found.
pub(super) fn scan(text: &str, limits: &Limits) -> Result<(), XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::TooLong);
    }
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut elements) = (declaration(text)?, 0_usize, 0_usize);
    while let Some(open) = find(bytes, at, b"<") {
        at = match bytes.get(open + 1) {
            Some(b'!') if limits.remarks && bytes[open..].starts_with(b"<!--") => end(bytes, open + 4, b"-->")?,
            Some(b'!') => return Err(XmlError::Markup),
            Some(b'?') if limits.remarks => end(bytes, open + 2, b"?>")?,
            Some(b'?') => return Err(XmlError::Markup),
            Some(b'/') => {
                depth = depth.checked_sub(1).ok_or(XmlError::Malformed)?;
                end(bytes, open + 2, b">")?
            }
            _ => {
                let (after, empty) = tag(bytes, open + 1)?;
                elements += 1;
                depth += 1;
                if elements > limits.elements || depth > limits.depth {
                    return Err(XmlError::TooMany);
                }
                depth -= usize::from(empty);
                after
            }
        };
    }
    if depth == 0 && elements > 0 { Ok(()) } else { Err(XmlError::Malformed) }
}

/// Where the document goes on after its declaration. Another encoding than ours would let others read another document.
pub(super) fn declaration(text: &str) -> Result<usize, XmlError> {
    let Some(rest) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n'])) else { return Ok(0) };
    let length = rest.find("?>").ok_or(XmlError::Malformed)?;
    let declared = rest[..length].to_ascii_lowercase();
    let foreign = declared.contains("encoding") && !declared.contains("\"utf-8\"") && !declared.contains("'utf-8'");
    if foreign { Err(XmlError::Encoding) } else { Ok(5 + length + 2) }
}

/// Reads a start tag from behind its `<`: where it ends, and whether the element is empty.
fn tag(bytes: &[u8], from: usize) -> Result<(usize, bool), XmlError> {
    let (mut at, mut attributes) = (from, 0);
    loop {
        match bytes.get(at).ok_or(XmlError::Malformed)? {
            b'>' => return Ok((at + 1, bytes[at - 1] == b'/')),
            b'<' => return Err(XmlError::Malformed),
            b'=' => {
                attributes += 1;
                if attributes > ATTRIBUTES {
                    return Err(XmlError::TooMany);
                }
            }
            quote @ (b'"' | b'\'') => at = find(bytes, at + 1, &[*quote]).ok_or(XmlError::Malformed)?,
            _ => {}
        }
        at += 1;
    }
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(what.len()).position(|window| window == what).map(|at| from + at)
}

fn end(bytes: &[u8], from: usize, what: &[u8]) -> Result<usize, XmlError> {
    find(bytes, from, what).map(|at| at + what.len()).ok_or(XmlError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Result<(), XmlError> {
        scan(text, &Limits::MESSAGE)
    }

    #[test]
    fn plain_documents_pass() {
        for good in [
            "<a/>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"c > d\"><e/>text</a>",
            "<?xml version='1.0'?><a><b c='\"=\"'></b></a>\n",
        ] {
            assert_eq!(message(good), Ok(()), "{good}");
        }
        assert_eq!(scan("<!-- x <a> --><?y z?><a/>", &Limits::ENTITY), Ok(()));
    }

    #[test]
    fn what_no_message_needs_is_refused() {
        for bad in [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a><!-- remark --></a>",
            "<a><![CDATA[x]]></a>",
            "<a><?php x?></a>",
            "<?xml-stylesheet href='x'?><a/>",
        ] {
            assert_eq!(message(bad), Err(XmlError::Markup), "{bad}");
        }
        for bad in ["", "text", "<a>", "</a>", "<a></a></a>", "<a b='", "<a <b>", "<"] {
            assert_eq!(message(bad), Err(XmlError::Malformed), "{bad}");
        }
        assert_eq!(scan("<a><![CDATA[x]]></a>", &Limits::ENTITY), Err(XmlError::Markup));
        assert_eq!(message("<?xml version='1.0' encoding='utf-16'?><a/>"), Err(XmlError::Encoding));
    }

    #[test]
    fn size_depth_and_breadth_are_bounded() {
        let deep = |n: usize| ["<a>".repeat(n), "</a>".repeat(n)].concat();
        assert_eq!(message(&deep(16)), Ok(()));
        assert_eq!(message(&deep(17)), Err(XmlError::TooMany));
        assert_eq!(message(&deep(9_000)), Err(XmlError::TooMany));
        assert_eq!(message(&deep(100_000)), Err(XmlError::TooLong));
        let wide = |n: usize| format!("<r>{}</r>", "<a/>".repeat(n));
        assert_eq!((message(&wide(499)), message(&wide(500))), (Ok(()), Err(XmlError::TooMany)));
        let attributes = |n: usize| format!("<a {}/>", (0..n).map(|i| format!("a{i}='' ")).collect::<String>());
        assert_eq!((message(&attributes(32)), message(&attributes(33))), (Ok(()), Err(XmlError::TooMany)));
        assert_eq!(message(&format!("<a>{}</a>", " ".repeat(64 * 1024))), Err(XmlError::TooLong));
    }
}
