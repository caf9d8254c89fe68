//! Keys of a party, and what they have signed. Only keys of its metadata count; what a message says of keys is never looked at.

use gamlastan::crypto::keys::loader;
use gamlastan::crypto::{AlgorithmPolicy, KeyUsage, KeysManager, SamlVerifier, VerifyResult};
use gamlastan::xml::Document;
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Public};
use openssl::sign::Verifier;
use openssl::x509::X509;

use super::gate::{self, GateError};
use super::names::algorithm;
use super::xml::{self, Element, Limits};

/// The smallest and largest RSA key of a party: below, anybody could make signatures; above, checking one takes too long.
const RSA_BITS: std::ops::RangeInclusive<u32> = 2048..=8192;

/// A key of a party, parsed once.
pub struct PartyKey {
    verifier: SamlVerifier,
    key: PKey<Public>,
}

impl PartyKey {
    /// Reads a certificate. Its dates mean nothing: being in the metadata is what makes its key a key of the party.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(der: &[u8]) -> Result<Self, String> {
        let certificate = X509::from_der(der).map_err(|_| "is no X.509 certificate".to_owned())?;
        let key = certificate.public_key().map_err(|_| "holds a key that cannot be read".to_owned())?;
        match key.id() {
            Id::RSA if RSA_BITS.contains(&key.bits()) => {}
            Id::RSA => return Err(format!("holds an RSA key of {} bits, not of 2048 to 8192", key.bits())),
            Id::EC if matches!(key.bits(), 256 | 384 | 521) => {}
            _ => return Err("holds neither an RSA key nor one on P-256, P-384 or P-521".to_owned()),
        }
        let mut loaded = loader::load_x509_cert_der(der).map_err(|e| e.to_string())?;
        loaded.usage = KeyUsage::Verify;
        let mut keys = KeysManager::new();
        keys.add_key(loaded);
        let mut verifier = SamlVerifier::new(keys);
        verifier.set_skip_time_checks(true);
        verifier.set_algorithm_policy(AlgorithmPolicy::allow_only(
            algorithm::SIGNATURES.iter().copied(),
            algorithm::DIGESTS.iter().copied(),
        ));
        Ok(Self { verifier, key })
    }

    /// Whether this key has made a signature of the right shape over the message.
    fn has_signed(&self, text: &str, root: Element<'_>, shape: &gate::Shape) -> bool {
        match self.verifier.verify_enveloped(text) {
            Ok(VerifyResult::Valid { references, .. }) => match &references[..] {
                [one] => one.uri == shape.uri && one.digest_verified && one.resolved_node == Some(root.node()),
                _ => false,
            },
            Ok(VerifyResult::Invalid { .. }) | Err(_) => false,
        }
    }

    /// Whether this key has made a signature over bytes, as in the query of a redirect.
    fn has_signed_bytes(&self, message: &[u8], method: &str, signature: &[u8]) -> bool {
        let Some((family, digest)) = method_of(method).filter(|(family, _)| *family == self.key.id()) else { return false };
        let verified = || {
            let signature = if family == Id::EC { to_der(signature, self.key.bits())? } else { signature.to_vec() };
            Verifier::new(digest, &self.key).ok()?.verify_oneshot(&signature, message).ok()
        };
        verified().unwrap_or(false)
    }
}

fn method_of(uri: &str) -> Option<(Id, MessageDigest)> {
    Some(match uri {
        algorithm::RSA_SHA256 => (Id::RSA, MessageDigest::sha256()),
        algorithm::RSA_SHA384 => (Id::RSA, MessageDigest::sha384()),
        algorithm::RSA_SHA512 => (Id::RSA, MessageDigest::sha512()),
        algorithm::ECDSA_SHA256 => (Id::EC, MessageDigest::sha256()),
        algorithm::ECDSA_SHA384 => (Id::EC, MessageDigest::sha384()),
        algorithm::ECDSA_SHA512 => (Id::EC, MessageDigest::sha512()),
        _ => return None,
    })
}

/// Two numbers of equal length, as XML signatures have them, in the form that OpenSSL wants.
fn to_der(signature: &[u8], bits: u32) -> Option<Vec<u8>> {
    let half = usize::try_from(bits.div_ceil(8)).ok()?;
    if signature.len() != 2 * half {
        return None;
    }
    let number = |bytes: &[u8]| BigNum::from_slice(bytes).ok();
    EcdsaSig::from_private_components(number(&signature[..half])?, number(&signature[half..])?).ok()?.to_der().ok()
}

/// A message that was read, with the one thing known about it.
pub(crate) struct Received<'d> {
    root: Element<'d>,
    shape: Option<gate::Shape>,
    text: &'d str,
}

/// A parsed message, not yet looked at.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, GateError> {
    Ok(xml::parse(text, &Limits::MESSAGE)?)
}

impl<'d> Received<'d> {
    /// Takes a message through the gate. `text` is what `doc` was parsed from.
    ///
    /// # Errors
    /// [`GateError`].
    pub(crate) fn new(text: &'d str, doc: &'d Document<'d>) -> Result<Self, GateError> {
        let root = Element::root(doc)?;
        Ok(Self { root, shape: gate::shape(root)?, text })
    }

    /// What it says. Before [`Received::verify`] good for nothing but finding out whose keys to verify it with.
    pub(crate) fn claimed(&self) -> Element<'d> {
        self.root
    }

    /// Whether it carries a signature.
    pub(crate) fn is_signed(&self) -> bool {
        self.shape.is_some()
    }

    /// Looks whether one of these keys has signed it, where it carries a signature. Whether it has to, is for the caller.
    ///
    /// # Errors
    /// [`GateError::Signature`].
    pub(crate) fn verify(&self, keys: &[PartyKey]) -> Result<(), GateError> {
        match &self.shape {
            None => Ok(()),
            Some(shape) if keys.iter().any(|key| key.has_signed(self.text, self.root, shape)) => Ok(()),
            Some(_) => Err(GateError::Signature),
        }
    }
}

/// Looks whether one of these keys has signed the bytes.
///
/// # Errors
/// [`GateError::Algorithm`], [`GateError::Signature`].
pub(crate) fn verify_bytes(keys: &[PartyKey], message: &[u8], method: &str, signature: &[u8]) -> Result<(), GateError> {
    if !algorithm::SIGNATURES.contains(&method) {
        return Err(GateError::Algorithm);
    }
    if keys.iter().any(|key| key.has_signed_bytes(message, method, signature)) { Ok(()) } else { Err(GateError::Signature) }
}
