//! Who publishes metadata: a web server with a certificate of its own authority, and `xmlsec1`, which signs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::response::IntoResponse;
use axum_server::tls_rustls::RustlsConfig;
use http::StatusCode;
use tempfile::TempDir;
use testbed::Authority;

/// What it answers: status, body, and how that is packed.
type Given = (u16, Vec<u8>, &'static str);

/// A running web server with one document.
pub struct Publisher {
    pub url: String,
    dir: TempDir,
    answer: Arc<Mutex<Given>>,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        std::fs::write(dir.path().join("ca.pem"), authority.pem()).unwrap();
        let (certificate, key) = authority.issue(&["localhost"]);
        let tls = RustlsConfig::from_pem(certificate.into_bytes(), key.into_bytes()).await.unwrap();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let url = format!("https://localhost:{}/metadata.xml", socket.local_addr().unwrap().port());
        let (answer, asked) = (Arc::new(Mutex::new((404, Vec::new(), "identity"))), Arc::new(AtomicUsize::new(0)));
        let (answers, count) = (Arc::clone(&answer), Arc::clone(&asked));
        let app = Router::new().fallback(move || {
            count.fetch_add(1, Ordering::SeqCst);
            let (status, body, packed) = answers.lock().unwrap().clone();
            let location = if status == 302 { String::from_utf8(body.clone()).unwrap() } else { "/".to_owned() };
            let headers = [("location", location), ("content-encoding", packed.to_owned())];
            async move { (StatusCode::from_u16(status).unwrap(), headers, body).into_response() }
        });
        tokio::spawn(axum_server::from_tcp_rustls(socket, tls).unwrap().serve(app.into_make_service()));
        Self { url, dir, answer, asked }
    }

    /// Settings with which the program may call it.
    pub fn settings(&self) -> [(&'static str, String); 2] {
        [("outbound.allow", "localhost".to_owned()), ("outbound.extra_ca", self.dir.path().join("ca.pem").display().to_string())]
    }

    pub fn publish(&self, text: &str) {
        self.answer(200, text);
    }

    /// Publishes it packed by `gzip`, whether that is asked for or not.
    pub fn publish_compressed(&self, text: &str) {
        let file = self.dir.path().join("text");
        std::fs::write(&file, text).unwrap();
        let packed = Command::new("gzip").arg("--stdout").arg(file).output().unwrap();
        assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
        *self.answer.lock().unwrap() = (200, packed.stdout, "gzip");
    }

    pub fn answer(&self, status: u16, text: &str) {
        *self.answer.lock().unwrap() = (status, text.as_bytes().to_vec(), "identity");
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A key that signs metadata, and its certificate.
pub struct Signer {
    dir: TempDir,
}

impl Signer {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=federation", "-keyout"]);
        let made = command.arg(dir.path().join("key.pem")).arg("-out").arg(dir.path().join("cert.pem")).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { dir }
    }

    pub fn certificate_file(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    /// The certificate, PEM.
    pub fn certificate(&self) -> String {
        std::fs::read_to_string(self.certificate_file()).unwrap()
    }

    /// The certificate as metadata holds it.
    pub fn base64(&self) -> String {
        self.certificate().lines().filter(|line| !line.starts_with("-----")).collect()
    }

    /// Has `xmlsec1` sign a document whose outermost element is `element` and holds a [`template`]; the file stays.
    pub fn sign_file(&self, xml: &str, element: &str) -> PathBuf {
        let (unsigned, signed) = (self.dir.path().join("unsigned.xml"), self.dir.path().join("signed.xml"));
        std::fs::write(&unsigned, xml).unwrap();
        let keys = format!("{},{}", self.dir.path().join("key.pem").display(), self.certificate_file().display());
        let mut sign = Command::new("xmlsec1");
        sign.arg("--sign").arg("--id-attr:ID").arg(format!("urn:oasis:names:tc:SAML:2.0:metadata:{element}"));
        sign.args(["--privkey-pem", &keys, "--output"]).arg(&signed).arg(&unsigned);
        let done = sign.output().unwrap_or_else(|e| panic!("xmlsec1: {e} (Debian package: xmlsec1)"));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        signed
    }

    pub fn sign(&self, xml: &str, element: &str) -> String {
        std::fs::read_to_string(self.sign_file(xml, element)).unwrap()
    }
}

/// Whether `xmlsec1` takes a signature for one of this certificate.
pub fn verifies(file: &Path, certificate: &Path, element: &str) -> bool {
    let mut verify = Command::new("xmlsec1");
    verify.arg("--verify").arg("--id-attr:ID").arg(format!("urn:oasis:names:tc:SAML:2.0:metadata:{element}"));
    verify.arg("--pubkey-cert-pem").arg(certificate).arg(file).output().unwrap().status.success()
}

/// The place of a signature over the element with this ID.
pub fn template(id: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature>"
    )
}

/// A service provider that describes itself: `attributes` of the outermost element, and what stands in it and in its role first.
pub fn entity(entity_id: &str, attributes: &str, first: &str, role: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity_id}\" {attributes}>{first}\
         <md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{role}<md:AssertionConsumerService \
         index=\"0\" Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example/acs\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>\n"
    )
}

/// A key of a service provider.
pub fn key(base64: &str) -> String {
    format!(
        "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
         <ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
}
