//! Whom mail is from and for, in types that cannot carry anything else into a header or a command.

use std::fmt;

use lettre::Address;
use url::Host;

/// Longest text of a header.
const LONGEST_LINE: usize = 200;
/// Longest address and its local part (RFC 5321, section 4.5.3.1).
const LONGEST_ADDRESS: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// The text is no mail address that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no mail address such as name@example.org")]
pub struct BadAddress;

/// One line of text: no control characters, no marks that turn the direction of what follows, of bounded length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// The text with every run of white space and control characters as one space, cut to a sensible length.
    pub fn new(text: &str) -> Self {
        let plain: String =
            text.chars().filter(|c| !kernel::text::turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        Self(words.chars().take(LONGEST_LINE).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address, with or without a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    name: Option<Line>,
    address: Address,
}

impl Mailbox {
    /// The address of somebody.
    ///
    /// # Errors
    /// [`BadAddress`]. White space around it is forgiven, nothing else is.
    pub fn new(address: &str, name: &str) -> Result<Self, BadAddress> {
        let name = Line::new(name);
        Ok(Self { address: read(address)?, name: Some(name).filter(|name| !name.as_str().is_empty()) })
    }

    /// Reads `name@example.org` or `Name <name@example.org>`.
    ///
    /// # Errors
    /// As [`Mailbox::new`].
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        match text.strip_suffix('>') {
            _ if text.chars().any(char::is_control) => Err(BadAddress),
            None => Self::new(text, ""),
            Some(rest) => {
                let (name, address) = rest.rsplit_once('<').ok_or(BadAddress)?;
                Self::new(address, name.trim().trim_matches('"'))
            }
        }
    }

    /// The same address with this name, unless it has one.
    #[must_use]
    pub fn or_named(mut self, name: &str) -> Self {
        self.name = self.name.or_else(|| Some(Line::new(name)).filter(|name| !name.as_str().is_empty()));
        self
    }

    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(Line::as_str)
    }

    /// The domain of the address.
    pub fn domain(&self) -> &str {
        self.address.domain()
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn to_lettre(&self) -> lettre::message::Mailbox {
        lettre::message::Mailbox::new(self.name().map(str::to_owned), self.address.clone())
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} <{}>", name.as_str(), self.address),
            None => self.address.fmt(f),
        }
    }
}

/// Reads an address. Quoted local parts and address literals are legal and refused: nobody has one, and each parser on the way
/// reads them differently.
fn read(text: &str) -> Result<Address, BadAddress> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@').ok_or(BadAddress)?;
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[]\\,;:\"@".contains(c);
    let bounded = text.len() <= LONGEST_ADDRESS && (1..=LONGEST_LOCAL).contains(&local.len());
    if !bounded || !local.chars().all(plain) || !domain.chars().all(|c| c.is_alphanumeric() || "-.".contains(c)) {
        return Err(BadAddress);
    }
    match Host::parse(domain) {
        Ok(Host::Domain(domain)) => Address::new(local, domain).map_err(|_| BadAddress),
        _ => Err(BadAddress),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("ada@example.org", "ada@example.org"),
            (" ada.l+x@Example.ORG\r\n", "ada.l+x@example.org"),
            ("Ada Lovelace <ada@example.org>", "Ada Lovelace <ada@example.org>"),
            ("\"Ada, Countess\" <ada@example.org>", "Ada, Countess <ada@example.org>"),
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@localhost", "ada@localhost"),
        ] {
            assert_eq!(Mailbox::parse(text).unwrap().to_string(), shown, "{text:?}");
        }
        for bad in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a@b@example.org",
            "ada@example.org>, <eve@evil.example",
            "ada@example.org\r\nRCPT TO:<eve@evil.example>",
            "ada\r\nDATA@example.org",
            "\"ada eve\"@example.org",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "ada@ex%61mple.org",
            "ada@example.org,eve@evil.example",
            "Ada ada@example.org>",
        ] {
            assert!(Mailbox::parse(bad).is_err() && Mailbox::new(bad, "").is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_one_line() {
        let hostile = Mailbox::new("a@example.org", "Eve\r\nBcc: all@example.org\u{202e}\0").unwrap();
        assert_eq!(hostile.name(), Some("Eve Bcc: all@example.org"));
        assert_eq!(Mailbox::new("a@example.org", "\r\n").unwrap().or_named("Acme").name(), Some("Acme"));
    }

    proptest! {
        #[test]
        fn nothing_breaks_a_line(text in any::<String>()) {
            prop_assert!(!Line::new(&text).as_str().contains(char::is_control));
            if let Ok(mailbox) = Mailbox::new(&text, &text) {
                prop_assert!(!mailbox.to_string().contains(char::is_control));
            }
            if let Ok(mailbox) = Mailbox::parse(&format!("{text}@example.org")) {
                prop_assert!(mailbox.address().to_string().chars().all(|c| !c.is_whitespace() && c != '<' && c != '>'));
            }
        }
    }
}
