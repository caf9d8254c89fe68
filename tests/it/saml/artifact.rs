//! Answers that a service provider fetches; what it signs is signed by `openssl` and `xmlsec1`.

use std::path::Path;
use std::process::Command;

use axum::body::Body;
use data_encoding::BASE64;
use db::Dialect;
use symbolon::sps::AddSp;

use super::tools::{SIGNATURE, certificates, is_signed, is_valid, run};
use super::{ask, form_of, house};
use crate::support::{Answer, Browser, PASSWORD, TestApp, request};

const ENTITY: &str = "urn:example:fetcher";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

db::on_every_database![a_service_provider_fetches_its_answer, who_may_not_fetch_is_told_so, who_is_nobody_has_few_refusals_kept,];

/// A key and its certificate, as files.
pub(super) fn key(dir: &Path) {
    let mut make = Command::new("openssl");
    make.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=fetcher", "-days", "2", "-keyout"]);
    make.arg(dir.join("key.pem")).arg("-out").arg(dir.join("cert.pem"));
    run(&mut make, "openssl");
}

fn metadata(dir: &Path) -> String {
    with_key(
        ENTITY,
        dir,
        "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\" Location=\"https://fetcher.example/art\"",
    )
}

/// Metadata of a party with the key in this place, which takes answers here.
pub(super) fn with_key(entity: &str, dir: &Path, consumer: &str) -> String {
    let pem = std::fs::read_to_string(dir.join("cert.pem")).unwrap();
    let certificate: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    format!(
        "<EntityDescriptor entityID=\"{entity}\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">\
         <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><ds:KeyInfo \
         xmlns:ds=\"{DS}\"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
         </KeyDescriptor><AssertionConsumerService {consumer} index=\"0\"/></SPSSODescriptor></EntityDescriptor>"
    )
}

/// What is sent to fetch an answer.
fn resolve(dir: &Path, artifact: &str, is_signed: bool) -> String {
    message_of("ArtifactResolve", ENTITY, &format!("<samlp:Artifact>{artifact}</samlp:Artifact>"), is_signed.then_some(dir))
}

/// A message of a party; signed with the key in this place, if there is one.
pub(super) fn message_of(element: &str, entity: &str, content: &str, key: Option<&Path>) -> String {
    message_with((element, "_ask", ""), entity, content, key)
}

/// The same with this ID and these attributes.
pub(super) fn message_with(
    (element, id, attributes): (&str, &str, &str),
    entity: &str,
    content: &str,
    key: Option<&Path>,
) -> String {
    let template = format!(
        "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{DS}enveloped-signature\"/><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         </ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference>\
         </ds:SignedInfo><ds:SignatureValue/></ds:Signature>"
    );
    let message = format!(
        "<samlp:{element} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"2026-03-01T12:00:00Z\" {attributes}><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{entity}</saml:Issuer>\
         {}{content}</samlp:{element}>",
        if key.is_some() { &*template } else { "" }
    );
    let Some(dir) = key else { return message };
    let (plain, out) = (dir.join("ask.xml"), dir.join("asked.xml"));
    std::fs::write(&plain, message).unwrap();
    let mut sign = Command::new("xmlsec1");
    let named = format!("urn:oasis:names:tc:SAML:2.0:protocol:{element}");
    sign.args(["--sign", "--id-attr:ID", &named, "--privkey-pem"]);
    run(sign.arg(dir.join("key.pem")).arg("--output").arg(&out).arg(&plain), "xmlsec1");
    let text = std::fs::read_to_string(out).unwrap();
    text.strip_prefix("<?xml version=\"1.0\"?>\n").unwrap_or(&text).trim().to_owned()
}

