//! Federations: signed by `xmlsec1`, verified whole, indexed, refreshed.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use db::Dialect;
use idp::party::source::Order;
use symbolon::federations::{AddFederation, ChangeFederation, DeleteFederation, ListFederations, RefreshFederation};

use super::publisher::{Publisher, Signer, entity, key, template, verifies};
use super::{ask, response};
use crate::support::{Answer, Browser, TestApp};

db::on_every_database![
    a_federation_is_imported_refreshed_and_removed,
    what_is_bad_leaves_all_of_it_as_it_was,
    categories_and_authorities_decide_what_is_released,
    one_that_has_expired_does_not_hide_another,
    another_source_is_not_measured_by_the_former,
    who_somebody_is_everywhere_is_told_by_the_rules_alone,
];

pub(super) const RESEARCH: &str = "http://refeds.org/category/research-and-scholarship";

/// What stands first in an entity or a group: who has registered it, and its categories.
pub(super) fn extensions(authority: &str, categories: &[&str]) -> String {
    let values: String = categories.iter().map(|value| format!("<saml:AttributeValue>{value}</saml:AttributeValue>")).collect();
    format!(
        "<md:Extensions><rpi:RegistrationInfo xmlns:rpi=\"urn:oasis:names:tc:SAML:metadata:rpi\" registrationAuthority=\"{authority}\"/>\
         <attr:EntityAttributes xmlns:attr=\"urn:oasis:names:tc:SAML:metadata:attribute\"><saml:Attribute \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Name=\"http://macedir.org/entity-category\" \
         NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\">{values}</saml:Attribute></attr:EntityAttributes></md:Extensions>"
    )
}

/// The same with the wish for an identifier of people.
pub(super) fn wishing(extensions: &str, wanted: &str) -> String {
    let wish = format!(
        "<saml:Attribute xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Name=\"urn:oasis:names:tc:SAML:profiles:subject-id:req\" \
         NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\"><saml:AttributeValue>{wanted}</saml:AttributeValue>\
         </saml:Attribute></attr:EntityAttributes>"
    );
    extensions.replace("</attr:EntityAttributes>", &wish)
}

/// The name of the service provider of this number.
pub(super) fn name(n: usize) -> String {
    format!("https://sp{n}.example.org/shibboleth")
}

/// A document with `count` service providers from number `from`, each with a key, as federations have them.
pub fn document(from: usize, count: usize, attributes: &str, certificate: &str, padding: usize) -> String {
    let mut entities = String::with_capacity(count * (padding + 3000));
    let role =
        [key(certificate), "<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>".to_owned()];
    let role = role.concat();
    let filling = format!("<x:more xmlns:x=\"urn:example:x\">{}</x:more></md:Extensions>", "Lorem ipsum ".repeat(padding / 12));
    for n in from..from + count {
        let first = extensions("https://registrar.example", &[RESEARCH]).replace("</md:Extensions>", &filling);
        let _ = write!(entities, "{}", entity(&name(n), "", &first, &format!("<!-- {n} -->{role}")));
    }
    wrapped(attributes, &entities)
}

/// A federation around entities, with the place of its signature.
pub(super) fn wrapped(attributes: &str, entities: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_f\" \
         Name=\"federation\" {attributes}>{}\n{entities}</md:EntitiesDescriptor>\n",
        template("_f")
    )
}

/// A group of entities that belong to a category.
fn group(authority: &str, entities: &str) -> String {
    format!("<md:EntitiesDescriptor>{}{entities}</md:EntitiesDescriptor>", extensions(authority, &[RESEARCH]))
}

/// What a federation says of when its document was made.
pub(super) fn made(at: &str) -> String {
    format!(
        "<md:Extensions><rpi:PublicationInfo xmlns:rpi=\"urn:oasis:names:tc:SAML:metadata:rpi\" publisher=\"urn:example:f\" \
         creationInstant=\"{at}\"/></md:Extensions>"
    )
}

pub(super) const VALID: &str = "validUntil=\"2026-03-11T00:00:00Z\"";

pub(super) async fn federation(on: Dialect, publisher: &Publisher, signer: &Signer) -> TestApp {
    let settings = publisher.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(at, value)| (*at, value.as_str())).collect();
    let app = TestApp::with(on, &settings).await;
    let params = [("name", "edu"), ("metadata_url", publisher.url.as_str()), ("metadata_certificate", &signer.certificate())];
    app.operate(&AddFederation(app.app.sps.clone()), &params).await;
    app
}

