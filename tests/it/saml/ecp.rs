//! Clients that are no browsers.

use axum::body::Body;
use data_encoding::BASE64;
use db::Dialect;
use mfa::policy::ops::{EnablePolicy, SetPolicy};
use symbolon::sps::{AddSp, ChangeSp};

use super::house_with;
use crate::support::{Answer, Api, PASSWORD, TestApp, request};

const ENTITY: &str = "urn:example:mail";
const PLACE: &str = "https://mail.example/ecp";

db::on_every_database![
    a_client_signs_a_person_in,
    a_second_factor_comes_with_the_password,
    a_pin_that_is_asked_for_comes_beside_the_code,
    it_is_off_unless_it_is_wanted,
];

/// The house with a service provider for such clients.
async fn with_mail(on: Dialect) -> TestApp {
    with_mail_and(on, &[]).await
}

/// The same, with settings.
pub(super) async fn with_mail_and(on: Dialect, settings: &[(&str, &str)]) -> TestApp {
    let app = house_with(on, settings).await;
    let metadata = format!(
        "<EntityDescriptor entityID=\"{ENTITY}\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">\
         <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><AssertionConsumerService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:PAOS\" Location=\"{PLACE}\" index=\"1\"/><AssertionConsumerService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://mail.example/acs\" index=\"0\"/>\
         </SPSSODescriptor></EntityDescriptor>"
    );
    let settings = [("id", "mail"), ("metadata", &*metadata), ("ecp", "true"), ("authn_factors", "true")];
    app.operate(&AddSp(app.app.sps.clone()), &settings).await;
    app
}

pub(super) fn envelope(id: &str, attributes: &str) -> String {
    format!(
        "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body><samlp:AuthnRequest \
         xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"2026-03-01T12:00:00Z\" \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:PAOS\" {attributes}><saml:Issuer \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{ENTITY}</saml:Issuer></samlp:AuthnRequest></S:Body></S:Envelope>"
    )
}

async fn send(app: &TestApp, text: String, password: &str, code: Option<&str>) -> Answer {
    let code = code.map(|code| ("x-second-factor", code));
    send_with(app, text, password, code.as_slice()).await
}

async fn send_with(app: &TestApp, text: String, password: &str, headers: &[(&str, &str)]) -> Answer {
    send_as(app, text, ("hans", password), headers).await
}

