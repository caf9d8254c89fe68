//! Attribute queries; what a service provider asks is signed by `xmlsec1`, which also verifies what it is told.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use db::Dialect;
use mfa::policy::ops::SetPolicy;
use symbolon::sps::{AddSp, ChangeSp};

use super::artifact::{envelope, key, message, message_of, message_with, with_key};
use super::tools::{SIGNATURE, certificates, is_signed, is_valid};
use super::{ACS, ask, form_of, house, response};
use crate::support::{Answer, Api, Browser, PASSWORD, TestApp, request};

const ENTITY: &str = "urn:example:asker";
const OTHER: &str = "urn:example:other";

db::on_every_database![
    a_service_provider_asks_about_whoever_is_signed_in_to_it,
    nobody_else_is_told_of,
    what_was_not_granted_is_not_told,
    what_was_asked_of_somebody_else_is_not_answered,
    who_may_not_sign_in_is_not_told_of,
    attributes_can_be_left_to_queries,
];

/// The house with two service providers of one key, of which the one may ask.
async fn begun(on: Dialect, dir: &Path) -> TestApp {
    let app = house(on).await;
    key(dir);
    let post = format!("Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{ACS}\"");
    for (id, entity) in [("asker", ENTITY), ("other", OTHER)] {
        let metadata = with_key(entity, dir, &post);
        let settings = [("id", id), ("metadata", &*metadata), ("attribute_query", "true"), ("encrypt", "never")];
        app.operate(&AddSp(app.app.sps.clone()), &settings).await;
    }
    app
}

/// Signs somebody in; returns the name by which the party knows them.
pub(super) async fn signed_in(browser: &mut Browser<'_>, id: &str, entity: &str) -> String {
    let path = ask(browser, &form_of(id, "", entity)).await;
    let page = match path.status.as_u16() {
        303 => {
            let path = path.location().to_owned();
            let page = browser.get(&path).await;
            browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await
        }
        _ => path,
    };
    let xml = response(&page);
    let from = xml.find("<saml:NameID ").unwrap();
    xml[from..xml.find("</saml:NameID>").unwrap() + "</saml:NameID>".len()].replacen(
        "<saml:NameID ",
        "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ",
        1,
    )
}

fn query(entity: &str, name: &str, asked: &str, key: Option<&Path>) -> String {
    query_to("", entity, (name, asked), key)
}

/// Each has an ID of its own. The attributes tell where it goes.
fn query_to(attributes: &str, entity: &str, (name, asked): (&str, &str), key: Option<&Path>) -> String {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let id = format!("_ask{}", ASKED.fetch_add(1, Ordering::Relaxed));
    let subject = format!("<saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{name}</saml:Subject>{asked}");
    envelope("", &message_with(("AttributeQuery", &id, attributes), entity, &subject, key))
}

fn wanted(name: &str) -> String {
    format!("<saml:Attribute xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Name=\"{name}\"/>")
}

async fn send(app: &TestApp, text: String) -> Answer {
    app.send(request("POST", "/saml/attributes").header("content-type", "text/xml").body(Body::from(text)).unwrap()).await
}

async fn a_service_provider_asks_about_whoever_is_signed_in_to_it(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let app = begun(on, dir.path()).await;
    let mut browser = Browser::fresh(&app);
    let name = signed_in(&mut browser, "_q1", ENTITY).await;
    let answer = send(&app, query(ENTITY, &name, "", Some(dir.path()))).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/xml; charset=utf-8"), "{}", answer.text);
    let text = message(&answer);
    assert!(text.contains("InResponseTo=\"_ask") && text.contains(">hans@example.org<"), "{text}");
    assert!(!text.contains("AuthnStatement") && !text.contains("cm:bearer"), "nobody is signed in by it: {text}");
    let file = dir.path().join("response.xml");
    std::fs::write(&file, text).unwrap();
    is_valid(&file, "saml-schema-protocol-2.0.xsd");
    let metadata = app.get("/saml/metadata").await.text;
    let own = dir.path().join("metadata.xml");
    std::fs::write(&own, &metadata).unwrap();
    is_valid(&own, "saml-schema-metadata-2.0.xsd");
    assert!(metadata.contains("AttributeAuthorityDescriptor") && metadata.contains("/saml/attributes"));
    let keys = certificates(&metadata, dir.path());
    is_signed(&file, &keys[0], "urn:oasis:names:tc:SAML:2.0:protocol:Response", &format!("/*/{SIGNATURE}"));
    // Only what is asked for.
    let one = send(&app, query(ENTITY, &name, &wanted("name"), Some(dir.path()))).await.text;
    assert!(one.contains("Name=\"name\"") && !one.contains("hans@example.org"), "{one}");
    let none = send(&app, query(ENTITY, &name, &wanted("urn:nothing"), Some(dir.path()))).await.text;
    assert!(none.contains("status:Success") && !none.contains("AttributeStatement"), "{none}");
    // It stands in the audit whom it was told of.
    let row = Api::admin(&app).await.get("/audit/?action=*attributes_asked*").await.text;
    assert!(row.contains("hans") && row.contains(ENTITY), "{row}");
    // From now on it may not.
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "asker"), ("attribute_query", "false")]).await;
    let off = send(&app, query(ENTITY, &name, "", Some(dir.path()))).await.text;
    assert!(off.contains("RequestDenied") && !off.contains("hans"), "{off}");
}

