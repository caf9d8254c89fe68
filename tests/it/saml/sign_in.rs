//! Sign-ins of service providers, and what they share with other applications.

use db::Dialect;
use symbolon::sps::ChangeSp;

use super::{ask, form, house, metadata, response};
use crate::support::{Browser, PASSWORD, TestApp};

db::on_every_database![
    a_person_signs_in_by_a_form,
    one_session_serves_both_protocols,
    long_requests_are_posted_too,
    what_was_sent_on_ends_with_its_time,
    nothing_is_shown_to_who_wants_nothing_shown,
    consent_is_asked_where_it_is_wanted,
    metadata_is_public,
];

/// Signs `hans` in; returns the page with the answer.
async fn sign_in(app: &TestApp, browser: &mut Browser<'_>, id: &str, attributes: &str) -> crate::support::Answer {
    let asked = ask(browser, &form(id, attributes)).await;
    assert_eq!(asked.status, 303, "{}", asked.text);
    let path = asked.location().to_owned();
    let page = browser.get(&path).await;
    assert!(page.text.contains("Plain"), "the name of the application");
    let _ = app;
    browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await
}

async fn a_person_signs_in_by_a_form(on: Dialect) {
    let app = house(on).await;
    let mut browser = Browser::fresh(&app);
    let page = sign_in(&app, &mut browser, "_r1", "").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("form-action 'self' https://sp.example https:;"), "{policy}");
    assert_eq!(page.header("referrer-policy"), "strict-origin", "or the form would come from the origin null");
    assert!(page.text.contains("action=\"https://sp.example/acs\"") && page.text.contains("<button"));
    assert_eq!(page.field("RelayState").as_deref(), Some("s +&amp;"));
    let xml = response(&page);
    assert!(xml.contains("InResponseTo=\"_r1\"") && xml.contains(">hans@example.org<"), "{xml}");
    assert!(browser.cookie("symbolon_session").is_some());
    // The same request again, now with a session: it was answered.
    let again = ask(&mut browser, &form("_r1", "")).await;
    assert_eq!(again.status, 400, "{}", again.text);
    assert!(again.text.contains("answered before"));
    let next = ask(&mut browser, &form("_r2", "")).await;
    assert!(response(&next).contains("InResponseTo=\"_r2\""));
}

/// A form with a request of so many bytes, most of which say nothing to us.
fn long_form(id: &str, bytes: usize) -> String {
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"2026-03-01T12:00:00Z\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:example:plain\
         </saml:Issuer><samlp:Extensions><x xmlns=\"urn:example:x\">{}</x></samlp:Extensions></samlp:AuthnRequest>",
        "0123456789".repeat(bytes / 10)
    );
    let encoded = data_encoding::BASE64.encode(xml.as_bytes());
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLRequest", &encoded)
        .append_pair("RelayState", "s")
        .finish()
}

async fn long_requests_are_posted_too(on: Dialect) {
    let app = house(on).await;
    let mut browser = Browser::fresh(&app);
    sign_in(&app, &mut browser, "_r1", "").await;
    let page = ask(&mut browser, &long_form("_r2", 40_000)).await;
    assert!(response(&page).contains("InResponseTo=\"_r2\""), "with the session that is there: {}", page.text);
    assert_eq!(page.field("RelayState").as_deref(), Some("s"));
    assert_eq!(ask(&mut browser, &long_form("_r3", 70_000)).await.status, 400);
}

async fn what_was_sent_on_ends_with_its_time(on: Dialect) {
    let app = house(on).await;
    let mut browser = Browser::fresh(&app);
    let sent = browser.post_raw("/saml/sso", &form("_r1", ""), &[("origin", "https://sp.example")]).await;
    let path = sent.location().to_owned();
    assert_eq!(browser.get(&path).await.status, 303);
    let changed = format!("{}AAAA", &path[..path.len() - 4]);
    assert!(browser.get(&changed).await.text.contains("start again"));
    app.app.clock.advance(std::time::Duration::from_secs(301));
    let late = browser.get(&path).await;
    assert!(late.status == 400 && late.text.contains("too long ago"), "{} {}", late.status, late.text);
}

async fn one_session_serves_both_protocols(on: Dialect) {
    let app = house(on).await;
    let mut browser = Browser::fresh(&app);
    let authorize =
        "/oidc/authorize?client_id=notes&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fnotes.example%2Fcb&state=s";
    browser.sign_in(authorize).await;
    assert!(response(&ask(&mut browser, &form("_r1", "")).await).contains("Assertion"));
    let forced = ask(&mut browser, &form("_r2", "ForceAuthn=\"true\"")).await;
    assert_eq!(forced.status, 303, "proven anew");
    let mut other = Browser::fresh(&app);
    sign_in(&app, &mut other, "_r3", "").await;
    let silent = other.get(&format!("{authorize}&prompt=none")).await;
    assert!(silent.parameter("code").is_some(), "{}", silent.location());
}

async fn nothing_is_shown_to_who_wants_nothing_shown(on: Dialect) {
    let app = house(on).await;
    let mut browser = Browser::fresh(&app);
    let page = ask(&mut browser, &form("_r1", "IsPassive=\"true\"")).await;
    assert!(response(&page).contains("status:NoPassive"), "{}", page.text);
    sign_in(&app, &mut browser, "_r2", "").await;
    let page = ask(&mut browser, &form("_r3", "IsPassive=\"true\"")).await;
    assert!(response(&page).contains("status:Success"));
}

async fn consent_is_asked_where_it_is_wanted(on: Dialect) {
    let app = house(on).await;
    let other = "<AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
                 Location=\"https://other.example/acs\" index=\"7\"/></SPSSODescriptor>";
    let two = metadata("urn:example:plain").replace("</SPSSODescriptor>", other);
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "plain"), ("consent", "ask"), ("metadata", &two)]).await;
    let mut browser = Browser::fresh(&app);
    let sent = sign_in(&app, &mut browser, "_r1", "AssertionConsumerServiceIndex=\"7\"").await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let path = sent.location().to_owned();
    let page = browser.get(&path).await;
    assert!(page.text.contains("other.example") && !page.text.contains("sp.example"), "where this answer goes: {}", page.text);
    let denied = browser.clone().answer(&path, &page, &[("deny", "1")]).await;
    assert!(response(&denied).contains("status:AuthnFailed"), "{}", denied.text);
    let mut browser = Browser::fresh(&app);
    let sent = sign_in(&app, &mut browser, "_r2", "").await;
    let path = sent.location().to_owned();
    let page = browser.get(&path).await;
    let agreed = browser.answer(&path, &page, &[("accept", "1")]).await;
    assert!(response(&agreed).contains(">hans@example.org<"), "{}", agreed.text);
}

async fn metadata_is_public(on: Dialect) {
    let app = house(on).await;
    let answer = app.get("/saml/metadata").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/samlmetadata+xml"));
    assert!(answer.text.contains("entityID=\"http://localhost:8080/saml/metadata\""));
    assert_eq!(app.get("/saml/metadata").await.text, answer.text, "a signature for each question");
    app.app.ring.announce(keys::Use::Saml, keys::Successor::Announced, &keys::Unnoted).await.unwrap();
    assert_ne!(app.get("/saml/metadata").await.text, answer.text, "the new keys are not shown");
}
