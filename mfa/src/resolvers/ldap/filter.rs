//! Search filters as values (RFC 4511, section 4.5.1.7; text form RFC 4515).
//!
//! What a person typed is only ever the value of a node, and values are escaped when the filter is written: no text can become
//! structure. What the administrator wrote is parsed first and embedded as the tree that it is.

use std::fmt::{self, Write};

/// Nesting at most; deeper ones are refused before anything recursive sees them.
const MAX_DEPTH: usize = 24;
const MAX_TEXT: usize = 20_000;

/// The description of an attribute: a name or an OID, perhaps with options.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Attr(String);

impl Attr {
    /// The attribute, if the text is the description of one (RFC 4512, section 2.5).
    pub(super) fn new(text: &str) -> Option<Self> {
        let (base, options) = text.split_once(';').map_or((text, None), |(base, options)| (base, Some(options)));
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let sound = text.len() <= 200 && is_name(base) && options.is_none_or(|all| all.split(';').all(word));
        sound.then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the attribute of the name, in whatever case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }
}

fn is_name(text: &str) -> bool {
    let number = |n: &str| n == "0" || (!n.is_empty() && !n.starts_with('0') && n.bytes().all(|b| b.is_ascii_digit()));
    let oid = || text.split('.').all(number);
    let name = || text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match text.bytes().next() {
        Some(b) if b.is_ascii_alphabetic() => name(),
        Some(b) if b.is_ascii_digit() => oid(),
        _ => false,
    }
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    AtLeast,
    AtMost,
    Alike,
}

impl Compare {
    const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Alike => "~=",
        }
    }
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Present(Attr),
    Value(Attr, Compare, Vec<u8>),
    /// Begins with the first, ends with the last, has the others between in this order; first and last may be empty.
    Parts(Attr, Vec<Vec<u8>>),
    /// A match by a named rule.
    Rule {
        attr: Option<Attr>,
        dn: bool,
        rule: Option<Attr>,
        value: Vec<u8>,
    },
}

impl Filter {
    /// Equality.
    pub(super) fn equal(attr: &Attr, value: impl Into<Vec<u8>>) -> Self {
        Self::Value(attr.clone(), Compare::Equal, value.into())
    }

    /// A pattern as people type it: `*` stands for anything, everything else for itself.
    pub(super) fn pattern(attr: &Attr, pattern: &str) -> Self {
        if !pattern.contains('*') {
            return Self::equal(attr, pattern);
        }
        let parts: Vec<Vec<u8>> = pattern.split('*').map(|part| part.as_bytes().to_vec()).collect();
        Self::parts(attr.clone(), parts)
    }

    /// Parts around asterisks; empty ones in the middle say nothing and are left out.
    fn parts(attr: Attr, parts: Vec<Vec<u8>>) -> Self {
        let last = parts.len().saturating_sub(1);
        let keep = |(at, part): (usize, Vec<u8>)| (at == 0 || at == last || !part.is_empty()).then_some(part);
        let parts: Vec<Vec<u8>> = parts.into_iter().enumerate().filter_map(keep).collect();
        match parts.iter().all(Vec::is_empty) {
            true => Self::Present(attr),
            false => Self::Parts(attr, parts),
        }
    }

    /// One of several; a single one is itself.
    pub(super) fn any(mut of: Vec<Self>) -> Self {
        if of.len() == 1 { of.remove(0) } else { Self::Or(of) }
    }

    /// All of several; a single one is itself.
    pub(super) fn all(mut of: Vec<Self>) -> Self {
        if of.len() == 1 { of.remove(0) } else { Self::And(of) }
    }

    /// Reads the text form. Several filters after one another mean all of them, and the outer parentheses may be missing, as
    /// administrators write them.
    ///
    /// # Errors
    /// Says what is wrong, and where.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_TEXT {
            return Err(format!("the filter is longer than {MAX_TEXT} bytes"));
        }
        let mut parser = Parser { text: text.as_bytes(), at: 0 };
        parser.blanks();
        if parser.peek() != Some(b'(') {
            let filter = parser.item()?;
            return parser.end().map(|()| filter);
        }
        let mut all = Vec::new();
        while parser.peek().is_some() {
            all.push(parser.filter(0)?);
            parser.blanks();
        }
        Ok(Self::all(all))
    }

    /// The same filter with other values.
    pub(super) fn map_values(&self, f: &impl Fn(&[u8]) -> Vec<u8>) -> Self {
        let list = |of: &[Self]| of.iter().map(|filter| filter.map_values(f)).collect();
        match self {
            Self::And(of) => Self::And(list(of)),
            Self::Or(of) => Self::Or(list(of)),
            Self::Not(of) => Self::Not(Box::new(of.map_values(f))),
            Self::Present(attr) => Self::Present(attr.clone()),
            Self::Value(attr, compare, value) => Self::Value(attr.clone(), *compare, f(value)),
            Self::Parts(attr, parts) => Self::Parts(attr.clone(), parts.iter().map(|part| f(part)).collect()),
            Self::Rule { attr, dn, rule, value } => {
                Self::Rule { attr: attr.clone(), dn: *dn, rule: rule.clone(), value: f(value) }
            }
        }
    }

    /// Whether a node, or one inside of it, satisfies the question.
    pub(super) fn has(&self, question: &impl Fn(&Self) -> bool) -> bool {
        question(self)
            || match self {
                Self::And(of) | Self::Or(of) => of.iter().any(|filter| filter.has(question)),
                Self::Not(of) => of.has(question),
                _ => false,
            }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, sign: char, of: &[Self]| {
            write!(f, "({sign}")?;
            of.iter().try_for_each(|filter| filter.fmt(f))?;
            f.write_char(')')
        };
        match self {
            Self::And(of) => list(f, '&', of),
            Self::Or(of) => list(f, '|', of),
            Self::Not(of) => write!(f, "(!{of})"),
            Self::Present(attr) => write!(f, "({}=*)", attr.0),
            Self::Value(attr, compare, value) => write!(f, "({}{}{})", attr.0, compare.sign(), Escaped(value)),
            Self::Parts(attr, parts) => {
                write!(f, "({}=", attr.0)?;
                for (at, part) in parts.iter().enumerate() {
                    write!(f, "{}{}", if at > 0 { "*" } else { "" }, Escaped(part))?;
                }
                f.write_char(')')
            }
            Self::Rule { attr, dn, rule, value } => {
                let attr = attr.as_ref().map_or("", Attr::as_str);
                write!(f, "({attr}{}", if *dn { ":dn" } else { "" })?;
                if let Some(rule) = rule {
                    write!(f, ":{}", rule.0)?;
                }
                write!(f, ":={})", Escaped(value))
            }
        }
    }
}

