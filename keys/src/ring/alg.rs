//! Signature algorithms: making keys, signing, verifying. The only file that meets OpenSSL and josekit.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use josekit::jwk::Jwk;
use josekit::jws::{self, JwsSigner, JwsVerifier};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{Asn1Flag, EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer as OpensslSigner};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::xml::Scheme;

/// Length of the RSA keys that we make.
const RSA_BITS: u32 = 2048;

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alg {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384: signs XML, never JWTs.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// Ed25519.
    EdDsa,
    /// RSASSA-PSS with SHA-256 and the longest salt: signs answers of the management API, never JWTs.
    ResponsePss,
    /// RSA with the digest and padding that a [`Scheme`](super::Scheme) names: signs XML, never JWTs.
    XmlRsa,
}

impl Alg {
    const ALL: [Self; 6] = [Self::Es256, Self::Es384, Self::Rs256, Self::EdDsa, Self::ResponsePss, Self::XmlRsa];

    /// The name used in JWS headers, metadata and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
            Self::ResponsePss => "PSS-SHA256",
            Self::XmlRsa => "RSA",
        }
    }

    /// The algorithm of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }
}

/// The library refused. The text holds no key material.
#[derive(Debug, thiserror::Error)]
#[error("cryptographic library: {0}")]
pub struct CryptoError(pub(crate) String);

impl From<ErrorStack> for CryptoError {
    fn from(error: ErrorStack) -> Self {
        Self(error.to_string())
    }
}

impl From<josekit::JoseError> for CryptoError {
    fn from(error: josekit::JoseError) -> Self {
        Self(error.to_string())
    }
}

/// A fresh key. OpenSSL draws it from its own generator.
pub(crate) fn generate(alg: Alg) -> Result<PKey<Private>, CryptoError> {
    Ok(match alg {
        Alg::Es256 => on_curve(Nid::X9_62_PRIME256V1)?,
        Alg::Es384 => on_curve(Nid::SECP384R1)?,
        Alg::Rs256 | Alg::ResponsePss | Alg::XmlRsa => PKey::from_rsa(Rsa::generate(RSA_BITS)?)?,
        Alg::EdDsa => PKey::generate_ed25519()?,
    })
}

fn on_curve(curve: Nid) -> Result<PKey<Private>, ErrorStack> {
    let mut group = EcGroup::from_curve_name(curve)?;
    group.set_asn1_flag(Asn1Flag::NAMED_CURVE);
    PKey::from_ec_key(EcKey::generate(&group)?)
}

/// The public half as a JWK (RFC 7517) with `alg`, `use` and a `kid` that is its thumbprint (RFC 7638).
pub(crate) fn public_jwk(alg: Alg, key: &PKey<Private>) -> Result<Map<String, Value>, CryptoError> {
    let base64 = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    // The members of each thumbprint stand in the order that RFC 7638 demands; base64url needs no escaping.
    let (members, thumbprint) = match alg {
        Alg::Es256 | Alg::Es384 => {
            let (curve, length) = if alg == Alg::Es256 { ("P-256", 32) } else { ("P-384", 48) };
            let ec = key.ec_key()?;
            let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
            ec.public_key().affine_coordinates(ec.group(), &mut x, &mut y, &mut *BigNumContext::new()?)?;
            let (x, y) = (base64(&x.to_vec_padded(length)?), base64(&y.to_vec_padded(length)?));
            let thumbprint = format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#);
            (json!({"kty": "EC", "crv": curve, "x": x, "y": y}), thumbprint)
        }
        Alg::Rs256 | Alg::ResponsePss | Alg::XmlRsa => {
            let rsa = key.rsa()?;
            let (n, e) = (base64(&rsa.n().to_vec()), base64(&rsa.e().to_vec()));
            let thumbprint = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
            (json!({"kty": "RSA", "n": n, "e": e}), thumbprint)
        }
        Alg::EdDsa => {
            let x = base64(&key.raw_public_key()?);
            let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
            (json!({"kty": "OKP", "crv": "Ed25519", "x": x}), thumbprint)
        }
    };
    let Value::Object(mut jwk) = members else { return Err(CryptoError("no object".to_owned())) };
    jwk.insert("kid".to_owned(), base64(&Sha256::digest(thumbprint)).into());
    jwk.insert("use".to_owned(), "sig".into());
    let jws_name = match alg {
        Alg::ResponsePss => "PS256",
        Alg::XmlRsa => "RS256",
        jws => jws.name(),
    };
    jwk.insert("alg".to_owned(), jws_name.into());
    Ok(jwk)
}

/// A private key, parsed once.
pub(crate) enum Signer {
    Jws(Box<dyn JwsSigner>),
    Pss(PKey<Private>),
    Xml(PKey<Private>),
}

impl Signer {
    /// Parses a key in PKCS#8.
    pub(crate) fn new(alg: Alg, pkcs8: &[u8]) -> Result<Self, CryptoError> {
        Ok(match alg {
            Alg::Es256 => Self::Jws(Box::new(jws::ES256.signer_from_der(pkcs8)?)),
            Alg::Es384 => Self::Jws(Box::new(jws::ES384.signer_from_der(pkcs8)?)),
            Alg::Rs256 => Self::Jws(Box::new(jws::RS256.signer_from_der(pkcs8)?)),
            Alg::EdDsa => Self::Jws(Box::new(jws::EdDSA.signer_from_der(pkcs8)?)),
            Alg::ResponsePss => Self::Pss(PKey::private_key_from_der(pkcs8)?),
            Alg::XmlRsa => Self::Xml(PKey::private_key_from_der(pkcs8)?),
        })
    }

