//! Signatures of XML: schemes, and the certificates in which other parties want to have our public keys.

use data_encoding::BASE64;
use kernel::{Entropy, Timestamp};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, KeyUsage};
use openssl::x509::{X509Builder, X509NameBuilder};
use serde_json::Value;

use super::alg::{Alg, CryptoError};
use super::{Key, KeyState, Ring, RingError, Use, active};

/// A certificate is good for so long; what counts for others is that it stands in our metadata.
const YEARS: i64 = 20;

/// A way to sign XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// RSA with PKCS#1 v1.5 padding and SHA-256; what everybody understands.
    RsaSha256,
    /// RSA with PKCS#1 v1.5 padding and SHA-384.
    RsaSha384,
    /// RSA with PKCS#1 v1.5 padding and SHA-512.
    RsaSha512,
    /// RSA with PSS padding and SHA-256.
    RsaPssSha256,
    /// ECDSA on P-256 with SHA-256.
    EcdsaSha256,
    /// ECDSA on P-384 with SHA-384. Its key is made when it is [provided](Ring::provide).
    EcdsaSha384,
}

impl Scheme {
    /// The digest and whether the padding is PSS; none for ECDSA.
    pub(super) fn rsa(self) -> Option<(MessageDigest, bool)> {
        Some(match self {
            Self::RsaSha256 => (MessageDigest::sha256(), false),
            Self::RsaSha384 => (MessageDigest::sha384(), false),
            Self::RsaSha512 => (MessageDigest::sha512(), false),
            Self::RsaPssSha256 => (MessageDigest::sha256(), true),
            Self::EcdsaSha256 | Self::EcdsaSha384 => return None,
        })
    }

    pub(super) const fn alg(self) -> Alg {
        match self {
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 | Self::RsaPssSha256 => Alg::XmlRsa,
            Self::EcdsaSha256 => Alg::Es256,
            Self::EcdsaSha384 => Alg::Es384,
        }
    }
}

/// A signature, and the certificate of the key that made it.
pub struct XmlSignature {
    /// The signature.
    pub signature: Vec<u8>,
    /// The certificate: DER in base64.
    pub certificate: String,
}

impl Ring {
    /// Signs with the active key of a scheme.
    ///
    /// # Errors
    /// [`RingError::NoKey`], [`RingError::Crypto`].
    pub fn sign_xml(&self, scheme: Scheme, message: &[u8]) -> Result<XmlSignature, RingError> {
        let loaded = self.loaded.load();
        let (key, signer) = active(&loaded, Use::Saml, scheme.alg())?;
        let certificate = certificate_of(key).ok_or(RingError::NoKey)?.to_owned();
        Ok(XmlSignature { signature: signer.sign_by(scheme, message)?, certificate })
    }

    /// The certificates of all keys that sign XML, did so until a while ago, or will: DER in base64, those that sign first.
    pub fn xml_certificates(&self) -> Vec<String> {
        let (loaded, now) = (self.loaded.load(), self.clock.now());
        let mut keys: Vec<&Key> = loaded.iter().filter(|key| key.stored.key_use == Use::Saml && key.is_accepted(now)).collect();
        let order = |alg: Alg| Use::Saml.algs().iter().position(|other| *other == alg);
        keys.sort_by_key(|key| (key.stored.state != KeyState::Active, order(key.stored.alg)));
        keys.into_iter().filter_map(certificate_of).map(str::to_owned).collect()
    }
}

fn certificate_of(key: &Key) -> Option<&str> {
    key.jwk.get("x5c").and_then(Value::as_array).and_then(|chain| chain.first()).and_then(Value::as_str)
}

/// A certificate that a key makes for itself: the member `x5c` of its JWK (RFC 7517 section 4.7).
pub(super) fn own_certificate(key: &PKey<Private>, chance: &Entropy, now: Timestamp) -> Result<Value, CryptoError> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("CN", "Symbolon SAML signing")?;
    let name = name.build();
    // Positive, and of no more than 20 bytes (RFC 5280 section 4.1.2.2).
    let mut serial = chance.bytes::<16>();
    serial[0] = (serial[0] & 0x7f) | 0x40;
    let (from, until) = (Asn1Time::from_unix(now.seconds() - 86_400)?, Asn1Time::from_unix(now.seconds() + YEARS * 31_557_600)?);
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*BigNum::from_slice(&serial)?.to_asn1_integer()?)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_not_before(&from)?;
    builder.set_not_after(&until)?;
    builder.set_pubkey(key)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(Value::from(vec![BASE64.encode(&builder.build().to_der()?)]))
}

#[cfg(test)]
mod tests {
    use openssl::x509::X509;

    use super::*;
    use crate::ring::alg::generate;

    #[test]
    fn a_certificate_belongs_to_its_key() {
        for alg in [Alg::XmlRsa, Alg::Es256, Alg::Es384] {
            let key = generate(alg).unwrap();
            let chain = own_certificate(&key, &Entropy::seeded(1), Timestamp::from_seconds(1_700_000_000)).unwrap();
            let der = BASE64.decode(chain[0].as_str().unwrap().as_bytes()).unwrap();
            let certificate = X509::from_der(&der).unwrap();
            assert!(certificate.public_key().unwrap().public_eq(&key));
            assert!(certificate.verify(&key).unwrap());
        }
    }
}
