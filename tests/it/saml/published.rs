//! Service providers whose metadata is published at a URL, behind a real TLS server.

use std::time::Duration;

use db::Dialect;
use serde_json::Value;
use symbolon::sps::{AddSp, ChangeSp, ListSps};

use super::publisher::{Publisher, Signer, entity, key, template};
use crate::support::{Api, Browser, TestApp};

db::on_every_database![
    keys_roll_over_without_a_click,
    what_is_bad_replaces_nothing,
    only_the_pinned_key_counts,
    what_has_expired_is_refused,
    an_older_copy_replaces_nothing,
    what_another_source_says_is_not_measured_by_the_former,
    a_further_key_makes_no_older_copy_good,
];

const ENTITY: &str = "urn:example:published";
const HOURS: Duration = Duration::from_secs(5 * 3600);

async fn house(on: Dialect, publisher: &Publisher) -> TestApp {
    let settings = publisher.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(at, value)| (*at, value.as_str())).collect();
    TestApp::with(on, &settings).await
}

async fn shown(app: &TestApp) -> Value {
    app.operate(&ListSps(app.app.sps.clone()), &[("id", "sp")]).await.value["sp"].clone()
}

async fn later(app: &TestApp) {
    app.app.clock.advance(HOURS);
    symbolon::jobs::run_once(&app.app).await.unwrap_or_else(|(job, error)| panic!("{job}: {error:?}"));
}

fn signing_keys(app: &TestApp) -> usize {
    app.app.sps.by_entity(ENTITY).unwrap().keys().len()
}

async fn keys_roll_over_without_a_click(on: Dialect) {
    let (publisher, one, two) = (Publisher::start().await, Signer::new(), Signer::new());
    let app = house(on, &publisher).await;
    publisher.publish(&entity(ENTITY, "", "", &key(&one.base64())));
    app.operate(&AddSp(app.app.sps.clone()), &[("id", "sp"), ("metadata_url", &publisher.url)]).await;
    assert_eq!((signing_keys(&app), publisher.asked()), (1, 1));
    symbolon::jobs::run_once(&app.app).await.ok().unwrap();
    assert_eq!(publisher.asked(), 1, "not due");

    publisher.publish(&entity(ENTITY, "", "", &[key(&one.base64()), key(&two.base64())].concat()));
    later(&app).await;
    assert_eq!((signing_keys(&app), publisher.asked()), (2, 2), "both count while they roll over");
    publisher.publish(&entity(ENTITY, "cacheDuration=\"PT1H\"", "", &key(&two.base64())));
    later(&app).await;
    assert_eq!(signing_keys(&app), 1);
    let now = app.app.clock.now().seconds();
    assert_eq!(shown(&app).await["refresh"]["due_at"], now + 3600, "its own rhythm");
    let audit = Api::admin(&app).await.get("/audit/?action=*SAML*").await.text;
    assert_eq!(audit.matches("newer metadata").count(), 2, "{audit}");

    // Another node does not ask again.
    let second = app.second_node().await;
    symbolon::jobs::run_once(&second.app).await.ok().unwrap();
    assert_eq!(publisher.asked(), 3);
}

async fn what_is_bad_replaces_nothing(on: Dialect) {
    let (publisher, one) = (Publisher::start().await, Signer::new());
    let app = house(on, &publisher).await;
    publisher.publish(&entity(ENTITY, "", "", &key(&one.base64())));
    app.operate(&AddSp(app.app.sps.clone()), &[("id", "sp"), ("metadata_url", &publisher.url)]).await;
    let bad: Vec<(u16, String, &str)> = vec![
        (200, "<html/>".to_owned(), "not valid"),
        (200, entity("urn:example:other", "", "", ""), "urn:example:other"),
        (200, entity(ENTITY, "validUntil=\"2020-01-01T00:00:00Z\"", "", ""), "expired"),
        (200, format!("<!DOCTYPE x>{}", entity(ENTITY, "", "", "")), "doctype"),
        (200, "x".repeat(3_000_000), "too large"),
        (302, "http://127.0.0.1:1/".to_owned(), "302"),
        (500, String::new(), "500"),
    ];
    for (n, (status, text, expected)) in bad.iter().enumerate() {
        publisher.answer(*status, text);
        later(&app).await;
        assert_eq!(signing_keys(&app), 1, "{expected}");
        let shown = shown(&app).await;
        assert!(shown["refresh"]["problem"].as_str().unwrap().contains(expected), "{expected}: {shown}");
        assert_eq!((shown["refresh"]["failures"].as_u64(), shown["status"].as_str()), (Some(n as u64 + 1), Some("usable")));
    }
    // The same problem again is no news.
    later(&app).await;
    let api = Api::admin(&app).await;
    let audit = api.get("/audit/?action=*SAML*&page_size=100").await.ok();
    assert_eq!(audit["count"], bad.len(), "{audit}");
    assert_eq!(api.post("/samlsp/sp/refresh", &[]).await.ok()["changed"], false);
    publisher.publish(&entity(ENTITY, "", "", &key(&one.base64())));
    assert_eq!(api.post("/samlsp/sp/refresh", &[]).await.ok()["changed"], false);
    assert_eq!(shown(&app).await["refresh"]["problem"], "");
    // Nobody is sent to where administrators may not send anybody.
    let refused = api.post("/samlsp/other", &[("metadata_url", "https://127.0.0.1/x")]).await;
    assert!(refused.status == 400 && refused.text.contains("not a public address"), "{}", refused.text);
}

