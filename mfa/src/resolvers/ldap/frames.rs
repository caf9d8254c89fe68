//! Messages as they come over the wire (RFC 4511, in BER), looked at before the LDAP library sees them: whole, of bounded size
//! and depth, and of the shape that the library expects. What is not is refused, and the connection ends.
//!
//! Text that is not UTF-8 where the library wants text is made ASCII in place; only the name of an entry may not be changed,
//! so such an entry is left out.

use tokio::io::{AsyncRead, AsyncReadExt};

/// One message at most.
pub(super) const MAX_MESSAGE: usize = 8 << 20;
/// Elements inside one another at most.
const MAX_DEPTH: usize = 10;

pub(super) const BIND: u8 = 0x60;
pub(super) const UNBIND: u8 = 0x42;
pub(super) const SEARCH: u8 = 0x63;
pub(super) const ABANDON: u8 = 0x50;
pub(super) const ENTRY: u8 = 0x64;
pub(super) const SEARCH_DONE: u8 = 0x65;
pub(super) const REFERENCE: u8 = 0x73;
pub(super) const INTERMEDIATE: u8 = 0x79;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const CONTROLS: u8 = 0xa0;

/// The tag of the last answer to a request; `None` when there is none.
pub(super) const fn last_answer(request: u8) -> Option<u8> {
    match request {
        BIND => Some(0x61),
        SEARCH => Some(SEARCH_DONE),
        0x66 => Some(0x67),
        0x68 => Some(0x69),
        0x4a => Some(0x6b),
        0x6c => Some(0x6d),
        0x6e => Some(0x6f),
        0x77 => Some(0x78),
        _ => None,
    }
}

/// An element: its tag, and where its contents stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) tag: u8,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Something is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer is not LDAP: {0}")]
pub(super) struct Malformed(pub(super) &'static str);

/// Reads elements of a part of the bytes, one after the other.
pub(super) struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Elements<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, end: bytes.len() }
    }

    pub(super) fn inside(bytes: &'a [u8], element: Element) -> Self {
        Self { bytes, at: element.start, end: element.end }
    }

    /// The next element, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<Element>, Malformed> {
        let Some(&tag) = self.bytes[..self.end].get(self.at) else { return Ok(None) };
        if tag & 0x1f == 0x1f {
            return Err(Malformed("a tag of several bytes"));
        }
        let mut at = self.at + 1;
        let first = *self.bytes[..self.end].get(at).ok_or(Malformed("no length"))?;
        at += 1;
        let len = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x84 => {
                let digits = self.bytes[..self.end].get(at..at + usize::from(first - 0x80)).ok_or(Malformed("no length"))?;
                at += digits.len();
                digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit))
            }
            _ => return Err(Malformed("a length of no possible form")),
        };
        let end = at.checked_add(len).filter(|end| *end <= self.end).ok_or(Malformed("a length beyond the end"))?;
        self.at = end;
        Ok(Some(Element { tag, start: at, end }))
    }

    /// The next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<Element, Malformed> {
        self.next()?.filter(|element| element.tag == tag).ok_or(Malformed("an element is missing or of another type"))
    }
}

/// The whole number in an element of up to four bytes.
pub(super) fn number(bytes: &[u8], element: Element) -> Result<i32, Malformed> {
    let digits = &bytes[element.start..element.end];
    if digits.is_empty() || digits.len() > 4 {
        return Err(Malformed("a number of no possible size"));
    }
    let start = if digits[0] & 0x80 == 0 { 0 } else { -1 };
    Ok(digits.iter().fold(start, |n: i32, digit| n << 8 | i32::from(*digit)))
}

/// Reads one whole message; `None` at the end of the stream.
///
/// # Errors
/// When the stream fails, ends within a message, or what comes is no message of bounded size.
pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let malformed = |what| std::io::Error::other(Malformed(what));
    let mut message = Vec::with_capacity(256);
    let mut head = [0; 2];
    if from.read(&mut head[..1]).await? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut head[1..]).await?;
    message.extend(head);
    if head[0] != SEQUENCE {
        return Err(malformed("no message begins here"));
    }
    let len = match head[1] {
        len @ 0..=0x7f => usize::from(len),
        more @ 0x81..=0x84 => {
            let mut digits = [0; 4];
            let digits = &mut digits[..usize::from(more - 0x80)];
            from.read_exact(digits).await?;
            message.extend(&*digits);
            digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit))
        }
        _ => return Err(malformed("a length of no possible form")),
    };
    if len > MAX_MESSAGE {
        return Err(malformed("a message that is too large"));
    }
    // Grows with what comes, not with what is announced.
    let limit = u64::try_from(len).unwrap_or(u64::MAX);
    if from.take(limit).read_to_end(&mut message).await? != len {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(message))
}

/// Number and operation of a message, and the contents of the operation.
pub(super) fn head(message: &[u8]) -> Result<(i32, Element), Malformed> {
    let whole = Elements::new(message).expect(SEQUENCE)?;
    let mut parts = Elements::inside(message, whole);
    let id = number(message, parts.expect(INTEGER)?)?;
    let operation = parts.next()?.ok_or(Malformed("no operation"))?;
    Ok((id, operation))
}

/// What stands in place of a name that is no text.
pub(super) const UNREADABLE: u8 = 0;

