//! Public keys of clients: parsed once, verifiers kept.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use josekit::jwk::Jwk;
use josekit::jws::{self, JwsVerifier};
use serde_json::{Map, Value};

/// Most keys that we read of one set.
const MOST_KEYS: usize = 32;
/// Most bytes of a token that we look at.
const MOST_BYTES: usize = 16 * 1024;

/// Why a token was not signed by the owner of a key set. For the log; outwards all are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not a signed token in compact form.
    #[error("not a signed token in compact form")]
    Shape,
    /// An algorithm that we do not accept, `none` and MACs among them.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// It says `crit` or lacks what its header must have.
    #[error("its header asks for what we do not do")]
    Header,
    /// No key of the set has its `kid`.
    #[error("its key is not in the set")]
    UnknownKey,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    Signature,
}

/// One key and the algorithms it verifies.
struct Key {
    kid: Option<String>,
    verifiers: Vec<(&'static str, Box<dyn JwsVerifier>)>,
}

/// Public keys for signatures. Cheap to clone.
#[derive(Clone)]
pub struct KeySet(Arc<Vec<Key>>);

impl KeySet {
    /// Reads a JWK set (RFC 7517). Keys of unknown type, for encryption, or too weak are left out.
    ///
    /// # Errors
    /// When it is no set, contains a private or symmetric key, or has no usable key.
    pub fn read(set: &Value) -> Result<Self, String> {
        let list = set.get("keys").and_then(Value::as_array).ok_or("must be an object with the array `keys`")?;
        if list.len() > MOST_KEYS {
            return Err(format!("has more than {MOST_KEYS} keys"));
        }
        let mut keys = Vec::new();
        for value in list {
            let members = value.as_object().ok_or("each key must be an object")?;
            if ["d", "p", "q", "dp", "dq", "qi", "k"].iter().any(|secret| members.contains_key(*secret)) {
                return Err("contains a private or symmetric key; register public keys only".to_owned());
            }
            if let Some(key) = read_key(members) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Err("has no usable signature key (RSA of 2048 bits or more, P-256, Ed25519)".to_owned());
        }
        Ok(Self(Arc::new(keys)))
    }

    /// Verifies a compact JWS whose algorithm is RS256, PS256, ES256 or EdDSA; returns its claims. Looks at no claim.
    ///
    /// # Errors
    /// [`JwtError`]; [`JwtError::UnknownKey`] is the one that a newer set may cure.
    pub fn verify(&self, token: &str) -> Result<Map<String, Value>, JwtError> {
        let jws = Compact::parse(token)?;
        let alg = jws.header.get("alg").and_then(Value::as_str).ok_or(JwtError::Header)?;
        if !ALGORITHMS.contains(&alg) {
            return Err(JwtError::Algorithm);
        }
        let kid = jws.header.get("kid").and_then(Value::as_str);
        let candidates = self.0.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid);
        let mut verifiers =
            candidates.flat_map(|key| &key.verifiers).filter(|(name, _)| *name == alg).map(|(_, verifier)| verifier).peekable();
        if verifiers.peek().is_none() {
            return Err(JwtError::UnknownKey);
        }
        // An ECDSA signature with a number that is zero is never valid, and the library's encoder does not expect one.
        let halves_set = jws.signature.len() == 64 && jws.signature.chunks(32).all(|half| half.iter().any(|b| *b != 0));
        if alg == "ES256" && !halves_set {
            return Err(JwtError::Signature);
        }
        let right = verifiers.any(|verifier| verifier.verify(jws.signed.as_bytes(), &jws.signature).is_ok());
        if right { Ok(jws.claims) } else { Err(JwtError::Signature) }
    }
}

/// What clients may sign with.
pub const ALGORITHMS: &[&str] = &["RS256", "PS256", "ES256", "EdDSA"];

/// A compact JWS, taken apart and not verified.
pub(crate) struct Compact<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Takes `token` apart.
    ///
    /// # Errors
    /// [`JwtError::Shape`], or [`JwtError::Header`] when it has critical extensions.
    pub(crate) fn parse(token: &'a str) -> Result<Self, JwtError> {
        if token.len() > MOST_BYTES || token.bytes().filter(|b| *b == b'.').count() != 2 {
            return Err(JwtError::Shape);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Shape)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::Shape)?;
        let header = object(header)?;
        if header.contains_key("crit") {
            return Err(JwtError::Header);
        }
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| JwtError::Shape)?;
        Ok(Self { header, claims: object(claims)?, signed, signature })
    }
}