pub(super) fn envelope(header: &str, message: &str) -> String {
    format!("<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">{header}<e:Body>{message}</e:Body></e:Envelope>")
}

async fn send(app: &TestApp, text: String) -> Answer {
    app.send(request("POST", "/saml/artifact").header("content-type", "text/xml").body(Body::from(text)).unwrap()).await
}

/// The house with a service provider that fetches, and an artifact for it.
async fn begun(on: Dialect, dir: &Path) -> (TestApp, String) {
    let app = house(on).await;
    key(dir);
    let metadata = metadata(dir);
    let settings = [("id", "fetcher"), ("metadata", &*metadata), ("response_binding", "artifact"), ("idp_initiated", "true")];
    app.operate(&AddSp(app.app.sps.clone()), &settings).await;
    let mut browser = Browser::fresh(&app);
    let (path, page) = browser.begin("/saml/sso?sp=fetcher&RelayState=x").await;
    let page = browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await;
    assert!(
        page.text.contains("action=\"https://fetcher.example/art\"") && page.field("SAMLResponse").is_none(),
        "{}",
        page.text
    );
    assert_eq!(page.field("RelayState").as_deref(), Some("x"));
    let artifact = page.field("SAMLart").unwrap();
    (app, artifact)
}

/// The message in an answer's body.
pub(super) fn message(answer: &Answer) -> &str {
    let from = answer.text.find("<soap11:Body>").unwrap() + "<soap11:Body>".len();
    &answer.text[from..answer.text.find("</soap11:Body>").unwrap()]
}

async fn a_service_provider_fetches_its_answer(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let (app, artifact) = begun(on, dir.path()).await;
    let asked = envelope("", &resolve(dir.path(), &artifact, true));
    let answer = send(&app, asked.clone()).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/xml; charset=utf-8"), "{}", answer.text);
    assert!(answer.text.contains(">hans@example.org<"), "{}", answer.text);
    let file = dir.path().join("response.xml");
    std::fs::write(&file, message(&answer)).unwrap();
    is_valid(&file, "saml-schema-protocol-2.0.xsd");
    let keys = certificates(&app.get("/saml/metadata").await.text, dir.path());
    let protocol = |name: &str| format!("urn:oasis:names:tc:SAML:2.0:protocol:{name}");
    is_signed(&file, &keys[0], &protocol("ArtifactResponse"), &format!("/*/{SIGNATURE}"));
    is_signed(&file, &keys[0], &protocol("Response"), &format!("/*/*[local-name()='Response']/{SIGNATURE}"));
    // Again, and on another node: it is gone.
    for node in [&app, &app.second_node().await] {
        let again = send(node, asked.clone()).await;
        assert_eq!(again.status, 200);
        assert!(again.text.contains("ArtifactResponse") && !again.text.contains("Assertion "), "{}", again.text);
        std::fs::write(&file, message(&again)).unwrap();
        is_valid(&file, "saml-schema-protocol-2.0.xsd");
    }
}

async fn who_may_not_fetch_is_told_so(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let (app, artifact) = begun(on, dir.path()).await;
    let good = resolve(dir.path(), &artifact, true);
    let unsigned = resolve(dir.path(), &artifact, false);
    let other = tempfile::tempdir().unwrap();
    key(other.path());
    for (name, text, status) in [
        ("unsigned", envelope("", &unsigned), 403),
        ("signed by another key", envelope("", &resolve(other.path(), &artifact, true)), 403),
        ("changed", envelope("", &good.replace("12:00:00Z", "12:00:01Z")), 403),
        ("signed message in the header", envelope(&format!("<e:Header>{good}</e:Header>"), &unsigned), 403),
        ("two messages", envelope("", &format!("{unsigned}{good}")), 500),
        ("of nobody", envelope("", &unsigned.replace(ENTITY, "urn:nobody")), 403),
        ("no message", envelope("", ""), 500),
        ("no envelope", good.clone(), 500),
        ("a doctype", format!("<!DOCTYPE x>{}", envelope("", &good)), 500),
        ("a header to be understood", envelope("<e:Header><x e:mustUnderstand=\"1\"/></e:Header>", &good), 500),
        ("too long", envelope("", &format!("<x>{}</x>", "y".repeat(70_000))), 500),
        ("too deep", envelope("", &["<x>".repeat(5000), "</x>".repeat(5000)].concat()), 500),
    ] {
        let answer = send(&app, text).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        assert!(answer.text.contains("<soap11:Fault>") && !answer.text.contains("hans"), "{name}: {}", answer.text);
    }
    let nonsense = resolve(dir.path(), &BASE64.encode(&[0; 44]), true);
    assert!(!send(&app, envelope("", &nonsense)).await.text.contains("Assertion "));
    assert!(send(&app, envelope("", &good)).await.text.contains(">hans@example.org<"), "none of it used the artifact up");
}

async fn who_is_nobody_has_few_refusals_kept(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let (app, _) = begun(on, dir.path()).await;
    let refusal = async |id: &str| ask(&mut Browser::fresh(&app), &form_of(id, "IsPassive=\"true\"", ENTITY)).await;
    let first = refusal("_r1").await;
    assert!(first.status == 200 && first.field("SAMLart").is_some(), "{} {}", first.status, first.text);
    let origin = audit::Origin { client: Some([127, 0, 0, 1].into()), ..app.app.local_origin(audit::Door::Saml) };
    while app.app.logins.spend(&origin).await.is_ok() {}
    let late = refusal("_r2").await;
    assert!(late.status == 429 && late.field("SAMLart").is_none(), "{} {}", late.status, late.text);
}