async fn only_the_pinned_key_counts(on: Dialect) {
    let (publisher, pinned, other) = (Publisher::start().await, Signer::new(), Signer::new());
    let app = house(on, &publisher).await;
    let document = |more: &str| entity(ENTITY, "ID=\"_1\"", &template("_1"), more);
    publisher.publish(&pinned.sign(&document(""), "EntityDescriptor"));
    let settings = [("id", "sp"), ("metadata_url", publisher.url.as_str()), ("metadata_certificate", &pinned.certificate())];
    app.operate(&AddSp(app.app.sps.clone()), &settings).await;
    assert!(!shown(&app).await["metadata"].as_str().unwrap().contains("Signature"), "what is stored is what was signed");

    let newer = document(&key(&other.base64()));
    for bad in [other.sign(&newer, "EntityDescriptor"), entity(ENTITY, "ID=\"_1\"", "", ""), newer.clone()] {
        publisher.publish(&bad);
        later(&app).await;
        let shown = shown(&app).await;
        assert!(shown["refresh"]["problem"].as_str().unwrap().contains("not signed as configured"), "{shown}");
        assert_eq!(signing_keys(&app), 0);
    }
    publisher.publish(&pinned.sign(&newer, "EntityDescriptor"));
    later(&app).await;
    assert_eq!(signing_keys(&app), 1);
}

async fn what_has_expired_is_refused(on: Dialect) {
    let publisher = Publisher::start().await;
    let app = house(on, &publisher).await;
    publisher.publish(&entity(ENTITY, "validUntil=\"2026-03-01T15:00:00Z\"", "", ""));
    app.operate(&AddSp(app.app.sps.clone()), &[("id", "sp"), ("metadata_url", &publisher.url)]).await;
    assert_eq!(shown(&app).await["status"], "usable");
    publisher.answer(503, "");
    later(&app).await;
    assert_eq!(shown(&app).await["status"], "expired");
    let xml = "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" Version=\"2.0\" \
               IssueInstant=\"2026-03-01T17:00:00Z\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
               urn:example:published</saml:Issuer></samlp:AuthnRequest>";
    let packed = data_encoding::BASE64.encode(xml.as_bytes());
    let query: String = url::form_urlencoded::byte_serialize(packed.as_bytes()).collect();
    let answer = Browser::fresh(&app).post_raw("/saml/sso", &format!("SAMLRequest={query}"), &[]).await;
    assert!(answer.status == 400 && answer.text.contains("has expired"), "{} {}", answer.status, answer.text);
    publisher.publish(&entity(ENTITY, "validUntil=\"2026-03-11T15:00:00Z\"", "", ""));
    later(&app).await;
    assert_eq!(shown(&app).await["status"], "usable");
}