fn object(part: &str) -> Result<Map<String, Value>, JwtError> {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| JwtError::Shape)?;
    serde_json::from_slice(&bytes).map_err(|_| JwtError::Shape)
}

fn read_key(members: &Map<String, Value>) -> Option<Key> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if text("use").is_some_and(|u| u != "sig") {
        return None;
    }
    // Certificates and hints are of no use to us, and the library would look into them.
    let mut members: Map<String, Value> = members.clone();
    members.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "x" | "y" | "n" | "e" | "alg" | "kid"));
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let bytes = |name: &str| text(name).and_then(|t| BASE64URL_NOPAD.decode(t.as_bytes()).ok());
    let names: &[&'static str] = match (text("kty")?, text("crv")) {
        ("RSA", _) if bytes("n").is_some_and(|n| (256..=1024).contains(&n.len())) => &["RS256", "PS256"],
        ("EC", Some("P-256")) => &["ES256"],
        ("OKP", Some("Ed25519")) => &["EdDSA"],
        _ => return None,
    };
    let kid = text("kid").map(str::to_owned);
    let wanted = text("alg").map(str::to_owned);
    let jwk = Jwk::from_map(members).ok()?;
    let usable = names.iter().filter(|name| wanted.as_ref().is_none_or(|w| w == *name));
    let verifiers: Vec<_> = usable.filter_map(|name| Some((*name, verifier(name, &jwk)?))).collect();
    (!verifiers.is_empty()).then_some(Key { kid, verifiers })
}

fn verifier(alg: &str, jwk: &Jwk) -> Option<Box<dyn JwsVerifier>> {
    Some(match alg {
        "RS256" => Box::new(jws::RS256.verifier_from_jwk(jwk).ok()?),
        "PS256" => Box::new(jws::PS256.verifier_from_jwk(jwk).ok()?),
        "ES256" => Box::new(jws::ES256.verifier_from_jwk(jwk).ok()?),
        "EdDSA" => Box::new(jws::EdDSA.verifier_from_jwk(jwk).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// RFC 7515 appendix A.2 (RS256).
    const A2_KEY: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
    const A2_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    /// RFC 7515 appendix A.3 (ES256).
    const A3_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    const A3_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    fn set(keys: &[&str]) -> KeySet {
        let keys: Vec<Value> = keys.iter().map(|k| serde_json::from_str(k).unwrap()).collect();
        KeySet::read(&json!({ "keys": keys })).unwrap()
    }

    #[test]
    fn rfc_7515_examples() {
        let both = set(&[A2_KEY, A3_KEY]);
        assert_eq!(both.verify(A2_TOKEN).unwrap()["iss"], "joe");
        assert_eq!(both.verify(A3_TOKEN).unwrap()["iss"], "joe");
        assert_eq!(set(&[A3_KEY]).verify(A2_TOKEN).err(), Some(JwtError::UnknownKey));
        let mut forged = A3_TOKEN.to_owned();
        forged.replace_range(30..31, "A");
        assert!(both.verify(&forged).is_err());
        let signed = A3_TOKEN.rsplit_once('.').unwrap().0;
        for zeros in [vec![0; 64], vec![0; 63], vec![]] {
            let forged = format!("{signed}.{}", BASE64URL_NOPAD.encode(&zeros));
            assert_eq!(both.verify(&forged).err(), Some(JwtError::Signature));
        }
    }

    #[test]
    fn none_and_macs_are_refused() {
        let keys = set(&[A2_KEY]);
        // RFC 7515 appendices A.5 and A.1.
        let none =
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
        assert_eq!(keys.verify(none).err(), Some(JwtError::Algorithm));
        let mac = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(keys.verify(mac).err(), Some(JwtError::Algorithm));
    }

    #[test]
    fn sets_with_secrets_or_weak_keys_are_refused() {
        assert!(KeySet::read(&json!({"keys": [{"kty": "oct", "k": "AAAA"}]})).is_err());
        assert!(KeySet::read(&json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c"}]})).is_err());
        assert!(KeySet::read(&json!({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]})).is_err());
        assert!(KeySet::read(&json!({"keys": []})).is_err());
        assert!(KeySet::read(&json!([])).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(token in "[A-Za-z0-9_.-]{0,120}") {
            let _ = set(&[A3_KEY]).verify(&token);
        }
    }
}
