//! What binds a context to a TLS channel: the hash of the server's certificate (`tls-server-end-point`, RFC 5929 section 4).

use openssl::hash::{MessageDigest, hash};

use super::super::der::{Der, OID, SEQUENCE, context};

const PREFIX: &[u8] = b"tls-server-end-point:";

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4];
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];

/// The binding to the channel of a server with this certificate. `None` where the signature of the certificate uses no hash, or one that
/// is not known: the RFC defines none then.
pub(crate) fn of_certificate(certificate: &[u8]) -> Option<Vec<u8>> {
    let digest = hash(hash_of_signature(certificate)?, certificate).ok()?;
    Some([PREFIX, &digest].concat())
}

/// The hash with which a certificate is signed; SHA-256 in place of MD5 and SHA-1.
fn hash_of_signature(certificate: &[u8]) -> Option<MessageDigest> {
    let mut fields = Der::new(Der::new(certificate).take(SEQUENCE).ok()?);
    fields.take(SEQUENCE).ok()?;
    let mut algorithm = Der::new(fields.take(SEQUENCE).ok()?);
    let oid = algorithm.take(OID).ok()?;
    if let Some(rest) = oid.strip_prefix(RSA) {
        return match rest {
            [4 | 5 | 11] => Some(MessageDigest::sha256()),
            [12] => Some(MessageDigest::sha384()),
            [13] => Some(MessageDigest::sha512()),
            // RSASSA-PSS names its hash among its parameters, and means SHA-1 without a name.
            [10] => match Der::new(algorithm.take(SEQUENCE).ok()?).optional(context(0)).ok()? {
                Some(named) => sha2(Der::new(Der::new(named).take(SEQUENCE).ok()?).take(OID).ok()?),
                None => Some(MessageDigest::sha256()),
            },
            _ => None,
        };
    }
    match oid.strip_prefix(ECDSA)? {
        [1] | [3, 2] => Some(MessageDigest::sha256()),
        [3, 3] => Some(MessageDigest::sha384()),
        [3, 4] => Some(MessageDigest::sha512()),
        _ => None,
    }
}

fn sha2(oid: &[u8]) -> Option<MessageDigest> {
    match oid.strip_prefix(SHA2)? {
        [1] => Some(MessageDigest::sha256()),
        [2] => Some(MessageDigest::sha384()),
        [3] => Some(MessageDigest::sha512()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::der::{element, field};
    use super::*;

    fn certificate(algorithm: &[u8]) -> Vec<u8> {
        element(SEQUENCE, &[element(SEQUENCE, b"what is signed"), element(SEQUENCE, algorithm), element(3, &[0, 1])].concat())
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let oid = |prefix: &[u8], rest: &[u8]| element(OID, &[prefix, rest].concat());
        let pss = |hash: &[u8]| [oid(RSA, &[10]), element(SEQUENCE, hash)].concat();
        let named = field(0, SEQUENCE, &oid(SHA2, &[2]));
        for (algorithm, len) in [
            (oid(RSA, &[5]), 32),
            (oid(RSA, &[11]), 32),
            (oid(RSA, &[12]), 48),
            (oid(RSA, &[13]), 64),
            (pss(&[]), 32),
            (pss(&named), 48),
            (oid(ECDSA, &[1]), 32),
            (oid(ECDSA, &[3, 2]), 32),
            (oid(ECDSA, &[3, 4]), 64),
        ] {
            let certificate = certificate(&algorithm);
            let made = of_certificate(&certificate).unwrap();
            assert_eq!((&made[..PREFIX.len()], made.len() - PREFIX.len()), (PREFIX, len), "{algorithm:x?}");
        }
        // Ed25519 signs without a hash of its own.
        assert_eq!(of_certificate(&certificate(&element(OID, &[0x2b, 0x65, 0x70]))), None);
        for odd in [&b""[..], &[0x30], &[0x30, 0x80], &certificate(b"")] {
            assert_eq!(of_certificate(odd), None);
        }
    }
}