async fn an_older_copy_replaces_nothing(on: Dialect) {
    let (publisher, one, two) = (Publisher::start().await, Signer::new(), Signer::new());
    let app = house(on, &publisher).await;
    let made = |at: &str, keys: &str| {
        let info = format!(
            "<md:Extensions><rpi:PublicationInfo xmlns:rpi=\"urn:oasis:names:tc:SAML:metadata:rpi\" publisher=\"urn:p\" \
             creationInstant=\"{at}\"/></md:Extensions>"
        );
        entity(ENTITY, "", &info, keys)
    };
    let both = [key(&one.base64()), key(&two.base64())].concat();
    let newer = made("2026-02-28T00:00:00Z", &key(&two.base64()));
    publisher.publish(&newer);
    app.operate(&AddSp(app.app.sps.clone()), &[("id", "sp"), ("metadata_url", &publisher.url)]).await;
    for (bad, expected) in [
        (made("2026-02-27T00:00:00Z", &both), "made before"),
        (entity(ENTITY, "", "", &both), "no longer when"),
        (made("2026-06-01T00:00:00Z", &both), "future"),
    ] {
        publisher.publish(&bad);
        later(&app).await;
        let shown = shown(&app).await;
        assert!(shown["refresh"]["problem"].as_str().unwrap().contains(expected), "{expected}: {shown}");
        assert_eq!(signing_keys(&app), 1);
    }
    publisher.publish(&made("2026-02-28T12:00:00Z", &both));
    later(&app).await;
    assert_eq!((signing_keys(&app), shown(&app).await["refresh"]["problem"].as_str()), (2, Some("")));
    // Who manages it may say otherwise, once.
    let undated = entity(ENTITY, "", "", &key(&two.base64()));
    publisher.publish(&undated);
    later(&app).await;
    assert_eq!(signing_keys(&app), 2);
    let taken = Api::admin(&app).await.post("/samlsp/sp/refresh", &[("older", "1")]).await.ok();
    assert_eq!((taken["changed"].as_bool(), signing_keys(&app)), (Some(true), 1));
}

async fn a_further_key_makes_no_older_copy_good(on: Dialect) {
    let (publisher, one, two) = (Publisher::start().await, Signer::new(), Signer::new());
    let app = house(on, &publisher).await;
    let dated = |signer: &Signer, day: u32, keys: &str| {
        let info = format!(
            "<md:Extensions><rpi:PublicationInfo xmlns:rpi=\"urn:oasis:names:tc:SAML:metadata:rpi\" publisher=\"urn:p\" \
             creationInstant=\"2026-02-{day}T00:00:00Z\"/></md:Extensions>"
        );
        signer.sign(&entity(ENTITY, "ID=\"_1\"", &[&template("_1"), &*info].concat(), keys), "EntityDescriptor")
    };
    publisher.publish(&dated(&one, 20, ""));
    let settings = [("id", "sp"), ("metadata_url", publisher.url.as_str()), ("metadata_certificate", &one.certificate())];
    app.operate(&AddSp(app.app.sps.clone()), &settings).await;
    let both = [two.certificate(), one.certificate()].concat();
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "sp"), ("metadata_certificate", &both)]).await;
    publisher.publish(&dated(&one, 19, &key(&one.base64())));
    later(&app).await;
    let refused = shown(&app).await;
    assert!(refused["refresh"]["problem"].as_str().unwrap().contains("made before"), "{refused}");
    assert_eq!(signing_keys(&app), 0);
    publisher.publish(&dated(&two, 21, &key(&one.base64())));
    later(&app).await;
    assert_eq!((signing_keys(&app), shown(&app).await["refresh"]["problem"].as_str()), (1, Some("")));
}

async fn what_another_source_says_is_not_measured_by_the_former(on: Dialect) {
    let (publisher, one, two) = (Publisher::start().await, Signer::new(), Signer::new());
    let app = house(on, &publisher).await;
    let info = "<md:Extensions><rpi:PublicationInfo xmlns:rpi=\"urn:oasis:names:tc:SAML:metadata:rpi\" publisher=\"urn:p\" \
                creationInstant=\"2026-02-28T00:00:00Z\"/></md:Extensions>";
    let document = |signer: &Signer, info: &str, keys: &str| {
        signer.sign(&entity(ENTITY, "ID=\"_1\"", &[&template("_1"), info].concat(), keys), "EntityDescriptor")
    };
    publisher.publish(&document(&one, info, ""));
    let settings = [("id", "sp"), ("metadata_url", publisher.url.as_str()), ("metadata_certificate", &one.certificate())];
    app.operate(&AddSp(app.app.sps.clone()), &settings).await;
    publisher.publish(&document(&two, "", &key(&one.base64())));
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "sp"), ("metadata_certificate", &two.certificate())]).await;
    later(&app).await;
    assert_eq!((signing_keys(&app), shown(&app).await["refresh"]["problem"].as_str()), (1, Some("")));
    // Not even the first is from the future.
    let future = entity("urn:example:other", "", &info.replace("2026-02", "2026-08"), "");
    let refused = Api::admin(&app).await.post("/samlsp/other", &[("metadata", &future)]).await;
    assert!(refused.status == 400 && refused.text.contains("future"), "{}", refused.text);
}
