//! A certificate authority of its own for one test.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder};

/// A key and a certificate that signs others.
pub struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

fn key() -> Result<PKey<Private>, ErrorStack> {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&curve)?)
}

fn builder(name: &str, key: &PKey<Private>) -> Result<X509Builder, ErrorStack> {
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(120, MsbOption::MAYBE_ZERO, false)?;
    builder.set_serial_number(serial.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(named(name)?.as_ref())?;
    builder.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    builder.set_not_after(Asn1Time::days_from_now(30)?.as_ref())?;
    builder.set_pubkey(key)?;
    Ok(builder)
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When OpenSSL fails.
    pub fn new() -> Self {
        Self::make().expect("a certificate authority")
    }

    fn make() -> Result<Self, ErrorStack> {
        let key = key()?;
        let mut builder = builder("Test authority", &key)?;
        builder.set_issuer_name(named("Test authority")?.as_ref())?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Self { key, certificate: builder.build() })
    }

    /// Its certificate, as PEM.
    ///
    /// # Panics
    /// When OpenSSL fails.
    pub fn pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().expect("PEM")).expect("PEM is text")
    }

    /// Certificate and key, as PEM, of a server with these host names and addresses.
    ///
    /// # Panics
    /// When OpenSSL fails.
    pub fn issue(&self, names: &[&str]) -> (String, String) {
        let (certificate, key) = self.sign(names).expect("a certificate");
        let text = |pem: Vec<u8>| String::from_utf8(pem).expect("PEM is text");
        (text(certificate.to_pem().expect("PEM")), text(key.private_key_to_pem_pkcs8().expect("PEM")))
    }

    /// As [`Authority::issue`]; its own certificate is written to the file.
    ///
    /// # Panics
    /// When OpenSSL fails or the file cannot be written.
    pub fn issue_with_ca(&self, names: &[&str], ca: &std::path::Path) -> (String, String) {
        std::fs::write(ca, self.pem()).expect("a file");
        self.issue(names)
    }

    fn sign(&self, names: &[&str]) -> Result<(X509, PKey<Private>), ErrorStack> {
        let key = key()?;
        let mut builder = builder(names.first().copied().unwrap_or("server"), &key)?;
        builder.set_issuer_name(self.certificate.subject_name())?;
        let mut alternatives = SubjectAlternativeName::new();
        for name in names {
            if name.parse::<std::net::IpAddr>().is_ok() {
                alternatives.ip(name)
            } else {
                alternatives.dns(name)
            };
        }
        let alternatives = alternatives.build(&builder.x509v3_context(Some(&self.certificate), None))?;
        builder.append_extension(alternatives)?;
        builder.append_extension(BasicConstraints::new().build()?)?;
        builder.sign(&self.key, MessageDigest::sha256())?;
        Ok((builder.build(), key))
    }
}

fn named(name: &str) -> Result<X509Name, ErrorStack> {
    let mut builder = X509NameBuilder::new()?;
    builder.append_entry_by_nid(Nid::COMMONNAME, name)?;
    Ok(builder.build())
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
