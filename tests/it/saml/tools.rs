//! Answers and metadata before tools that we did not write: `xmlsec1` for signatures and encryption, `signxml` for RSA-PSS, which
//! Debian's `xmlsec1` does not know, `xmllint` with the schemas of OASIS.

use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::BASE64;
use db::Dialect;
use symbolon::sps::ChangeSp;

use super::{house, response};
use crate::support::{Browser, PASSWORD, TestApp};

const SCHEMAS: &str = "/usr/share/xml/opensaml";

/// Runs a tool that must succeed.
pub(super) fn run(command: &mut Command, package: &str) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e} (Debian packages: {package})"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&said));
}

pub(super) fn is_valid(file: &Path, schema: &str) {
    let mut lint = Command::new("xmllint");
    lint.args(["--noout", "--nonet", "--schema"]).arg(Path::new(SCHEMAS).join(schema)).arg(file);
    run(lint.env("XML_CATALOG_FILES", catalog(file)), "libxml2-utils opensaml-schemas xmltooling-schemas");
}

/// The schemas refer to each other by addresses of the web; here they are files.
fn catalog(beside: &Path) -> PathBuf {
    let catalog = beside.with_file_name("catalog.xml");
    let file = |at: &str, file: &str| format!("<system systemId=\"{at}\" uri=\"file://{file}\"/>");
    let tooling = "/usr/share/xml/xmltooling";
    let text = format!(
        "<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\">{}{}{}</catalog>",
        file(
            "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd",
            &format!("{tooling}/xmldsig-core-schema.xsd")
        ),
        file("http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd", &format!("{tooling}/xenc-schema.xsd")),
        file("http://www.w3.org/2001/xml.xsd", &format!("{tooling}/xml.xsd")),
    );
    std::fs::write(&catalog, text).unwrap();
    catalog
}

/// Whether a signature verifies with the certificate, and only with the text as it is.
pub(super) fn is_signed(file: &Path, certificate: &Path, element: &str, place: &str) {
    let verify = |file: &Path| {
        let mut verify = Command::new("xmlsec1");
        verify.args(["--verify", "--id-attr:ID", element, "--node-xpath", place, "--pubkey-cert-der"]);
        verify.arg(certificate).arg(file);
        verify
    };
    run(&mut verify(file), "xmlsec1");
    let changed = file.with_extension("changed");
    std::fs::write(&changed, std::fs::read_to_string(file).unwrap().replace("localhost", "otherhost")).unwrap();
    assert!(!verify(&changed).output().unwrap().status.success(), "xmlsec1 accepts anything");
}

/// The certificates in our metadata, as files.
pub(super) fn certificates(metadata: &str, dir: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (n, rest) in metadata.split("<md:KeyDescriptor ").skip(1).enumerate() {
        let packed = rest.split("<ds:X509Certificate>").nth(1).unwrap().split('<').next().unwrap();
        let path = dir.join(format!("{n}.der"));
        std::fs::write(&path, BASE64.decode(packed.as_bytes()).unwrap()).unwrap();
        paths.push(path);
    }
    paths
}

