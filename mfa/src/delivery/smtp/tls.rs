//! Whom we believe to be the mail server.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The trusted certificates.
pub(super) struct Trust {
    extra: Vec<CertificateDer<'static>>,
    /// Built at the first connection: it reads the certificates of the system.
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Trust {
    /// Trust in the system's authorities and those in `pem`.
    ///
    /// # Errors
    /// When `pem` is no PEM, or holds no certificates although it is not empty.
    pub(super) fn new(pem: &[u8]) -> Result<Self, String> {
        let extra: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let extra = extra.map_err(|e| format!("is no PEM file as it should be: {e}"))?;
        if extra.is_empty() && !pem.is_empty() {
            return Err("holds no certificate".to_owned());
        }
        let mut probe = RootCertStore::empty();
        for certificate in &extra {
            probe.add(certificate.clone()).map_err(|e| format!("holds a certificate that cannot be used: {e}"))?;
        }
        Ok(Self { extra, config: OnceLock::new() })
    }

    /// The client's side of TLS.
    ///
    /// # Errors
    /// When nobody is trusted at all.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, String> {
        self.config.get_or_init(|| self.build().map(Arc::new)).clone()
    }

    fn build(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        // What of the system's store cannot be read is not trusted.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(self.extra.iter().cloned());
        if roots.is_empty() {
            return Err("this machine trusts no certificate authority, and none is configured".to_owned());
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        Ok(versions.map_err(|e| e.to_string())?.with_root_certificates(roots).with_no_client_auth())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_read_at_the_start() {
        assert!(Trust::new(b"").is_ok());
        assert!(Trust::new(b"no PEM").is_err());
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(Trust::new(broken).is_err());
    }
}
