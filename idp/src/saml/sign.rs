//! Signatures on XML that was written in canonical form: digest, `SignedInfo` and signature are put together from text.

use data_encoding::BASE64;
use keys::ring::{Ring, RingError};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::names::{algorithm, ns};
use super::xml::write::Writer;
use crate::party::sp::Algorithm;

/// A signature with its certificate is about so long.
const SIGNATURE: usize = 3072;

fn names(algorithm: Algorithm) -> (&'static str, &'static str) {
    match algorithm {
        Algorithm::RsaSha256 => (algorithm::RSA_SHA256, algorithm::SHA256),
        Algorithm::RsaSha384 => (algorithm::RSA_SHA384, algorithm::SHA384),
        Algorithm::RsaSha512 => (algorithm::RSA_SHA512, algorithm::SHA512),
        Algorithm::RsaPssSha256 => (algorithm::RSA_PSS_SHA256, algorithm::SHA256),
        Algorithm::EcdsaSha256 => (algorithm::ECDSA_SHA256, algorithm::SHA256),
        Algorithm::EcdsaSha384 => (algorithm::ECDSA_SHA384, algorithm::SHA384),
    }
}

/// The name of a way to sign.
pub(crate) fn method(algorithm: Algorithm) -> &'static str {
    names(algorithm).0
}

fn digest(method: &str, parts: [&str; 2]) -> String {
    fn of<D: Digest>(parts: [&str; 2]) -> Vec<u8> {
        let mut digest = D::new();
        parts.iter().for_each(|part| digest.update(part.as_bytes()));
        digest.finalize().to_vec()
    }
    BASE64.encode(&match method {
        algorithm::SHA384 => of::<Sha384>(parts),
        algorithm::SHA512 => of::<Sha512>(parts),
        _ => of::<Sha256>(parts),
    })
}

/// What stands in `SignedInfo`.
fn what_is_signed((method, digest_method): (&str, &str), id: &str, value: &str) -> String {
    let (mut w, uri) = (Writer::default(), format!("#{id}"));
    w.leaf("ds:CanonicalizationMethod", &[("Algorithm", algorithm::EXC_C14N)], "");
    w.leaf("ds:SignatureMethod", &[("Algorithm", method)], "");
    w.element("ds:Reference", &[("URI", &uri)], |w| {
        w.element("ds:Transforms", &[], |w| {
            w.leaf("ds:Transform", &[("Algorithm", algorithm::ENVELOPED)], "");
            w.leaf("ds:Transform", &[("Algorithm", algorithm::EXC_C14N)], "");
        });
        w.leaf("ds:DigestMethod", &[("Algorithm", digest_method)], "");
        w.leaf("ds:DigestValue", &[], value);
    });
    w.finish()
}

/// Writes a certificate, DER in base64, in the form in which XML has it (XML signature 4.5.4).
pub(super) fn certificate(w: &mut Writer, base64: &str) {
    w.element("ds:X509Data", &[], |w| w.element("ds:X509Certificate", &[], |w| w.raw(base64)));
}

/// Signs an element with this ID, given as what stands before the place of its signature and what behind, both in canonical form.
///
/// # Errors
/// When the ring has no key for the algorithm, or fails.
pub(crate) fn sign(ring: &Ring, algorithm: Algorithm, id: &str, before: &str, after: &str) -> Result<String, RingError> {
    let names = names(algorithm);
    let value = digest(names.1, [before, after]);
    // What is signed stands alone, and so declares its namespace; what is sent stands in an element that has declared it.
    let (mut alone, inner) = (Writer::default(), what_is_signed(names, id, &value));
    alone.element("ds:SignedInfo", &[("xmlns:ds", ns::SIGNATURE)], |w| w.raw(&inner));
    let made = ring.sign_xml(algorithm.into(), alone.finish().as_bytes())?;
    // The signature with its certificate comes in between.
    let mut w = Writer::of_length(before.len() + after.len() + SIGNATURE);
    w.raw(before);
    w.element("ds:Signature", &[("xmlns:ds", ns::SIGNATURE)], |w| {
        w.element("ds:SignedInfo", &[], |w| w.raw(&inner));
        w.base64("ds:SignatureValue", &made.signature);
        w.element("ds:KeyInfo", &[], |w| certificate(w, &made.certificate));
    });
    w.raw(after);
    Ok(w.finish())
}