    /// The signature of `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match self {
            Self::Jws(signer) => Ok(signer.sign(message)?),
            Self::Pss(key) => {
                let mut signer = OpensslSigner::new(MessageDigest::sha256(), key)?;
                signer.set_rsa_padding(Padding::PKCS1_PSS)?;
                signer.set_rsa_mgf1_md(MessageDigest::sha256())?;
                signer.set_rsa_pss_saltlen(RsaPssSaltlen::MAXIMUM_LENGTH)?;
                Ok(signer.sign_oneshot_to_vec(message)?)
            }
            Self::Xml(_) => self.sign_by(Scheme::RsaSha256, message),
        }
    }

    /// The signature of `message` in the form that signatures of XML have.
    pub(crate) fn sign_by(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match (self, scheme.rsa()) {
            (Self::Xml(key), Some((digest, is_pss))) => {
                let mut signer = OpensslSigner::new(digest, key)?;
                if is_pss {
                    signer.set_rsa_padding(Padding::PKCS1_PSS)?;
                    signer.set_rsa_mgf1_md(digest)?;
                    signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                }
                Ok(signer.sign_oneshot_to_vec(message)?)
            }
            // ECDSA of JWS is what XML signatures want: both numbers, each as long as the curve wants it (RFC 7518 section 3.4).
            (Self::Jws(signer), None) => Ok(signer.sign(message)?),
            _ => Err(CryptoError("a key of another kind".to_owned())),
        }
    }
}

/// The form in which answers of the management API carry their signature.
pub(crate) fn response_text(signature: &[u8]) -> String {
    format!("rsa_sha256_pss:{}", HEXLOWER.encode(signature))
}

/// A public key, parsed once; only for JWTs.
pub(crate) struct Verifier {
    alg: Alg,
    inner: Box<dyn JwsVerifier>,
}

impl Verifier {
    /// Parses a JWK; none for keys that do not sign JWTs.
    pub(crate) fn new(alg: Alg, jwk: &Map<String, Value>) -> Result<Option<Self>, CryptoError> {
        let jwk = Jwk::from_map(jwk.clone())?;
        let inner: Box<dyn JwsVerifier> = match alg {
            Alg::Es256 => Box::new(jws::ES256.verifier_from_jwk(&jwk)?),
            Alg::Rs256 => Box::new(jws::RS256.verifier_from_jwk(&jwk)?),
            Alg::EdDsa => Box::new(jws::EdDSA.verifier_from_jwk(&jwk)?),
            Alg::Es384 | Alg::ResponsePss | Alg::XmlRsa => return Ok(None),
        };
        Ok(Some(Self { alg, inner }))
    }

    /// Whether the signature belongs to the message.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // An ECDSA signature with a number that is zero is never valid, and josekit's encoder does not expect one.
        let halves_set = || signature.len() == 64 && signature.chunks(32).all(|half| half.iter().any(|b| *b != 0));
        (self.alg != Alg::Es256 || halves_set()) && self.inner.verify(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::sign::Verifier as OpensslVerifier;

    #[test]
    fn every_algorithm_signs_and_verifies() {
        for alg in [Alg::Es256, Alg::Rs256, Alg::EdDsa] {
            let key = generate(alg).unwrap();
            let signer = Signer::new(alg, &key.private_key_to_pkcs8().unwrap()).unwrap();
            let verifier = Verifier::new(alg, &public_jwk(alg, &key).unwrap()).unwrap().unwrap();
            let signature = signer.sign(b"message").unwrap();
            assert!(verifier.verify(b"message", &signature), "{alg:?}");
            assert!(!verifier.verify(b"massage", &signature), "{alg:?}");
            for broken in [vec![], vec![0; 64], vec![0; 256], signature[1..].to_vec(), [&[0; 32], &signature[32..]].concat()] {
                assert!(!verifier.verify(b"message", &broken), "{alg:?}");
            }
        }
    }

    #[test]
    fn responses_are_signed_with_the_longest_salt() {
        let key = generate(Alg::ResponsePss).unwrap();
        let signer = Signer::new(Alg::ResponsePss, &key.private_key_to_pkcs8().unwrap()).unwrap();
        let signature = signer.sign(b"{}").unwrap();
        let mut verifier = OpensslVerifier::new(MessageDigest::sha256(), &key).unwrap();
        verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        verifier.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(256 - 32 - 2)).unwrap();
        assert!(verifier.verify_oneshot(&signature, b"{}").unwrap());
        assert_eq!(response_text(&[0xab, 1]), "rsa_sha256_pss:ab01");
    }

    /// RFC 8037, appendix A.3: the thumbprint of the key of A.1.
    #[test]
    fn thumbprint() {
        let d = BASE64URL_NOPAD.decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let key = PKey::private_key_from_raw_bytes(&d, openssl::pkey::Id::ED25519).unwrap();
        let jwk = public_jwk(Alg::EdDsa, &key).unwrap();
        assert_eq!(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(jwk["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
