//! Distinguished encoding of ASN.1, as far as Kerberos needs it: elements one after the other, within what was handed over. No
//! recursion: who reads knows what comes next.

use super::Refused;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BITS: u8 = 0x03;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const TIME: u8 = 0x18;
pub(super) const TEXT: u8 = 0x1b;
pub(super) const SEQUENCE: u8 = 0x30;

/// `[APPLICATION n]`, constructed.
pub(super) const fn application(n: u8) -> u8 {
    0x60 | n
}

/// `[n]`, constructed.
pub(super) const fn context(n: u8) -> u8 {
    0xa0 | n
}

/// Elements of a part of the bytes.
#[derive(Clone, Copy)]
pub(super) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been read.
    pub(super) const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Whether there is nothing more.
    pub(super) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The next element: its tag and its contents.
    pub(super) fn next(&mut self) -> Result<(u8, &'a [u8]), Refused> {
        let bad = Refused::Malformed("an element without an end");
        let (&tag, after) = self.0.split_first().ok_or(bad)?;
        if tag & 0x1f == 0x1f {
            return Err(Refused::Malformed("a tag of several bytes"));
        }
        let (&first, after) = after.split_first().ok_or(bad)?;
        let (len, after) = match first {
            0..=0x7f => (usize::from(first), after),
            0x81..=0x84 => {
                let (digits, after) = after.split_at_checked(usize::from(first & 0x7f)).ok_or(bad)?;
                (digits.iter().fold(0_usize, |len, digit| len << 8 | usize::from(*digit)), after)
            }
            _ => return Err(Refused::Malformed("a length of no possible form")),
        };
        let (contents, after) = after.split_at_checked(len).ok_or(bad)?;
        self.0 = after;
        Ok((tag, contents))
    }

    /// The contents of the next element, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Result<&'a [u8], Refused> {
        match self.next()? {
            (found, contents) if found == tag => Ok(contents),
            _ => Err(Refused::Malformed("an element is missing or of another type")),
        }
    }

    /// The contents of the next element, if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Refused> {
        if self.0.first() == Some(&tag) { self.take(tag).map(Some) } else { Ok(None) }
    }

    /// The contents of the one element inside `[n]`.
    pub(super) fn field(&mut self, n: u8, tag: u8) -> Result<&'a [u8], Refused> {
        Der(self.take(context(n))?).take(tag)
    }

    /// As [`Der::field`], where there may be none.
    pub(super) fn optional_field(&mut self, n: u8, tag: u8) -> Result<Option<&'a [u8]>, Refused> {
        self.optional(context(n))?.map(|inner| Der(inner).take(tag)).transpose()
    }

    /// The whole number inside `[n]`.
    pub(super) fn number(&mut self, n: u8) -> Result<i64, Refused> {
        number(self.field(n, INTEGER)?)
    }
}

/// A whole number of up to eight bytes.
pub(super) fn number(digits: &[u8]) -> Result<i64, Refused> {
    match digits {
        [] => Err(Refused::Malformed("a number without digits")),
        [first, ..] if digits.len() <= 8 => {
            let start = if first & 0x80 == 0 { 0 } else { -1 };
            Ok(digits.iter().fold(start, |n: i64, digit| n << 8 | i64::from(*digit)))
        }
        _ => Err(Refused::Malformed("a number of no possible size")),
    }
}

/// An element.
pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(len) if len < 0x80 => out.push(len),
        _ => {
            let digits = contents.len().to_be_bytes();
            let digits = &digits[digits.iter().take_while(|d| **d == 0).count()..];
            // A length has at most eight digits.
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
            out.extend(digits);
        }
    }
    out.extend(contents);
    out
}

/// An element inside `[n]`.
pub(super) fn field(n: u8, tag: u8, contents: &[u8]) -> Vec<u8> {
    element(context(n), &element(tag, contents))
}

/// A whole number inside `[n]`.
pub(super) fn number_field(n: u8, value: i64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let sign = if value < 0 { 0xff } else { 0 };
    // As short as the sign allows.
    let spare = bytes.windows(2).take_while(|w| w[0] == sign && (w[1] & 0x80 == sign & 0x80)).count();
    field(n, INTEGER, &bytes[spare..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_back() {
        for len in [0, 1, 127, 128, 255, 256, 70_000] {
            let bytes = element(OCTETS, &vec![7; len]);
            let mut der = Der::new(&bytes);
            assert_eq!(der.take(OCTETS).map(<[u8]>::len), Ok(len));
            assert!(der.is_empty());
        }
        for value in [0, 1, 127, 128, 255, 256, -1, -128, -129, i64::MAX, i64::MIN, 1_700_000_000] {
            let bytes = number_field(3, value);
            assert_eq!(Der::new(&bytes).number(3), Ok(value), "{bytes:x?}");
        }
        assert_eq!(number_field(0, 5), [0xa0, 3, 2, 1, 5]);
        assert_eq!(number_field(0, 128), [0xa0, 4, 2, 2, 0, 128]);
    }

    #[test]
    fn nothing_reaches_beyond_the_end() {
        for bytes in
            [&[][..], &[4], &[4, 1], &[4, 0x80], &[4, 0x85, 0, 0, 0, 0, 1, 1], &[4, 0x84, 255, 255, 255, 255, 1], &[0x1f, 1, 1]]
        {
            assert!(Der::new(bytes).next().is_err(), "{bytes:x?}");
        }
    }
}
