//! Proof Key for Code Exchange, method S256 alone (RFC 7636).

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What is wrong with a challenge in an authorization request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// Another method than S256; no method means `plain`, which proves nothing to someone who read the request.
    #[error("code_challenge_method is not S256")]
    Method,
    /// Not the base64url form of 32 bytes.
    #[error("code_challenge is malformed")]
    Shape,
    /// A method without a challenge.
    #[error("code_challenge_method without code_challenge")]
    Lonely,
}

/// An S256 code challenge: the hash of a verifier that only the client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Reads the two parameters of an authorization request; `None` when neither was sent.
    ///
    /// # Errors
    /// [`ChallengeError`] says what is wrong with them.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Self>, ChallengeError> {
        match (challenge, method) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(ChallengeError::Lonely),
            (Some(text), Some("S256")) => Self::from_text(text).map(Some).ok_or(ChallengeError::Shape),
            (Some(_), _) => Err(ChallengeError::Method),
        }
    }

    /// Reads the base64url form.
    pub fn from_text(text: &str) -> Option<Self> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    /// Whether `verifier` is well-formed (RFC 7636 section 4.1) and hashes to this challenge.
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let well_formed = (43..=128).contains(&verifier.len())
            && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
        well_formed && bool::from(Sha256::digest(verifier.as_bytes()).ct_eq(&self.0))
    }
}

impl std::fmt::Display for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn appendix_b() {
        let challenge = Challenge::parse(Some(CHALLENGE), Some("S256")).unwrap().unwrap();
        assert!(challenge.is_met_by(VERIFIER));
        assert!(!challenge.is_met_by(CHALLENGE));
        assert!(!challenge.is_met_by(&VERIFIER[1..]));
        assert_eq!(challenge.to_string(), CHALLENGE);
    }

    #[test]
    fn only_s256() {
        assert_eq!(Challenge::parse(None, None), Ok(None));
        assert_eq!(Challenge::parse(Some(CHALLENGE), None), Err(ChallengeError::Method));
        assert_eq!(Challenge::parse(Some(VERIFIER), Some("plain")), Err(ChallengeError::Method));
        assert_eq!(Challenge::parse(Some(CHALLENGE), Some("s256")), Err(ChallengeError::Method));
        assert_eq!(Challenge::parse(None, Some("S256")), Err(ChallengeError::Lonely));
        for bad in ["", "abc", &CHALLENGE[1..], &format!("{CHALLENGE}A"), &format!("{CHALLENGE}=")] {
            assert_eq!(Challenge::parse(Some(bad), Some("S256")), Err(ChallengeError::Shape));
        }
    }

    #[test]
    fn verifiers_are_bounded() {
        for (verifier, good) in
            [("a".repeat(42), false), ("a".repeat(43), true), ("a".repeat(128), true), ("a".repeat(129), false)]
        {
            let challenge = Challenge(Sha256::digest(verifier.as_bytes()).into());
            assert_eq!(challenge.is_met_by(&verifier), good);
        }
        let odd = format!("{}!", "a".repeat(50));
        assert!(!Challenge(Sha256::digest(odd.as_bytes()).into()).is_met_by(&odd));
    }
}
