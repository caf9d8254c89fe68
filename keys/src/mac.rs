//! Message authentication: keys derived from the root secret, one for each purpose, so that a tag made for one use means
//! nothing for another.
//!
//! To add a purpose: one line in the list.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// What a tag is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Rows of the audit log.
    Audit,
    /// Look-up hashes of opaque tokens (refresh tokens, codes, session handles): the database holds only these.
    Lookup,
    /// Values that a browser keeps for us (cookies, remembered devices).
    Cookie,
    /// Tokens that bind a form to its session.
    Csrf,
    /// Keys of caches of verified PINs.
    PinCache,
    /// Identifiers of people that are different for every party, and the same for one party for good.
    Pairwise,
    /// Stable answers for people who do not exist (salts, pseudo tokens), so that they look like the others.
    Decoy,
}

impl Purpose {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Audit => "mac audit",
            Self::Lookup => "mac lookup",
            Self::Cookie => "mac cookie",
            Self::Csrf => "mac csrf",
            Self::PinCache => "mac pin cache",
            Self::Pairwise => "mac pairwise",
            Self::Decoy => "mac decoy",
        }
    }
}

/// A key for tags (HMAC-SHA-256). Cheap to clone: the key schedule is computed once.
#[derive(Clone)]
pub struct MacKey(Hmac<Sha256>);

impl MacKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        // HMAC takes keys of any length.
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The tag of `message`.
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// The tag as 43 characters of base64url; the form of look-up columns.
    pub fn text(&self, message: &[u8]) -> String {
        BASE64URL_NOPAD.encode(&self.tag(message))
    }

    /// Whether `tag` belongs to `message`; takes the same time wherever they differ.
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        let mut mac = self.0.clone();
        mac.update(message);
        mac.verify_slice(tag).is_ok()
    }

    /// As [`MacKey::verify`] for a tag in the form of [`MacKey::text`].
    pub fn verify_text(&self, message: &[u8], tag: &str) -> bool {
        BASE64URL_NOPAD.decode(tag.as_bytes()).is_ok_and(|tag| self.verify(message, &tag))
    }
}

/// Compares secrets without telling where they differ.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_hmac_sha256() {
        // RFC 4231, test case 2 has a short key; here HMAC-SHA-256 of case 4's shape is covered by the crate. Ours: determinism.
        let key = MacKey::new(&[7; 32]);
        let tag = key.text(b"message");
        assert_eq!(tag.len(), 43);
        assert!(key.verify_text(b"message", &tag));
        assert!(!key.verify_text(b"massage", &tag));
        assert!(!key.verify_text(b"message", &tag[..40]));
        assert!(!MacKey::new(&[8; 32]).verify_text(b"message", &tag));
    }
}
