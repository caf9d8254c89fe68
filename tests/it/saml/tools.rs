//! Answers and metadata before tools that we did not write: `xmlsec1` for every signature, `xmllint` with the schemas of OASIS.

use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::BASE64;
use db::Dialect;
use symbolon::sps::ChangeSp;

use super::{house, response};
use crate::support::{Browser, PASSWORD};

const SCHEMAS: &str = "/usr/share/xml/opensaml";

/// Runs a tool that must succeed.
fn run(command: &mut Command, package: &str) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e} (Debian packages: {package})"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&said));
}

fn is_valid(file: &Path, schema: &str) {
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
fn is_signed(file: &Path, certificate: &Path, element: &str, place: &str) {
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
fn certificates(metadata: &str, dir: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (n, rest) in metadata.split("<md:KeyDescriptor ").skip(1).enumerate() {
        let packed = rest.split("<ds:X509Certificate>").nth(1).unwrap().split('<').next().unwrap();
        let path = dir.join(format!("{n}.der"));
        std::fs::write(&path, BASE64.decode(packed.as_bytes()).unwrap()).unwrap();
        paths.push(path);
    }
    paths
}

const SIGNATURE: &str = "*[local-name()='Signature']";

db::on_every_database![every_answer_verifies_and_is_valid];

async fn every_answer_verifies_and_is_valid(on: Dialect) {
    let app = house(on).await;
    let dir = tempfile::tempdir().unwrap();
    let metadata = app.get("/saml/metadata").await.text;
    let file = dir.path().join("idp.xml");
    std::fs::write(&file, &metadata).unwrap();
    is_valid(&file, "saml-schema-metadata-2.0.xsd");
    let keys = certificates(&metadata, dir.path());
    is_signed(&file, &keys[0], "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor", &format!("/*/{SIGNATURE}"));
    let names = r#"{"email": {"name": "urn:oid:0.9.2342.19200300.100.1.3", "format": "uri", "friendly_name": "mail"}}"#;
    let settings = [("id", "plain"), ("idp_initiated", "true"), ("session_lifetime", "600"), ("attribute_names", names)];
    app.operate(&ChangeSp(app.app.sps.clone()), &settings).await;
    let mut browser = Browser::fresh(&app);
    let (path, page) = browser.begin("/saml/sso?sp=plain&RelayState=x").await;
    browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await;
    for algorithm in ["rsa-sha256", "rsa-sha384", "rsa-sha512", "rsa-pss-sha256", "ecdsa-sha256"] {
        for sign in ["both", "assertion", "response"] {
            let settings = [("id", "plain"), ("sign", sign), ("signature_algorithm", algorithm)];
            app.operate(&ChangeSp(app.app.sps.clone()), &settings).await;
            let xml = response(&browser.get("/saml/sso?sp=plain").await);
            let file = dir.path().join(format!("{algorithm}-{sign}.xml"));
            std::fs::write(&file, xml).unwrap();
            is_valid(&file, "saml-schema-protocol-2.0.xsd");
            let key = &keys[usize::from(algorithm.starts_with("ecdsa"))];
            // What this version of xmlsec1 does not know is verified by another library where answers are made.
            let known = algorithm != "rsa-pss-sha256";
            if known && sign != "assertion" {
                is_signed(&file, key, "urn:oasis:names:tc:SAML:2.0:protocol:Response", &format!("/*/{SIGNATURE}"));
            }
            if known && sign != "response" {
                let place = format!("/*/*[local-name()='Assertion']/{SIGNATURE}");
                is_signed(&file, key, "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", &place);
            }
        }
    }
}
