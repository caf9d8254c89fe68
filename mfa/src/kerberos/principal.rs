//! Names in Kerberos.

use std::fmt;

use super::der::{self, SEQUENCE, TEXT};

/// Parts of a name at most.
const MAX_PARTS: usize = 8;

/// The service of a centre that grants tickets.
pub(super) const GRANTING: &str = "krbtgt";

/// The name of a service, with its realm or without: `HTTP/login.example.org@EXAMPLE.ORG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub(super) parts: Vec<String>,
    pub(super) realm: Option<String>,
}

impl Service {
    /// Reads a name.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, realm) = match text.split_once('@') {
            Some((name, realm)) => (name, Some(realm)),
            None => (text, None),
        };
        let parts: Vec<String> = name.split('/').map(str::to_owned).collect();
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"@/\\".contains(&b));
        if parts.len() != 2 || !parts.iter().all(|part| plain(part)) || !realm.is_none_or(plain) {
            return Err(format!("{text:?} is no service such as HTTP/login.example.org@EXAMPLE.ORG"));
        }
        Ok(Self { parts, realm: realm.map(str::to_owned) })
    }

    /// The service of web pages on this host.
    pub fn of_host(host: &str) -> Self {
        Self { parts: vec!["HTTP".to_owned(), host.to_owned()], realm: None }
    }

    /// Whether it is this name in this realm. Active Directory writes services in any case; realms are compared as they are.
    pub(super) fn is(&self, parts: &[String], realm: &str) -> bool {
        let same = |(a, b): (&String, &String)| a.eq_ignore_ascii_case(b);
        self.parts.len() == parts.len()
            && self.parts.iter().zip(parts).all(same)
            && self.realm.as_deref().is_none_or(|own| own == realm)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join("/"))?;
        self.realm.as_ref().map_or(Ok(()), |realm| write!(f, "@{realm}"))
    }
}

/// A name as it stands in a message, and its realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Principal {
    pub(super) parts: Vec<String>,
    pub(super) realm: String,
}

impl Principal {
    /// `None` when a name has no parts or too many, or a part is no plain text.
    pub(super) fn new(parts: Vec<String>, realm: String) -> Option<Self> {
        let plain = |text: &String| !text.is_empty() && text.len() <= 255 && !text.chars().any(char::is_control);
        let fine = !parts.is_empty() && parts.len() <= MAX_PARTS && parts.iter().all(plain) && plain(&realm);
        fine.then_some(Self { parts, realm })
    }

    /// Reads `name@REALM` or `name/host@REALM`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, realm) = text.split_once('@').filter(|(_, realm)| !realm.contains(['@', '/', '\\', ' ']))?;
        let parts = name.split('/').map(str::to_owned).collect();
        Self::new(parts, realm.to_owned()).filter(|_| !name.contains(['\\', ' ']))
    }

    /// Whether both are the same. Active Directory writes names in any case; realms are compared as they are.
    pub(super) fn is(&self, other: &Self) -> bool {
        let same = |(a, b): (&String, &String)| a.eq_ignore_ascii_case(b);
        self.realm == other.realm && self.parts.len() == other.parts.len() && self.parts.iter().zip(&other.parts).all(same)
    }

    /// The name without its realm as it stands in a message (`PrincipalName`), of a person or machine, or of a service.
    pub(super) fn written(&self) -> Vec<u8> {
        let kind = match &self.parts[..] {
            [first, _] if first == GRANTING => 2,
            [_] => 1,
            _ => 3,
        };
        let parts: Vec<u8> = self.parts.iter().flat_map(|part| der::element(TEXT, part.as_bytes())).collect();
        [der::number_field(0, kind), der::field(1, SEQUENCE, &parts)].concat()
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.parts.join("/"), self.realm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services() {
        let service = Service::parse("HTTP/login.example.org@EXAMPLE.ORG").unwrap();
        assert_eq!(service.to_string(), "HTTP/login.example.org@EXAMPLE.ORG");
        let parts = |host: &str| vec!["HTTP".to_owned(), host.to_owned()];
        assert!(service.is(&parts("LOGIN.example.org"), "EXAMPLE.ORG"));
        assert!(!service.is(&parts("login.example.org"), "example.org"));
        assert!(!service.is(&parts("other.example.org"), "EXAMPLE.ORG"));
        assert!(!service.is(&["HTTP".to_owned()], "EXAMPLE.ORG"));
        assert!(Service::of_host("localhost").is(&parts("localhost"), "ANY"));
        let read = |text: &str| Principal::parse(text).map(|principal| principal.to_string());
        for right in ["svc@EXAMPLE.ORG", "svc/host@EXAMPLE.ORG", "PC01$@EXAMPLE.ORG"] {
            assert_eq!(read(right).as_deref(), Some(right));
        }
        for wrong in ["", "svc", "@R", "svc@", "a@b@c", "a//b@R", "a b@R", "a\\@b@R", "EXAMPLE\\svc", "cn=svc,dc=org"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        for wrong in ["", "HTTP", "HTTP/", "/x", "HTTP/a/b", "HTTP/a@", "HTTP/a b", "HTTP/a@B@C", "HTTP/ä"] {
            assert!(Service::parse(wrong).is_err(), "{wrong}");
        }
    }
}