/// The elements of each file that carry a signature, all of which verify as RSA-PSS with the certificate.
fn signed_with_pss(files: &[PathBuf], certificate: &Path) -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut verify = Command::new(here.join("target/peers/bin/python"));
    verify.arg(here.join("tests/it/saml/verify_pss.py")).arg(certificate).args(files);
    let output = verify.output().unwrap_or_else(|e| panic!("{verify:?}: {e}: run `scripts/install test`"));
    assert!(output.status.success(), "{verify:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A key of a service provider: its file, and its certificate as metadata has it.
fn key_of_sp(dir: &Path) -> (PathBuf, String) {
    let (key, certificate) = (dir.join("sp.key"), dir.join("sp.crt"));
    let mut make = Command::new("openssl");
    make.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=sp", "-outform", "DER", "-keyout"]);
    run(make.arg(&key).arg("-out").arg(&certificate), "openssl");
    (key, BASE64.encode(&std::fs::read(certificate).unwrap()))
}

/// The assertion in an answer, decrypted with the key, as a document of its own.
fn decrypted(file: &Path, key: &Path) -> PathBuf {
    let (opened, alone) = (file.with_extension("opened"), file.with_extension("assertion"));
    let mut decrypt = Command::new("xmlsec1");
    decrypt.args(["--decrypt", "--node-xpath", "//*[local-name()='EncryptedData']", "--privkey-pem"]).arg(key);
    run(decrypt.arg("--output").arg(&opened).arg(file), "xmlsec1");
    let text = std::fs::read_to_string(&opened).unwrap();
    let (start, end) = (text.find("<saml:Assertion ").unwrap(), text.find("</saml:EncryptedAssertion>").unwrap());
    std::fs::write(&alone, &text[start..end]).unwrap();
    is_valid(&alone, "saml-schema-assertion-2.0.xsd");
    alone
}

pub(super) const SIGNATURE: &str = "*[local-name()='Signature']";
const RESPONSE: &str = "urn:oasis:names:tc:SAML:2.0:protocol:Response";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion";

/// One kind of answer.
struct Kind {
    algorithm: &'static str,
    sign: &'static str,
    encrypted: bool,
}

impl Kind {
    fn all() -> impl Iterator<Item = Self> {
        let algorithms = ["rsa-sha256", "rsa-sha384", "rsa-sha512", "rsa-pss-sha256", "ecdsa-sha256", "ecdsa-sha384"];
        let kinds = algorithms.into_iter().flat_map(|algorithm| ["both", "assertion", "response"].map(|sign| (algorithm, sign)));
        kinds.flat_map(|(algorithm, sign)| [false, true].map(|encrypted| Self { algorithm, sign, encrypted }))
    }

    fn settings(&self) -> [(&'static str, &'static str); 4] {
        let encrypt = if self.encrypted { "always" } else { "never" };
        [("id", "plain"), ("sign", self.sign), ("signature_algorithm", self.algorithm), ("encrypt", encrypt)]
    }

    /// Whether the response is signed: around what is encrypted it always is.
    fn response(&self) -> bool {
        self.sign != "assertion" || self.encrypted
    }

    fn assertion(&self) -> bool {
        self.sign != "response"
    }

    fn name(&self) -> String {
        format!("{}-{}-{}.xml", self.algorithm, self.sign, self.encrypted)
    }
}

db::on_every_database![metadata_verifies_and_is_valid, metadata_tells_what_is_configured, every_answer_verifies_and_is_valid,];

async fn metadata_verifies_and_is_valid(on: Dialect) {
    let (app, dir) = (house(on).await, tempfile::tempdir().unwrap());
    let metadata = app.get("/saml/metadata").await.text;
    let file = dir.path().join("idp.xml");
    std::fs::write(&file, &metadata).unwrap();
    is_valid(&file, "saml-schema-metadata-2.0.xsd");
    let keys = certificates(&metadata, dir.path());
    is_signed(&file, &keys[0], "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor", &format!("/*/{SIGNATURE}"));
}

async fn every_answer_verifies_and_is_valid(on: Dialect) {
    let (app, dir) = (house(on).await, tempfile::tempdir().unwrap());
    let present = certificates(&app.get("/saml/metadata").await.text, dir.path()).len();
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "plain"), ("signature_algorithm", "ecdsa-sha384")]).await;
    let keys = certificates(&app.get("/saml/metadata").await.text, dir.path());
    assert_eq!((present, keys.len()), (2, 3), "a key that nobody wants is not made");
    let (key, certificate) = key_of_sp(dir.path());
    let descriptor = format!(
        "<KeyDescriptor><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{certificate}\
         </X509Certificate></X509Data></KeyInfo></KeyDescriptor><AssertionConsumerService"
    );
    let described = super::metadata("urn:example:plain").replace("<AssertionConsumerService", &descriptor);
    let names = r#"{"email": {"name": "urn:oid:0.9.2342.19200300.100.1.3", "format": "uri", "friendly_name": "mail"}}"#;
    let settings = [("id", "plain"), ("idp_initiated", "true"), ("session_lifetime", "600"), ("attribute_names", names)];
    app.operate(&ChangeSp(app.app.sps.clone()), &[&settings[..], &[("metadata", &described)]].concat()).await;
    let mut browser = Browser::fresh(&app);
    let (path, page) = browser.begin("/saml/sso?sp=plain&RelayState=x").await;
    browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await;
    let mut with_pss = Vec::new();
    for kind in Kind::all() {
        app.operate(&ChangeSp(app.app.sps.clone()), &kind.settings()).await;
        let file = dir.path().join(kind.name());
        std::fs::write(&file, response(&browser.get("/saml/sso?sp=plain").await)).unwrap();
        is_valid(&file, "saml-schema-protocol-2.0.xsd");
        let opened = if kind.encrypted { decrypted(&file, &key) } else { file.clone() };
        if kind.algorithm == "rsa-pss-sha256" {
            with_pss.push((kind, file, opened));
            continue;
        }
        let ours = match kind.algorithm {
            "ecdsa-sha256" => &keys[1],
            "ecdsa-sha384" => &keys[2],
            _ => &keys[0],
        };
        if kind.response() {
            is_signed(&file, ours, RESPONSE, &format!("/*/{SIGNATURE}"));
        }
        if kind.assertion() {
            is_signed(&opened, ours, ASSERTION, &format!("//*[local-name()='Assertion']/{SIGNATURE}"));
        }
    }
    pss_verifies(&with_pss, &keys[0]);
}

