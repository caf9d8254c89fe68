//! Client assertions: JSON Web Tokens by which a client with a certificate proves itself at a token endpoint (RFC 7523, section 2.2).

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use kernel::SecretText;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private};
use openssl::sign::Signer;
use serde_json::{Map, Value, json};

/// Files with keys are not larger.
const MAX_FILE: u64 = 1 << 20;
/// The least bits of an RSA key.
const MIN_BITS: u32 = 2048;

/// A key cannot be used for assertions.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AssertionError {
    /// The file cannot be read.
    #[error("{0} cannot be read as a file")]
    File(String),
    /// It holds no key that the password opens.
    #[error("there is no RSA key of at least 2048 bits that the password opens")]
    Key,
    /// The fingerprint is none.
    #[error("the fingerprint is not SHA-1 or SHA-256 in hexadecimal digits")]
    Fingerprint,
    /// It was not possible to sign.
    #[error("the assertion cannot be signed")]
    Sign,
}

/// The key of a certificate that the other side knows.
#[derive(Clone)]
pub struct ClientKey {
    key: PKey<Private>,
    /// Name and value of the member of the header that names the certificate.
    certificate: (&'static str, String),
}

impl ClientKey {
    /// Reads a PEM file; the fingerprint is that of the certificate, in hexadecimal digits.
    ///
    /// # Errors
    /// [`AssertionError`].
    pub fn read(path: &str, password: Option<&SecretText>, fingerprint: &str) -> Result<Self, AssertionError> {
        let unreadable = || AssertionError::File(path.to_owned());
        let meta = std::fs::metadata(path).map_err(|_| unreadable())?;
        if !meta.is_file() || meta.len() > MAX_FILE {
            return Err(unreadable());
        }
        let pem = zeroize::Zeroizing::new(std::fs::read(path).map_err(|_| unreadable())?);
        // With a callback nobody is asked for a password at the terminal.
        let key = PKey::private_key_from_pem_callback(&pem, |buffer| {
            let password = password.map(SecretText::expose).unwrap_or_default().as_bytes();
            let password = if password.len() <= buffer.len() { password } else { &[] };
            buffer[..password.len()].copy_from_slice(password);
            Ok(password.len())
        });
        let key = key.ok().filter(|key| key.id() == Id::RSA && key.bits() >= MIN_BITS).ok_or(AssertionError::Key)?;
        let digits: String = fingerprint.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let digest = HEXLOWER.decode(digits.to_ascii_lowercase().as_bytes()).map_err(|_| AssertionError::Fingerprint)?;
        let name = match digest.len() {
            20 => "x5t",
            32 => "x5t#S256",
            _ => return Err(AssertionError::Fingerprint),
        };
        Ok(Self { key, certificate: (name, BASE64URL_NOPAD.encode(&digest)) })
    }
}

/// Signs claims (RS256).
///
/// # Errors
/// [`AssertionError::Sign`].
pub fn sign(key: &ClientKey, claims: &Map<String, Value>) -> Result<SecretText, AssertionError> {
    let header = json!({ "alg": "RS256", "typ": "JWT", key.certificate.0: key.certificate.1 }).to_string();
    let claims = Value::Object(claims.clone()).to_string();
    let input = format!("{}.{}", BASE64URL_NOPAD.encode(header.as_bytes()), BASE64URL_NOPAD.encode(claims.as_bytes()));
    let signature =
        Signer::new(MessageDigest::sha256(), &key.key).and_then(|mut signer| signer.sign_oneshot_to_vec(input.as_bytes()));
    let signature = signature.map_err(|_| AssertionError::Sign)?;
    Ok(SecretText::new(format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))))
}

#[cfg(test)]
mod tests {
    use openssl::rsa::Rsa;
    use openssl::sign::Verifier;
    use openssl::symm::Cipher;

    use super::*;

    #[test]
    fn assertions_verify_with_the_public_key() {
        let dir = tempfile::tempdir().unwrap();
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(path("plain"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        let sealed = key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"geheim").unwrap();
        std::fs::write(path("sealed"), sealed).unwrap();
        let small = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
        std::fs::write(path("small"), small.private_key_to_pem_pkcs8().unwrap()).unwrap();
        let sha1 = "AB:".repeat(19) + "AB";
        let right = SecretText::new("geheim");
        for (file, password) in [("plain", None), ("sealed", Some(&right))] {
            let signed = sign(&ClientKey::read(&path(file), password, &sha1).unwrap(), &Map::new()).unwrap();
            let (input, signature) = signed.expose().rsplit_once('.').unwrap();
            let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
            verifier.update(input.as_bytes()).unwrap();
            assert!(verifier.verify(&BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap()).unwrap());
            let header = BASE64URL_NOPAD.decode(input.split('.').next().unwrap().as_bytes()).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            assert_eq!(header["x5t"], BASE64URL_NOPAD.encode(&[0xab; 20]));
        }
        for (file, password, fingerprint) in [
            ("sealed", None, sha1.as_str()),
            ("sealed", Some(&SecretText::new("falsch")), sha1.as_str()),
            ("sealed", Some(&SecretText::new("x".repeat(5000))), sha1.as_str()),
            ("small", None, sha1.as_str()),
            ("none", None, sha1.as_str()),
            ("plain", None, "abcd"),
            ("plain", None, "not hexadecimal"),
        ] {
            assert!(ClientKey::read(&path(file), password, fingerprint).is_err(), "{file} {fingerprint}");
        }
    }
}
