//! Assertions for the eyes of one party: encrypted to a key of its metadata (SAML core 2.3.4, XML Encryption 1.1).
//!
//! The content is sealed with AES-GCM, so that nobody can change it unseen. CBC, which decrypting oracles break, is used for nobody
//! but parties that are set up for it and name nothing better.

use data_encoding::BASE64;
use kernel::{Entropy, SecretBytes};
use openssl::encrypt::Encrypter;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Padding;
use openssl::symm::{Cipher, encrypt, encrypt_aead};
use openssl::x509::X509;

use super::names::{algorithm, ns};
use super::xml::write::Writer;
use crate::party::sp::EncryptionKey;

const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
const IV: usize = 12;
const BLOCK: usize = 16;
const TAG: usize = 16;

/// A key of a party that something can be encrypted to, and how.
pub struct Recipient {
    key: PKey<Public>,
    certificate: String,
    content: (&'static str, Cipher),
    is_cbc: bool,
    transport: &'static str,
}

impl Recipient {
    /// The first key that we can encrypt to, by what its party names for it: the strongest content encryption that both have, and
    /// the transport that everybody has unless the newer one is named.
    pub fn of(keys: &[EncryptionKey], allow_cbc: bool) -> Option<Self> {
        let old = || keys.iter().filter(|_| allow_cbc).find_map(|key| Self::read(key, true));
        keys.iter().find_map(|key| Self::read(key, false)).or_else(old)
    }

    /// Whether somebody could change what is encrypted, and learn from what the party says to it.
    pub const fn is_cbc(&self) -> bool {
        self.is_cbc
    }

    fn read(key: &EncryptionKey, is_cbc: bool) -> Option<Self> {
        let names = |name: &str| key.methods.iter().any(|method| method == name);
        let contents = match is_cbc {
            false => [(algorithm::AES256_GCM, Cipher::aes_256_gcm()), (algorithm::AES128_GCM, Cipher::aes_128_gcm())],
            true => [(algorithm::AES256_CBC, Cipher::aes_256_cbc()), (algorithm::AES128_CBC, Cipher::aes_128_cbc())],
        };
        let any_named = key.methods.iter().any(|method| !algorithm::TRANSPORTS.contains(&method.as_str()));
        let content = contents.into_iter().find(|(name, _)| !any_named || names(name))?;
        let transport = match names(algorithm::OAEP) && !names(algorithm::OAEP_MGF1P) {
            true => algorithm::OAEP,
            false => algorithm::OAEP_MGF1P,
        };
        let public = X509::from_der(&key.der).ok()?.public_key().ok().filter(|public| public.id() == Id::RSA)?;
        Some(Self { key: public, certificate: BASE64.encode(&key.der), content, is_cbc, transport })
    }

    /// An `EncryptedAssertion` around an assertion, in canonical form as everything that we write.
    ///
    /// # Errors
    /// When OpenSSL refuses.
    pub(crate) fn encrypt(&self, chance: &Entropy, assertion: &str) -> Result<String, ErrorStack> {
        let (method, cipher) = self.content;
        let secret = SecretBytes::new(chance.vec(cipher.key_len()));
        let content = if self.is_cbc {
            // The padding of OpenSSL is one that XML Encryption allows (5.2).
            let iv = chance.bytes::<BLOCK>();
            [&iv[..], &encrypt(cipher, secret.expose(), Some(&iv), assertion.as_bytes())?].concat()
        } else {
            let (iv, mut tag) = (chance.bytes::<IV>(), [0; TAG]);
            let sealed = encrypt_aead(cipher, secret.expose(), Some(&iv), &[], assertion.as_bytes(), &mut tag)?;
            [&iv[..], &sealed, &tag].concat()
        };
        let content = BASE64.encode(&content);
        let wrapped = BASE64.encode(&self.wrap(secret.expose())?);
        let mut w = Writer::default();
        w.element("saml:EncryptedAssertion", &[("xmlns:saml", ns::ASSERTION)], |w| {
            w.element("xenc:EncryptedData", &[("xmlns:xenc", ns::ENCRYPTION), ("Type", ELEMENT)], |w| {
                w.leaf("xenc:EncryptionMethod", &[("Algorithm", method)], "");
                w.element("ds:KeyInfo", &[("xmlns:ds", ns::SIGNATURE)], |w| self.encrypted_key(w, &wrapped));
                w.element("xenc:CipherData", &[], |w| w.leaf("xenc:CipherValue", &[], &content));
            });
        });
        Ok(w.finish())
    }

    fn encrypted_key(&self, w: &mut Writer, wrapped: &str) {
        w.element("xenc:EncryptedKey", &[], |w| {
            w.element("xenc:EncryptionMethod", &[("Algorithm", self.transport)], |w| {
                // Of OAEP, where collisions do no harm; the digest that every party has.
                w.leaf("ds:DigestMethod", &[("Algorithm", algorithm::SHA1_OF_OAEP)], "");
                if self.transport == algorithm::OAEP {
                    w.leaf("xenc11:MGF", &[("xmlns:xenc11", ns::ENCRYPTION_11), ("Algorithm", algorithm::MGF1_SHA1)], "");
                }
            });
            w.element("ds:KeyInfo", &[], |w| {
                w.element("ds:X509Data", &[], |w| w.leaf("ds:X509Certificate", &[], &self.certificate));
            });
            w.element("xenc:CipherData", &[], |w| w.leaf("xenc:CipherValue", &[], wrapped));
        });
    }

    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut encrypter = Encrypter::new(&self.key)?;
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
        encrypter.set_rsa_oaep_md(MessageDigest::sha1())?;
        encrypter.set_rsa_mgf1_md(MessageDigest::sha1())?;
        let mut out = vec![0; encrypter.encrypt_len(secret)?];
        let len = encrypter.encrypt(secret, &mut out)?;
        out.truncate(len);
        Ok(out)
    }
}
