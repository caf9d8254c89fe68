//! What comes from anybody: refused with a page, and nothing of it is sent anywhere.

use db::Dialect;

use super::{ask, form, house};
use crate::support::Browser;

db::on_every_database![malformed_requests_get_a_page, nothing_leads_to_addresses_of_others, sign_ins_do_not_begin_unasked,];

async fn malformed_requests_get_a_page(on: Dialect) {
    let app = house(on).await;
    let mut browser = Browser::fresh(&app);
    for path in [
        "/saml/sso",
        "/saml/sso?SAMLRequest=",
        "/saml/sso?SAMLRequest=%00",
        "/saml/sso?SAMLRequest=PGEvPg%3D%3D",
        "/saml/sso?posted=",
        "/saml/sso?posted=s1.k.AAAA",
        "/saml/sso?SAMLRequest=x&SAMLRequest=y",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.field("SAMLResponse").is_none(), "{path}");
    }
    for body in ["RelayState=x", "SAMLRequest=PGEvPg%3D%3D", "SAMLRequest=PCFET0NUWVBFIGE%2BPGEvPg%3D%3D"] {
        assert_eq!(browser.post_raw("/saml/sso", body, &[]).await.status, 400, "{body}");
    }
    let huge = format!("SAMLRequest={}", "A".repeat(200_000));
    assert_eq!(browser.post_raw("/saml/sso", &huge, &[]).await.status, 400);
}

async fn nothing_leads_to_addresses_of_others(on: Dialect) {
    let app = house(on).await;
    let mut browser = Browser::fresh(&app);
    let elsewhere = "AssertionConsumerServiceURL=\"https://evil.example/acs\" IsPassive=\"true\"";
    let answer = ask(&mut browser, &form("_r1", elsewhere)).await;
    assert_eq!(answer.status, 400);
    assert!(!answer.text.contains("evil.example") && !answer.header("content-security-policy").contains("evil.example"));
    let destination = ask(&mut browser, &form("_r1", "Destination=\"https://other.example/saml/sso\"")).await;
    assert_eq!(destination.status, 400);
}

async fn sign_ins_do_not_begin_unasked(on: Dialect) {
    let app = house(on).await;
    let mut browser = Browser::fresh(&app);
    assert_eq!(browser.get("/saml/sso?sp=plain").await.status, 400);
    assert_eq!(browser.get("/saml/sso?sp=nobody").await.status, 400);
}
