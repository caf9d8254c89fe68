//! TLS to directories: own certificates or those of the system, a least version, and, where it was configured so, no check.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::config::TlsWanted;

const MAX_FILE: u64 = 4 << 20;

/// Makes TLS connections. The certificates are read at the first one.
pub(super) struct Tls {
    wanted: TlsWanted,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    pub(super) fn new(wanted: TlsWanted) -> Self {
        Self { wanted, config: OnceCell::new() }
    }

    /// Whether certificate and name are checked.
    pub(super) fn verifies(&self) -> bool {
        self.wanted.verify
    }

    /// Shakes hands with the server of this name.
    ///
    /// # Errors
    /// Says what is wrong: with the certificates of ours, or with the server.
    pub(super) async fn connect<S>(&self, host: &str, stream: S, patience: Duration) -> Result<TlsStream<S>, String>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = self.config.get_or_try_init(|| load(self.wanted.clone())).await?;
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| format!("`{host}` is no name that a certificate could have"))?;
        match tokio::time::timeout(patience, TlsConnector::from(Arc::clone(config)).connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(e)) => Err(e.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

async fn load(wanted: TlsWanted) -> Result<Arc<ClientConfig>, String> {
    let made = tokio::task::spawn_blocking(move || config(&wanted)).await;
    made.map_err(|e| e.to_string())?.map(Arc::new)
}

fn config(wanted: &TlsWanted) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions: &[&rustls::SupportedProtocolVersion] =
        if wanted.only_13 { &[&rustls::version::TLS13] } else { &[&rustls::version::TLS13, &rustls::version::TLS12] };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions);
    let builder = builder.map_err(|e| e.to_string())?;
    if !wanted.verify {
        let verifier = Arc::new(Unchecked(provider));
        return Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth());
    }
    Ok(builder.with_root_certificates(roots(&wanted.ca)?).with_no_client_auth())
}

fn roots(ca: &str) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    if ca.is_empty() {
        let (added, _) = store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return if added > 0 { Ok(store) } else { Err("the system has no certificates to trust: set TLS_CA_FILE".to_owned()) };
    }
    let pem = if ca.contains("-----BEGIN") { ca.as_bytes().to_vec() } else { file(ca)? };
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| "TLS_CA_FILE is not PEM".to_owned())?;
        store.add(certificate).map_err(|e| format!("TLS_CA_FILE: {e}"))?;
    }
    if store.is_empty() {
        return Err("TLS_CA_FILE has no certificate in it".to_owned());
    }
    Ok(store)
}

fn file(path: &str) -> Result<Vec<u8>, String> {
    let meta = std::fs::metadata(path).map_err(|e| format!("TLS_CA_FILE {path}: {e}"))?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        return Err(format!("TLS_CA_FILE {path}: it is no regular file, or too big"));
    }
    std::fs::read(path).map_err(|e| format!("TLS_CA_FILE {path}: {e}"))
}

/// Takes every certificate, as `TLS_VERIFY = False` demands; that its key signed the handshake is checked all the same.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