pub(super) async fn send_as(app: &TestApp, text: String, (name, password): (&str, &str), headers: &[(&str, &str)]) -> Answer {
    let mut request = request("POST", "/saml/ecp").header("content-type", "text/xml; charset=utf-8");
    if !password.is_empty() {
        let basic = BASE64.encode(format!("{name}:{password}").as_bytes());
        request = request.header("authorization", format!("Basic {basic}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(text)).unwrap()).await
}

pub(super) fn accepted(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/xml; charset=utf-8"), "{}", answer.text);
    for part in [
        &*format!("AssertionConsumerServiceURL=\"{PLACE}\""),
        "soap11:mustUnderstand=\"1\"",
        &format!("Recipient=\"{PLACE}\""),
        "status:Success",
        ">hans@example.org<",
    ] {
        assert!(answer.text.contains(part), "{part} in {}", answer.text);
    }
}

pub(super) fn refused(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert!(answer.header("www-authenticate").starts_with("Basic "));
    assert!(!answer.text.contains("Envelope"), "{}", answer.text);
}

async fn a_client_signs_a_person_in(on: Dialect) {
    let app = with_mail(on).await;
    accepted(&send(&app, envelope("_1", ""), PASSWORD, None).await);
    accepted(
        &send(&app, envelope("_2", &format!("IsPassive=\"true\" AssertionConsumerServiceURL=\"{PLACE}\"")), PASSWORD, None).await,
    );
    let again = send(&app, envelope("_1", ""), PASSWORD, None).await;
    assert_eq!(again.status, 500, "answered before: {}", again.text);
    assert!(again.text.contains("<soap11:Fault>"));
    let missing = send(&app, envelope("_3", ""), "", None).await;
    refused(&missing);
    let wrong = send(&app, envelope("_3", ""), "wrong", None).await;
    refused(&wrong);
    assert_eq!(missing.text, wrong.text);
    for _ in 0..30 {
        refused(&send(&app, envelope("_3", ""), "wrong", None).await);
    }
    refused(&send(&app, envelope("_3", ""), PASSWORD, None).await);
    // It was the number of guesses, which is over after a while.
    app.app.clock.advance(std::time::Duration::from_secs(3600));
    let later = envelope("_4", "").replace("2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z");
    accepted(&send(&app, later, PASSWORD, None).await);
}

/// A token of `hans` with the key of RFC 4226, appendix D, and its codes.
pub(super) async fn with_token(app: &TestApp, pin: &str) {
    let key = "3132333435363738393031323334353637383930";
    let token = [("type", "hotp"), ("otpkey", key), ("user", "hans"), ("realm", "default"), ("pin", pin)];
    Api::admin(app).await.post("/token/init", &token).await.ok();
}

async fn a_second_factor_comes_with_the_password(on: Dialect) {
    let app = with_mail(on).await;
    app.operate(&EnablePolicy(true), &[("name", "require-second-factor")]).await;
    with_token(&app, "").await;
    refused(&send(&app, envelope("_1", ""), PASSWORD, None).await);
    refused(&send(&app, envelope("_1", ""), &format!("{PASSWORD},000000"), None).await);
    let both = format!("{PASSWORD},755224");
    let answer = send(&app, envelope("_1", ""), &both, None).await;
    accepted(&answer);
    assert!(answer.text.contains("https://refeds.org/profile/mfa"), "{}", answer.text);
    assert!(answer.text.contains(">otp 2026-03-01T12:00:00Z<") && answer.text.contains(">pwd 2026-03-01T12:00:00Z<"));
    refused(&send(&app, envelope("_2", ""), &both, None).await);
    refused(&send(&app, envelope("_2", ""), "wrong,287082", None).await);
    accepted(&send(&app, envelope("_2", ""), PASSWORD, Some("287082")).await);
}

async fn a_pin_that_is_asked_for_comes_beside_the_code(on: Dialect) {
    let app = with_mail(on).await;
    app.operate(&EnablePolicy(true), &[("name", "require-second-factor")]).await;
    let policy = [("name", "pins"), ("scope", "sso"), ("action", "ask_pin"), ("active", "true")];
    app.operate(&SetPolicy, &policy).await;
    with_token(&app, "4711").await;
    let (code, pin) = (("x-second-factor", "755224"), "x-second-factor-pin");
    for headers in [&[code][..], &[code, (pin, "")], &[code, (pin, "4712")], &[("x-second-factor", "000000"), (pin, "4711")]] {
        refused(&send_with(&app, envelope("_1", ""), PASSWORD, headers).await);
    }
    refused(&send(&app, envelope("_1", ""), &format!("{PASSWORD},755224"), None).await);
    accepted(&send_with(&app, envelope("_1", ""), PASSWORD, &[code, (pin, "4711")]).await);
    accepted(&send_with(&app, envelope("_2", ""), &format!("{PASSWORD},287082"), &[(pin, "4711")]).await);
}

async fn it_is_off_unless_it_is_wanted(on: Dialect) {
    let app = with_mail(on).await;
    let published = async || app.get("/saml/metadata").await.text.contains("/saml/ecp\"");
    assert!(published().await);
    let form = request("POST", "/saml/ecp").header("content-type", "text/plain").body(Body::from(envelope("_1", ""))).unwrap();
    assert_eq!(app.send(form).await.status, 415, "what forms of other sites can send");
    for (text, status) in [
        (envelope("_1", "").replace(ENTITY, "urn:example:plain"), 500),
        (envelope("_1", "").replace(ENTITY, "urn:nobody"), 403),
        (envelope("_1", "AssertionConsumerServiceURL=\"https://mail.example/acs\""), 500),
        (envelope("_1", "AssertionConsumerServiceURL=\"https://evil.example/ecp\""), 500),
        (envelope("_1", "Destination=\"https://other.example/saml/ecp\""), 500),
        (String::new(), 500),
    ] {
        let answer = send(&app, text, PASSWORD, None).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.text.contains("<soap11:Fault>"));
    }
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "mail"), ("ecp", "false")]).await;
    assert_eq!(send(&app, envelope("_1", ""), PASSWORD, None).await.status, 500);
    assert!(!published().await);
}
