//! Compact JWS (RFC 7515): making and taking apart.

use data_encoding::BASE64URL_NOPAD;
use kernel::{Class, Classified};
use serde_json::{Map, Value};

/// Longer tokens are not looked at.
const LONGEST: usize = 64 * 1024;

/// A token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a compact JWS with a header and claims that we understand.
    #[error("not a token")]
    Malformed,
    /// No key of this use has this `kid`.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The header names another algorithm than that of the key.
    #[error("signed with another algorithm than that of the key")]
    Algorithm,
    /// The header has another `typ`.
    #[error("a token of another type")]
    Type,
    /// The signature does not belong to the token.
    #[error("the signature is wrong")]
    Signature,
    /// It has expired or is not valid yet, or does not say when.
    #[error("expired or not valid yet")]
    Time,
}

impl Classified for VerifyError {
    fn class(&self) -> Class {
        Class::Unauthenticated
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "jwt_malformed",
            Self::UnknownKey => "jwt_unknown_key",
            Self::Algorithm => "jwt_algorithm",
            Self::Type => "jwt_type",
            Self::Signature => "jwt_signature",
            Self::Time => "jwt_time",
        }
    }
}

/// The header and claims, encoded: what is signed.
pub(crate) fn signing_input(alg: &str, kid: &str, typ: &str, claims: &[u8]) -> String {
    // Sorted, as serde_json would; all three are plain text made by us.
    let header = serde_json::json!({ "alg": alg, "kid": kid, "typ": typ }).to_string();
    let mut out = BASE64URL_NOPAD.encode(header.as_bytes());
    out.push('.');
    BASE64URL_NOPAD.encode_append(&plain(claims), &mut out);
    out
}

/// The same JSON, escaped such that its base64url has no `-` and `_`: clients of the management API decode claims with the
/// standard alphabet. ASCII meets these two only at the low six bits of `>`, `?`, `~` and DEL, which like everything beyond ASCII
/// occur in JSON inside strings only.
fn plain(claims: &[u8]) -> Vec<u8> {
    let special = |c: char| !c.is_ascii() || matches!(c, '>' | '?' | '~' | '\u{7f}');
    let text = String::from_utf8_lossy(claims);
    if !text.contains(special) {
        return claims.to_vec();
    }
    let mut out = String::with_capacity(text.len() + 32);
    for c in text.chars() {
        if special(c) {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out.into_bytes()
}

/// Adds the signature.
pub(crate) fn append_signature(mut input: String, signature: &[u8]) -> String {
    input.push('.');
    BASE64URL_NOPAD.encode_append(signature, &mut input);
    input
}

/// A token taken apart; nothing in it is trusted yet.
pub(crate) struct Parsed<'a> {
    pub(crate) alg: String,
    pub(crate) kid: String,
    typ: String,
    pub(crate) signed: &'a str,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Parsed<'a> {
    pub(crate) fn new(token: &'a str) -> Result<Self, VerifyError> {
        if token.len() > LONGEST {
            return Err(VerifyError::Malformed);
        }
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| VerifyError::Malformed);
        let (signed, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(VerifyError::Malformed)?;
        let header: Map<String, Value> = serde_json::from_slice(&decode(header)?).map_err(|_| VerifyError::Malformed)?;
        // RFC 7515 section 4.1.11: extensions that are not understood must be refused.
        if header.contains_key("crit") {
            return Err(VerifyError::Malformed);
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            alg: text("alg").ok_or(VerifyError::Malformed)?,
            kid: text("kid").ok_or(VerifyError::UnknownKey)?,
            typ: text("typ").ok_or(VerifyError::Type)?,
            signed,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// RFC 7515 section 4.1.9: media types, compared without case, `application/` may be left out.
    pub(crate) fn is_of_type(&self, typ: &str) -> bool {
        let short = |t: &str| t.to_ascii_lowercase().trim_start_matches("application/").to_owned();
        short(&self.typ) == short(typ)
    }
}

/// `exp` (demanded) and `nbf` at the given second.
pub(crate) fn in_time(claims: &Map<String, Value>, now: i64) -> bool {
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    let now = now as f64;
    let begun = match claims.get("nbf") {
        None => true,
        Some(_) => number("nbf").is_some_and(|nbf| nbf <= now),
    };
    begun && number("exp").is_some_and(|exp| now < exp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn claims_decode_with_the_standard_alphabet(text in "[ -~]{0,40}|.{0,40}", pad in "a{0,3}") {
            let claims = serde_json::json!({ (pad): text });
            let input = signing_input("ES256", "kid", "JWT", claims.to_string().as_bytes());
            let payload = input.split('.').nth(1).unwrap();
            let decoded = data_encoding::BASE64_NOPAD.decode(payload.as_bytes()).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Value>(&decoded).unwrap(), claims);
        }

        #[test]
        fn foreign_text_never_panics(token in ".{0,80}") {
            let _ = Parsed::new(&token);
        }
    }
}