fn pss_verifies(answers: &[(Kind, PathBuf, PathBuf)], certificate: &Path) {
    assert_eq!(answers.len(), 6);
    let sent: Vec<PathBuf> = answers.iter().map(|(_, sent, _)| sent.clone()).collect();
    for ((kind, ..), signed) in answers.iter().zip(signed_with_pss(&sent, certificate)) {
        let readable = kind.assertion() && !kind.encrypted;
        let expected =
            [("Response", kind.response()), ("Assertion", readable)].map(|(name, there)| if there { name } else { "" });
        assert_eq!(signed, expected.join(" ").trim(), "{}", kind.name());
    }
    for (kind, _, opened) in answers.iter().filter(|(kind, ..)| kind.encrypted) {
        let expected = if kind.assertion() { "Assertion" } else { "" };
        assert_eq!(signed_with_pss(std::slice::from_ref(opened), certificate), [expected], "{}", kind.name());
    }
}

async fn metadata_tells_what_is_configured(on: Dialect) {
    let settings = [
        ("saml.organization", "Example & Sons"),
        ("saml.organization_url", "https://example.org/"),
        ("saml.technical_contact", "admin@example.org"),
        ("saml.support_contact", "help@example.org"),
        ("saml.security_contact", "security@example.org"),
        ("saml.description", "Signs people in."),
        ("saml.information_url", "https://example.org/about"),
        ("saml.privacy_url", "https://example.org/privacy"),
        ("saml.logo_url", "https://example.org/logo.svg"),
        ("saml.metadata_cache", "90m"),
        ("saml.metadata_valid", "7d"),
    ];
    let app = TestApp::with(on, &settings).await;
    app.app.ring.announce(keys::Use::Saml, keys::Successor::Announced, &keys::Unnoted).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let metadata = app.get("/saml/metadata").await.text;
    let file = dir.path().join("idp.xml");
    std::fs::write(&file, &metadata).unwrap();
    is_valid(&file, "saml-schema-metadata-2.0.xsd");
    let keys = certificates(&metadata, dir.path());
    assert_eq!(keys.len(), 4, "those that sign, and the next ones");
    is_signed(&file, &keys[0], "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor", &format!("/*/{SIGNATURE}"));
    for text in [
        "Example &amp; Sons</md:OrganizationName>",
        "remd:contactType=\"http://refeds.org/metadata/contactType/security\"",
        "mailto:security@example.org",
        "<mdui:Logo height=\"60\" width=\"200\">https://example.org/logo.svg</mdui:Logo>",
        "cacheDuration=\"PT90M\"",
        "validUntil=\"2026-03-08T12:00:00Z\"",
    ] {
        assert!(metadata.contains(text), "{text}: {metadata}");
    }
}
