//! Scopes: space-separated tokens whose order means nothing (RFC 6749 section 3.3).

use std::fmt;

/// Asks for an ID token and UserInfo.
pub const OPENID: &str = "openid";
/// Asks for a refresh token that outlives the session.
pub const OFFLINE_ACCESS: &str = "offline_access";

/// How many scopes one request may name.
const MOST: usize = 50;

/// The text is no list of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a list of scopes")]
pub struct BadScope;

/// A set of scopes in the order in which they were named first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads the wire form. Repeated scopes count once.
    ///
    /// # Errors
    /// [`BadScope`] when a scope contains a character outside the grammar, or there are absurdly many.
    pub fn parse(text: &str) -> Result<Self, BadScope> {
        let mut scopes = Self::default();
        for scope in text.split(' ').filter(|s| !s.is_empty()) {
            if !is_scope(scope) || scopes.0.len() == MOST {
                return Err(BadScope);
            }
            scopes.insert(scope);
        }
        Ok(scopes)
    }

    /// Adds a scope unless it is there.
    pub fn insert(&mut self, scope: &str) {
        if !self.contains(scope) {
            self.0.push(scope.to_owned());
        }
    }

    /// Takes a scope away.
    pub fn remove(&mut self, scope: &str) {
        self.0.retain(|s| s != scope);
    }

    /// Whether `scope` is in it.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|s| s == scope)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those which `keep` accepts.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|s| keep(s)).cloned().collect())
    }

    /// Whether every scope is also in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|s| other.contains(s))
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Whether `text` is one scope: visible ASCII without quote and backslash.
pub fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists() {
        let scopes = Scopes::parse("openid  email openid").unwrap();
        assert_eq!(scopes.to_string(), "openid email");
        assert!(scopes.contains(OPENID) && !scopes.contains("profile"));
        assert!(Scopes::parse("email").unwrap().is_within(&scopes));
        assert!(!Scopes::parse("email phone").unwrap().is_within(&scopes));
        assert_eq!(scopes.filtered(|s| s != "email").to_string(), "openid");
        assert!(Scopes::parse("").unwrap().is_empty());
        for bad in ["a\"b", "a\\b", "ä", "a\tb"] {
            assert_eq!(Scopes::parse(bad), Err(BadScope));
        }
    }
}