pub(super) async fn refresh(app: &TestApp) {
    app.app.clock.advance(Duration::from_secs(5 * 3600));
    symbolon::jobs::run_once(&app.app).await.unwrap_or_else(|(job, error)| panic!("{job}: {error:?}"));
}

async fn is_known(app: &TestApp, n: usize) -> bool {
    app.app.sps.look_up(&name(n), app.app.clock.now()).await.unwrap().is_some()
}

async fn shown(app: &TestApp) -> serde_json::Value {
    app.operate(&ListFederations(app.app.sps.clone()), &[("name", "edu")]).await.value["edu"].clone()
}

async fn a_federation_is_imported_refreshed_and_removed(on: Dialect) {
    let (publisher, signer) = (Publisher::start().await, Signer::new());
    let app = federation(on, &publisher, &signer).await;
    let file = signer.sign_file(&document(0, 300, VALID, &signer.base64(), 0), "EntitiesDescriptor");
    assert!(verifies(&file, &signer.certificate_file(), "EntitiesDescriptor"));
    publisher.publish(&std::fs::read_to_string(file).unwrap());
    assert_eq!(shown(&app).await["status"], "empty");
    refresh(&app).await;
    let first = shown(&app).await;
    assert_eq!(
        (first["entities"].as_i64(), first["services"].as_i64(), first["status"].as_str()),
        (Some(300), Some(300), Some("usable"))
    );
    assert!(is_known(&app, 0).await && is_known(&app, 299).await && !is_known(&app, 300).await);
    let sp = app.app.sps.by_entity(&name(7)).or(app.app.sps.look_up(&name(7), app.app.clock.now()).await.unwrap()).unwrap();
    assert_eq!((sp.keys().len(), sp.metadata().standing.registrar.as_deref()), (1, Some("https://registrar.example")));

    // Two nodes fetch at the same time: whoever comes second works with what is held then, and harms nothing of it.
    let stale = app.app.sps.federation("edu").await.unwrap();
    // Entities come and go; what refers to one that stays means it afterwards as well.
    publisher.publish(&signer.sign(&document(5, 300, VALID, &signer.base64(), 0), "EntitiesDescriptor"));
    refresh(&app).await;
    assert!(!is_known(&app, 4).await && is_known(&app, 5).await && is_known(&app, 304).await, "{}", shown(&app).await);
    assert_eq!(app.app.sps.look_up(&name(7), app.app.clock.now()).await.unwrap().unwrap().id(), sp.id());
    let late = signer.sign(&document(0, 3, VALID, &signer.base64(), 0), "EntitiesDescriptor");
    let mut batch = db::Batch::new();
    app.app.sps.import_federation(&mut batch, &stale, (late, Order::Kept), app.app.clock.now()).await.unwrap();
    drop(batch);
    app.app.sps.reload().await.unwrap();
    assert!(is_known(&app, 5).await && is_known(&app, 304).await, "what counts is still there");
    let second = app.second_node().await;
    assert!(second.app.sps.look_up_row(sp.id(), app.app.clock.now()).await.unwrap().is_some());
    app.operate(&DeleteFederation(app.app.sps.clone()), &[("name", "edu")]).await;
    assert!(!is_known(&app, 7).await);
}