/// What is to be done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    On,
    /// The library has no use for it.
    Drop,
}

/// Looks at an answer.
///
/// # Errors
/// When it is not of the shape that the library expects.
pub(super) fn check_answer(message: &mut [u8]) -> Result<Pass, Malformed> {
    let (_, operation) = head(message)?;
    let whole = Elements::new(message).expect(SEQUENCE)?;
    depth(message, whole, 0)?;
    let mut parts = Elements::inside(message, whole);
    parts.next()?;
    parts.next()?;
    if let Some(controls) = parts.next()? {
        if controls.tag != CONTROLS || parts.next()?.is_some() {
            return Err(Malformed("something stands behind the operation"));
        }
        check_controls(message, controls)?;
    }
    match operation.tag {
        ENTRY => check_entry(message, operation),
        REFERENCE => texts(message, operation).map(|()| Pass::On),
        INTERMEDIATE => Ok(Pass::Drop),
        0x61 | SEARCH_DONE | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f | 0x78 => result(message, operation).map(|()| Pass::On),
        _ => Err(Malformed("an operation that is no answer")),
    }
}

fn depth(message: &[u8], element: Element, level: usize) -> Result<(), Malformed> {
    if element.tag & 0x20 == 0 {
        return Ok(());
    }
    if level > MAX_DEPTH {
        return Err(Malformed("elements nested too deep"));
    }
    let mut inner = Elements::inside(message, element);
    while let Some(element) = inner.next()? {
        depth(message, element, level + 1)?;
    }
    Ok(())
}

fn is_text(message: &[u8], element: Element) -> bool {
    std::str::from_utf8(&message[element.start..element.end]).is_ok()
}

fn make_text(message: &mut [u8], element: Element) {
    if !is_text(message, element) {
        message[element.start..element.end].iter_mut().filter(|b| !b.is_ascii()).for_each(|b| *b = b'?');
    }
}

fn check_controls(message: &mut [u8], controls: Element) -> Result<(), Malformed> {
    let mut at = controls.start;
    while at < controls.end {
        let mut rest = Elements { bytes: message, at, end: controls.end };
        let control = rest.expect(SEQUENCE)?;
        let mut parts = Elements::inside(message, control);
        let oid = parts.expect(OCTETS)?;
        let mut next = parts.next()?;
        if let Some(critical) = next.filter(|element| element.tag == BOOLEAN) {
            if critical.start == critical.end {
                return Err(Malformed("an empty truth value"));
            }
            next = parts.next()?;
        }
        if next.is_some_and(|value| value.tag != OCTETS) || parts.next()?.is_some() {
            return Err(Malformed("a control of another shape"));
        }
        at = control.end;
        make_text(message, oid);
    }
    Ok(())
}

fn check_entry(message: &mut [u8], entry: Element) -> Result<Pass, Malformed> {
    let mut parts = Elements::inside(message, entry);
    let (dn, attributes) = (parts.expect(OCTETS)?, parts.expect(SEQUENCE)?);
    if parts.next()?.is_some() {
        return Err(Malformed("something stands behind an entry"));
    }
    let mut names = Vec::new();
    let mut list = Elements::inside(message, attributes);
    while let Some(attribute) = list.next()? {
        if attribute.tag != SEQUENCE {
            return Err(Malformed("an attribute of another shape"));
        }
        let mut parts = Elements::inside(message, attribute);
        names.push(parts.expect(OCTETS)?);
        let mut values = Elements::inside(message, parts.expect(SET)?);
        while let Some(value) = values.next()? {
            if value.tag != OCTETS {
                return Err(Malformed("a value of another shape"));
            }
        }
        if parts.next()?.is_some() {
            return Err(Malformed("something stands behind an attribute"));
        }
    }
    if !is_text(message, dn) {
        // An entry of no name is one that cannot be read, which is more than none: who is looked for may be behind it.
        message[dn.start..dn.end].fill(UNREADABLE);
    }
    names.into_iter().for_each(|name| make_text(message, name));
    Ok(Pass::On)
}

fn texts(message: &mut [u8], list: Element) -> Result<(), Malformed> {
    let mut at = list.start;
    while at < list.end {
        let mut rest = Elements { bytes: message, at, end: list.end };
        let text = rest.expect(OCTETS)?;
        at = text.end;
        make_text(message, text);
    }
    Ok(())
}

fn result(message: &mut [u8], operation: Element) -> Result<(), Malformed> {
    let mut parts = Elements::inside(message, operation);
    let (code, matched, text) = (parts.expect(ENUMERATED)?, parts.expect(OCTETS)?, parts.expect(OCTETS)?);
    let mut more = Vec::new();
    while let Some(part) = parts.next()? {
        more.push(part);
    }
    if number(message, code)? < 0 {
        return Err(Malformed("a negative result"));
    }
    make_text(message, matched);
    make_text(message, text);
    for part in more {
        // As the library does, the number alone tells what it is.
        match (part.tag & 0x1f, part.tag & 0x20 != 0) {
            (3, true) => texts(message, part)?,
            (7 | 11, false) => {}
            (10, false) => make_text(message, part),
            (3 | 7 | 10 | 11, _) => return Err(Malformed("a result of another shape")),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