/// A value as it may stand in the text form.
struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &b in self.0 {
            match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'@' | b'.' | b',' | b'=' | b'-' | b'_' | b'+' | b':' | b'/' => {
                    f.write_char(char::from(b))?;
                }
                b => write!(f, "\\{b:02x}")?,
            }
        }
        Ok(())
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn wrong<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("{what} at character {}", self.at + 1))
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.peek() != Some(byte) {
            return self.wrong(&format!("`{}` is expected", char::from(byte)));
        }
        self.at += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        self.blanks();
        if self.peek().is_some() { self.wrong("the end is expected") } else { Ok(()) }
    }

    fn filter(&mut self, depth: usize) -> Result<Filter, String> {
        if depth > MAX_DEPTH {
            return self.wrong("the filter is nested too deep");
        }
        self.expect(b'(')?;
        self.blanks();
        let filter = match self.peek() {
            Some(b'&') => Filter::And(self.list(depth)?),
            Some(b'|') => Filter::Or(self.list(depth)?),
            Some(b'!') => {
                self.at += 1;
                self.blanks();
                Filter::Not(Box::new(self.filter(depth + 1)?))
            }
            _ => self.item()?,
        };
        self.blanks();
        self.expect(b')')?;
        Ok(filter)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Filter>, String> {
        self.at += 1;
        self.blanks();
        let mut of = Vec::new();
        while self.peek() == Some(b'(') {
            of.push(self.filter(depth + 1)?);
            self.blanks();
        }
        Ok(of)
    }

    fn item(&mut self) -> Result<Filter, String> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b"-.;:".contains(&b)) {
            self.at += 1;
        }
        // Only ASCII was walked over.
        let left = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        if let Some(left) = left.strip_suffix(':').filter(|_| self.peek() == Some(b'=')) {
            return self.rule(left);
        }
        let Some(attr) = Attr::new(left.trim()) else { return self.wrong("the name of an attribute is expected before this") };
        let compare = match self.peek() {
            Some(b'>') => Compare::AtLeast,
            Some(b'<') => Compare::AtMost,
            Some(b'~') => Compare::Alike,
            _ => Compare::Equal,
        };
        if compare != Compare::Equal {
            self.at += 1;
        }
        self.expect(b'=')?;
        let mut parts = self.value()?;
        match (compare, parts.len()) {
            (_, 1) => Ok(Filter::Value(attr, compare, parts.remove(0))),
            (Compare::Equal, _) => Ok(Filter::parts(attr, parts)),
            _ => self.wrong("no asterisk is possible here"),
        }
    }

    fn rule(&mut self, left: &str) -> Result<Filter, String> {
        let mut words = left.split(':');
        let attr = match words.next().unwrap_or_default() {
            "" => None,
            name => Some(name),
        };
        let mut words = words.peekable();
        let dn = words.next_if(|word| word.eq_ignore_ascii_case("dn")).is_some();
        let rule = words.next();
        let read = |name: Option<&str>| match name {
            Some(name) => Attr::new(name).map(Some),
            None => Some(None),
        };
        // A rule whose name begins like the keyword cannot be told from it by every reader.
        let odd = rule.is_some_and(|rule| rule.len() >= 2 && rule.as_bytes()[..2].eq_ignore_ascii_case(b"dn"));
        let (Some(attr), Some(rule), None, false) = (read(attr), read(rule), words.next(), odd) else {
            return self.wrong("an attribute and a rule are expected before this");
        };
        if attr.is_none() && rule.is_none() {
            return self.wrong("an attribute or a rule is expected before this");
        }
        self.expect(b'=')?;
        let mut parts = self.value()?;
        if parts.len() != 1 {
            return self.wrong("no asterisk is possible here");
        }
        Ok(Filter::Rule { attr, dn, rule, value: parts.remove(0) })
    }

    /// The value up to the closing parenthesis, split at asterisks.
    fn value(&mut self) -> Result<Vec<Vec<u8>>, String> {
        let mut parts = vec![Vec::new()];
        while let Some(b) = self.peek().filter(|b| *b != b')') {
            self.at += 1;
            let plain = match b {
                b'*' => {
                    parts.push(Vec::new());
                    continue;
                }
                b'\\' => {
                    let pair =
                        self.text.get(self.at..self.at + 2).and_then(|pair| data_encoding::HEXLOWER_PERMISSIVE.decode(pair).ok());
                    let Some(&[byte]) = pair.as_deref() else {
                        return self.wrong("two hexadecimal digits are expected after a backslash");
                    };
                    self.at += 2;
                    byte
                }
                b'(' | 0 => return self.wrong("this character must be written as backslash and two hexadecimal digits"),
                b => b,
            };
            if let Some(part) = parts.last_mut() {
                part.push(plain);
            }
        }
        Ok(parts)
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