async fn what_is_bad_leaves_all_of_it_as_it_was(on: Dialect) {
    let (publisher, signer, other) = (Publisher::start().await, Signer::new(), Signer::new());
    let app = federation(on, &publisher, &signer).await;
    let sign = |xml: &str| signer.sign(xml, "EntitiesDescriptor");
    let good = sign(&document(0, 60, VALID, &signer.base64(), 0));
    publisher.publish(&good);
    refresh(&app).await;
    assert!(is_known(&app, 59).await);
    let twice = [entity("urn:a", "", "", ""), entity("urn:b", "", "", "").repeat(60), entity("urn:a", "", "", "")].concat();
    let one = document(0, 1, VALID, &signer.base64(), 0);
    let wrong = other.sign(&one, "EntitiesDescriptor");
    let start = wrong.find("<md:EntitiesDescriptor").unwrap();
    let wrapped_one = wrapped(VALID, &wrong[start..]).replacen("ID=\"_f\"", "ID=\"_g\"", 1).replace("URI=\"#_f\"", "URI=\"#_g\"");
    for (text, expected) in [
        (wrong.clone(), "no key"),
        (good.replace("sp59", "evil"), "no key"),
        (sign(&document(0, 1, "validUntil=\"2026-02-01T00:00:00Z\"", &signer.base64(), 0)), "expired"),
        (sign(&document(0, 1, "", &signer.base64(), 0)), "validUntil"),
        (sign(&document(0, 1, "validUntil=\"2026-09-01T00:00:00Z\"", &signer.base64(), 0)), "max_validity"),
        (
            sign(&one.replacen("<md:EntityDescriptor", &format!("{}<md:EntityDescriptor", made("2026-04-01T00:00:00Z")), 1)),
            "future",
        ),
        (sign(&wrapped(VALID, "")), "no service provider"),
        (sign(&wrapped(VALID, &entity("urn:a", "", "", "").replace("SPSSO", "IDPSSO"))), "no service provider"),
        (sign(&wrapped(VALID, &twice)), "call themselves urn"),
        (
            sign(&wrapped(VALID, &[entity("urn:a", "ID=\"_x\"", "", ""), entity("urn:b", "ID=\"_x\"", "", "")].concat())),
            "same ID",
        ),
        (sign(&one).replacen("<md:Ent", "<!DOCTYPE x [<!ENTITY y \"z\">]><md:Ent", 1), "doctype"),
        (wrapped_one, "not signed as configured"),
        ("x".repeat(50_000_000), "no XML"),
        (format!("{}{}", &good[..2000], "<a>".repeat(1_000_000)), "not"),
    ] {
        publisher.publish(&text);
        refresh(&app).await;
        let shown = shown(&app).await;
        assert!(shown["refresh"]["problem"].as_str().unwrap().contains(expected), "{expected}: {}", shown["refresh"]);
        assert!(shown["entities"] == 60 && is_known(&app, 59).await, "{expected}");
    }
    publisher.answer(302, "https://127.0.0.1/");
    refresh(&app).await;
    assert!(shown(&app).await["refresh"]["problem"].as_str().unwrap().contains("302"));
    publisher.publish(&good);
    refresh(&app).await;
    assert_eq!(shown(&app).await["refresh"]["problem"], "");
    // One key signs several documents: only one of them is this federation.
    app.operate(&ChangeFederation(app.app.sps.clone()), &[("name", "edu"), ("metadata_name", "another")]).await;
    publisher.publish(&sign(&document(0, 61, VALID, &signer.base64(), 0)));
    refresh(&app).await;
    assert!(shown(&app).await["refresh"]["problem"].as_str().unwrap().contains("metadata_name") && !is_known(&app, 60).await);
    app.operate(&ChangeFederation(app.app.sps.clone()), &[("name", "edu"), ("metadata_name", "federation")]).await;
    refresh(&app).await;
    assert!(is_known(&app, 60).await, "{}", shown(&app).await);
    // A key that is trusted no longer: the document that is held is not taken for good because it is held.
    let sps = || app.app.sps.clone();
    app.operate(&ChangeFederation(sps()), &[("name", "edu"), ("metadata_certificate", &other.certificate())]).await;
    refresh(&app).await;
    assert!(shown(&app).await["refresh"]["problem"].as_str().unwrap().contains("no key"));
}