async fn nobody_else_is_told_of(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let app = begun(on, dir.path()).await;
    let mut browser = Browser::fresh(&app);
    let name = signed_in(&mut browser, "_q1", ENTITY).await;
    let stranger = tempfile::tempdir().unwrap();
    key(stranger.path());
    let good = query(ENTITY, &name, "", Some(dir.path()));
    for (what, text, status) in [
        ("unsigned", query(ENTITY, &name, "", None), 403),
        ("signed by another key", query(ENTITY, &name, "", Some(stranger.path())), 403),
        ("changed", good.replace("12:00:00Z", "12:00:01Z"), 403),
        ("of nobody", query("urn:nobody", &name, "", Some(dir.path())), 403),
        ("without a subject", envelope("", &message_of("AttributeQuery", ENTITY, "", Some(dir.path()))), 500),
        ("another message", envelope("", &message_of("AuthnQuery", ENTITY, "", Some(dir.path()))), 500),
    ] {
        let answer = send(&app, text).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert!(answer.text.contains("<soap11:Fault>") && !answer.text.contains("hans"), "{what}: {}", answer.text);
    }
    let unknown = async |text: String| {
        let answer = send(&app, text).await.text;
        assert!(answer.contains("UnknownPrincipal") && !answer.contains("hans"), "{answer}");
    };
    // Another party does not learn by this name whom it means.
    unknown(query(OTHER, &name, "", Some(dir.path()))).await;
    let made_up = "<saml:NameID>somebody</saml:NameID>";
    unknown(query(ENTITY, made_up, "", Some(dir.path()))).await;
    assert!(send(&app, good.clone()).await.text.contains("hans@example.org"));
    let twice = send(&app, good).await;
    assert!(twice.text.contains("answered before") && !twice.text.contains("hans"), "once: {}", twice.text);
    // Nor does anybody once the session is over.
    browser.post("/logout", &[("accept", "1")]).await;
    unknown(query(ENTITY, &name, "", Some(dir.path()))).await;
}

async fn what_was_asked_of_somebody_else_is_not_answered(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let app = begun(on, dir.path()).await;
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "asker"), ("name_id_format", "email")]).await;
    let mut browser = Browser::fresh(&app);
    let name = signed_in(&mut browser, "_q1", ENTITY).await;
    assert!(name.contains(">hans@example.org<"), "which others know: {name}");
    let metadata = app.get("/saml/metadata").await.text;
    let from = &metadata[metadata.find("<md:AttributeService").unwrap()..];
    let here = &from[from.find("Location=\"").unwrap() + 10..];
    let here = format!("Destination=\"{}\"", &here[..here.find('"').unwrap()]);
    let send_to = async |to: &str| send(&app, query_to(to, ENTITY, (&name, ""), Some(dir.path()))).await;
    let passed_on = send_to("").await.text;
    assert!(passed_on.contains("UnknownPrincipal") && !passed_on.contains("hans"), "{passed_on}");
    let misled = send_to("Destination=\"https://other.example/saml/attributes\"").await.text;
    assert!(misled.contains("<soap11:Fault>") && !misled.contains("hans"), "{misled}");
    let told = send_to(&here).await.text;
    assert!(told.contains("Name=\"name\"") && told.contains("hans@example.org"), "{told}");
}

async fn who_may_not_sign_in_is_not_told_of(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let app = begun(on, dir.path()).await;
    let mut browser = Browser::fresh(&app);
    let name = signed_in(&mut browser, "_q1", ENTITY).await;
    let policy = [("name", "closed"), ("scope", "sso"), ("action", "sign_in=deny"), ("active", "true")];
    app.operate(&SetPolicy, &policy).await;
    let answer = send(&app, query(ENTITY, &name, "", Some(dir.path()))).await.text;
    assert!(answer.contains("RequestDenied") && !answer.contains("hans"), "{answer}");
}

async fn what_was_not_granted_is_not_told(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let app = begun(on, dir.path()).await;
    let mut browser = Browser::fresh(&app);
    let name = signed_in(&mut browser, "_q1", ENTITY).await;
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "asker"), ("consent", "ask")]).await;
    let answer = send(&app, query(ENTITY, &name, "", Some(dir.path()))).await.text;
    assert!(!answer.contains("hans@example.org"), "{answer}");
}

async fn attributes_can_be_left_to_queries(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let app = begun(on, dir.path()).await;
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "asker"), ("only_by_query", "true")]).await;
    let mut browser = Browser::fresh(&app);
    let name = signed_in(&mut browser, "_q1", ENTITY).await;
    let again = ask(&mut browser, &form_of("_q2", "", ENTITY)).await;
    let told = response(&again);
    assert!(told.contains("status:Success") && !told.contains("AttributeStatement"), "{told}");
    let answer = send(&app, query(ENTITY, &name, "", Some(dir.path()))).await.text;
    assert!(answer.contains("hans@example.org"), "{answer}");
    // A party that may not ask would never learn anything.
    let refused = Api::admin(&app).await.post("/samlsp/asker", &[("attribute_query", "false")]).await;
    assert!(refused.text.contains("only_by_query"), "{}", refused.text);
}