async fn another_source_is_not_measured_by_the_former(on: Dialect) {
    let (publisher, one, two) = (Publisher::start().await, Signer::new(), Signer::new());
    let app = federation(on, &publisher, &one).await;
    let sps = || app.app.sps.clone();
    let problem = async || shown(&app).await["refresh"]["problem"].as_str().unwrap_or_default().to_owned();
    let sign = |signer: &Signer, count: usize, at: &str| {
        let at = if at.is_empty() { String::new() } else { made(at) };
        let xml =
            document(0, count, VALID, &one.base64(), 0).replacen("<md:EntityDescriptor", &format!("{at}<md:EntityDescriptor"), 1);
        signer.sign(&xml, "EntitiesDescriptor")
    };
    publisher.publish(&sign(&one, 3, "2026-02-28T00:00:00Z"));
    refresh(&app).await;
    for (older, expected) in [("2026-02-27T00:00:00Z", "made before"), ("", "no longer when it was made")] {
        publisher.publish(&sign(&one, 4, older));
        refresh(&app).await;
        assert!(problem().await.contains(expected) && !is_known(&app, 3).await, "{expected}: {}", problem().await);
    }
    // A setting that says nothing of the source does not change what is measured.
    app.operate(&ChangeFederation(sps()), &[("name", "edu"), ("metadata_refresh", "14000")]).await;
    refresh(&app).await;
    assert!(problem().await.contains("no longer when"), "{}", problem().await);
    // Another publisher does not know when the former made theirs.
    publisher.publish(&sign(&two, 5, "2026-02-01T00:00:00Z"));
    app.operate(&ChangeFederation(sps()), &[("name", "edu"), ("metadata_certificate", &two.certificate())]).await;
    refresh(&app).await;
    assert!(problem().await.is_empty() && is_known(&app, 4).await, "{}", problem().await);
    // Who manages it takes an older one, once.
    let older = sign(&two, 6, "2026-01-01T00:00:00Z");
    let params = [("name", "edu"), ("older", "1")];
    app.operate(&RefreshFederation::given(sps(), older), &params).await;
    assert!(is_known(&app, 5).await);
}

/// Asks as this party, with a request of this ID, and has `hans` sign in; the answer, or the page that asks for consent.
pub(super) async fn begun(app: &TestApp, id: &str, issuer: &str) -> Answer {
    let mut browser = Browser::fresh(app);
    let path = ask(&mut browser, &super::form_of(id, "", issuer)).await.location().to_owned();
    let page = browser.get(&path).await;
    let sent = browser.answer(&path, &page, &[("username", "hans"), ("password", crate::support::PASSWORD)]).await;
    match sent.status.as_u16() {
        303 => {
            let path = sent.location().to_owned();
            browser.get(&path).await
        }
        _ => sent,
    }
}

async fn who_somebody_is_everywhere_is_told_by_the_rules_alone(on: Dialect) {
    let signer = Signer::new();
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let sps = || app.app.sps.clone();
    let params = [("name", "edu"), ("metadata_certificate", &*signer.certificate()), ("parties", r#"{"consent": "trusted"}"#)];
    app.operate(&AddFederation(sps()), &params).await;
    let asking = |id: &str, wanted: &str| entity(id, "", &wishing(&extensions("https://a.example", &[RESEARCH]), wanted), "");
    let all = [asking("urn:example:global", "subject-id"), asking("urn:example:pair", "pairwise-id")].concat();
    let text = signer.sign(&wrapped(VALID, &all), "EntitiesDescriptor");
    app.operate(&RefreshFederation::given(sps(), text), &[("name", "edu")]).await;
    let begun = async |id: &str, issuer: &str| begun(&app, id, issuer).await;
    let told = response(&begun("_g1", "urn:example:global").await);
    assert!(told.contains(">hans@example.org<") && !told.contains("attribute:subject-id"), "{told}");
    // A name for it alone tells no more than its name identifier does.
    assert!(response(&begun("_p1", "urn:example:pair").await).contains("attribute:pairwise-id"));
    let release = format!(r#"[{{"category": "{RESEARCH}", "claims": ["email", "subject-id"], "requested": true}}]"#);
    app.operate(&ChangeFederation(sps()), &[("name", "edu"), ("release", &release)]).await;
    assert!(response(&begun("_g2", "urn:example:global").await).contains("attribute:subject-id"));
    // Whoever is asked reads it.
    app.operate(&ChangeFederation(sps()), &[("name", "edu"), ("parties", r#"{"consent": "ask"}"#)]).await;
    let page = begun("_g3", "urn:example:global").await;
    assert!(page.text.contains("subject-id"), "{} {}", page.status, page.text);
}

async fn one_that_has_expired_does_not_hide_another(on: Dialect) {
    let signer = Signer::new();
    let app = TestApp::new(on).await;
    let (sps, now) = (&app.app.sps, || app.app.clock.now());
    let second = app.second_node().await;
    assert!(!app.app.saml.offers_ecp(now()));
    for (edu, until) in [("edu", "2026-03-02T00:00:00Z"), ("later", "2026-03-11T00:00:00Z")] {
        let params = [("name", edu), ("metadata_certificate", &*signer.certificate()), ("parties", r#"{"ecp": true}"#)];
        app.operate(&AddFederation(sps.clone()), &params).await;
        let xml = document(0, 3, &format!("validUntil=\"{until}\""), &signer.base64(), 0).replace(&name(2), "client.example");
        let text = signer.sign(&xml, "EntitiesDescriptor");
        app.operate(&RefreshFederation::given(sps.clone(), text), &[("name", edu)]).await;
    }
    assert!(app.app.saml.offers_ecp(now()), "its service providers are accepted, and nobody is told");
    assert!(sps.look_up("client.example", now()).await.unwrap().is_none(), "no URI: it may be the name of an OpenID client");
    let of = async || sps.look_up(&name(1), now()).await.unwrap().unwrap();
    let first = of().await;
    assert_eq!(first.sp_id(), "edu");
    assert!(second.app.sps.look_up_row(first.id(), now()).await.unwrap().is_some(), "another node has heard of neither");
    app.app.clock.advance(Duration::from_secs(86_400));
    let next = of().await;
    assert_eq!((next.sp_id(), next.is_usable(now()), next.id()), ("later", true, first.id()));
    assert_eq!(sps.look_up_row(first.id(), now()).await.unwrap().unwrap().sp_id(), "later");
    app.app.clock.advance(Duration::from_secs(20 * 86_400));
    assert!(!of().await.is_usable(now()), "where all have expired, it is said of the first");
    let mut is_same = false;
    for _ in 0..5 {
        is_same |= Arc::ptr_eq(&of().await, &of().await);
    }
    assert!(is_same, "anybody can ask for it again and again: it is read once in a while");
    assert!(!app.app.saml.offers_ecp(now()));
}

async fn categories_and_authorities_decide_what_is_released(on: Dialect) {
    let signer = Signer::new();
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let params = [
        ("name", "edu"),
        ("metadata_certificate", &*signer.certificate()),
        // The rest, such as the names of attributes, stays as it is for federations.
        ("parties", r#"{"consent": "trusted"}"#),
    ];
    app.operate(&AddFederation(app.app.sps.clone()), &params).await;
    let one = |id: &str, authority: &str, categories: &[&str]| entity(id, "", &extensions(authority, categories), "");
    let all = [
        one("urn:example:plain", "https://a.example", &[RESEARCH]),
        one("urn:example:bare", "https://a.example", &[]),
        entity(
            "urn:example:mail",
            "",
            &extensions("https://a.example", &[]),
            "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>",
        ),
        one("urn:example:foreign", "https://b.example", &[RESEARCH]),
        // What is said of a group is said of all that stand in it.
        group("https://a.example", &entity("urn:example:member", "", "", "")),
        group("https://b.example", &entity("urn:example:foreigner", "", "", "")),
    ];
    let text = signer.sign(&wrapped(VALID, &all.concat()), "EntitiesDescriptor");
    app.operate(&RefreshFederation::given(app.app.sps.clone(), text), &[("name", "edu")]).await;
    app.operate(&ChangeFederation(app.app.sps.clone()), &[("name", "edu"), ("refused_registrars", "https://b.example")]).await;
    for foreign in ["urn:example:foreign", "urn:example:foreigner"] {
        assert!(app.app.sps.look_up(foreign, app.app.clock.now()).await.unwrap().is_none(), "{foreign}");
    }

    let released = async |issuer: &str| {
        let mut browser = Browser::fresh(&app);
        let asked = ask(&mut browser, &super::form_of("_r1", "", issuer)).await;
        assert_eq!(asked.status, 303, "{}", asked.text);
        let path = asked.location().to_owned();
        let page = browser.get(&path).await;
        let page = browser.answer(&path, &page, &[("username", "hans"), ("password", crate::support::PASSWORD)]).await;
        response(&page)
    };
    for known in ["urn:example:plain", "urn:example:member"] {
        let research = released(known).await;
        assert!(research.contains("urn:oid:0.9.2342.19200300.100.1.3") && research.contains(">hans@example.org<"), "{research}");
    }
    let bare = released("urn:example:bare").await;
    assert!(bare.contains("status:Success") && !bare.contains("AttributeStatement"), "{bare}");
    // Nor does it learn as a name what its categories do not let it know.
    let mail = released("urn:example:mail").await;
    assert!(mail.contains("status:Success") && !mail.contains("hans@example.org"), "{mail}");
}
