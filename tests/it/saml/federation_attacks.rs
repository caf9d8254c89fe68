//! Who stands between a federation and us, who has a key of it, and who is in another federation: each gets no further than that.

use std::time::Duration;

use db::{Dialect, Stmt, args};
use serde_json::Value;
use symbolon::federations::{AddFederation, ChangeFederation, ListFederations, RefreshFederation};
use symbolon::sps::{AddSp, ChangeSp};

use super::federation::{VALID, document, federation, made, name, refresh, wrapped};
use super::publisher::{Publisher, Signer, entity};
use crate::support::{Api, Browser, TestApp};

db::on_every_database![
    an_older_copy_without_a_date_replaces_nothing,
    a_further_key_makes_no_older_copy_good,
    another_document_of_the_same_key_replaces_nothing,
    what_shrinks_is_taken_and_told,
    no_private_address_is_asked,
    what_is_compressed_is_not_unpacked,
    who_comes_second_takes_nobody_over,
    who_is_registered_here_is_no_member,
];

static DAMAGE: Stmt = Stmt::new("UPDATE saml_sp SET metadata = 'damaged' WHERE sp_id = 'mine'");
static DAMAGE_MORE: Stmt = Stmt::new("UPDATE saml_sp SET settings = 'damaged' WHERE sp_id = 'mine'");

async fn shown(app: &TestApp) -> Value {
    app.operate(&ListFederations(app.app.sps.clone()), &[("name", "edu")]).await.value["edu"].clone()
}

async fn problem(app: &TestApp) -> String {
    shown(app).await["refresh"]["problem"].as_str().unwrap_or_default().to_owned()
}

/// Whose settings a party of this name is met under, and its place for answers.
async fn met(app: &TestApp, entity_id: &str) -> Option<(String, String)> {
    let sp = app.app.sps.look_up(entity_id, app.app.clock.now()).await.unwrap()?;
    Some((sp.sp_id().to_owned(), sp.metadata().consumers[0].location.clone()))
}

async fn is_known(app: &TestApp, n: usize) -> bool {
    met(app, &name(n)).await.is_some()
}

async fn an_older_copy_without_a_date_replaces_nothing(on: Dialect) {
    let (publisher, signer) = (Publisher::start().await, Signer::new());
    let app = federation(on, &publisher, &signer).await;
    let until = |day: u32, count: usize| {
        let attributes = format!("validUntil=\"2026-03-{day}T00:00:00Z\"");
        signer.sign(&document(0, count, &attributes, &signer.base64(), 0), "EntitiesDescriptor")
    };
    publisher.publish(&until(20, 3));
    refresh(&app).await;
    assert!(is_known(&app, 2).await);
    // Signed, not expired, and from before: the publisher has taken a key out since.
    publisher.publish(&until(19, 4));
    refresh(&app).await;
    assert!(problem(&app).await.contains("expires before") && !is_known(&app, 3).await, "{}", problem(&app).await);
    publisher.publish(&until(20, 5));
    refresh(&app).await;
    assert!(problem(&app).await.is_empty() && is_known(&app, 4).await, "{}", problem(&app).await);
    // When what is held has expired, whatever counts expires later: who publishes for a shorter time is taken then at the latest.
    publisher.publish(&until(19, 6));
    refresh(&app).await;
    assert!(problem(&app).await.contains("expires before"));
    let older = [("name", "edu"), ("older", "1")];
    app.operate(&RefreshFederation::given(app.app.sps.clone(), until(19, 6)), &older).await;
    assert!(problem(&app).await.is_empty() && is_known(&app, 5).await);
    publisher.publish(&until(21, 7));
    refresh(&app).await;
    assert!(is_known(&app, 6).await, "{}", problem(&app).await);
}

async fn a_further_key_makes_no_older_copy_good(on: Dialect) {
    let (publisher, one, two) = (Publisher::start().await, Signer::new(), Signer::new());
    let app = federation(on, &publisher, &one).await;
    let dated = |signer: &Signer, day: u32, count: usize| {
        let first = format!("{}<md:EntityDescriptor", made(&format!("2026-02-{day}T00:00:00Z")));
        let xml = document(0, count, VALID, &one.base64(), 0).replacen("<md:EntityDescriptor", &first, 1);
        signer.sign(&xml, "EntitiesDescriptor")
    };
    publisher.publish(&dated(&one, 20, 2));
    refresh(&app).await;
    assert!(is_known(&app, 1).await);
    let both = [two.certificate(), one.certificate()].concat();
    app.operate(&ChangeFederation(app.app.sps.clone()), &[("name", "edu"), ("metadata_certificate", &both)]).await;
    publisher.publish(&dated(&one, 19, 3));
    refresh(&app).await;
    assert!(problem(&app).await.contains("made before") && !is_known(&app, 2).await, "{}", problem(&app).await);
    publisher.publish(&dated(&two, 21, 4));
    refresh(&app).await;
    assert!(problem(&app).await.is_empty() && is_known(&app, 3).await, "{}", problem(&app).await);
}

async fn another_document_of_the_same_key_replaces_nothing(on: Dialect) {
    let (publisher, signer) = (Publisher::start().await, Signer::new());
    let app = federation(on, &publisher, &signer).await;
    let called = |name: &str, count: usize| {
        let xml = document(0, count, VALID, &signer.base64(), 0).replacen("Name=\"federation\"", name, 1);
        signer.sign(&xml, "EntitiesDescriptor")
    };
    publisher.publish(&called("Name=\"federation\"", 2));
    refresh(&app).await;
    assert!(is_known(&app, 1).await);
    for (other, expected) in [("", "nobody"), ("Name=\"Federation\"", "Federation"), ("Name=\"preview\"", "preview")] {
        publisher.publish(&called(other, 3));
        refresh(&app).await;
        assert!(problem(&app).await.contains(expected) && !is_known(&app, 2).await, "{other}: {}", problem(&app).await);
    }
    // An older copy that is waved through is one of this federation all the same.
    let waved = RefreshFederation::given(app.app.sps.clone(), called("Name=\"preview\"", 3));
    app.operate(&waved, &[("name", "edu"), ("older", "1")]).await;
    assert!(problem(&app).await.contains("preview") && !is_known(&app, 2).await);
    app.operate(&ChangeFederation(app.app.sps.clone()), &[("name", "edu"), ("metadata_name", "preview")]).await;
    publisher.publish(&called("Name=\"preview\"", 3));
    refresh(&app).await;
    assert!(problem(&app).await.is_empty() && is_known(&app, 2).await, "{}", problem(&app).await);
}

async fn what_shrinks_is_taken_and_told(on: Dialect) {
    let (publisher, signer) = (Publisher::start().await, Signer::new());
    let app = federation(on, &publisher, &signer).await;
    for (count, is_told) in [(9, false), (5, false), (2, true)] {
        publisher.publish(&signer.sign(&document(0, count, VALID, &signer.base64(), 0), "EntitiesDescriptor"));
        refresh(&app).await;
        assert!(is_known(&app, count - 1).await && !is_known(&app, count).await, "{count}: {}", problem(&app).await);
        let audit = Api::admin(&app).await.get("/audit/?action=*refresh*&page_size=100").await.text;
        assert_eq!(audit.contains("of 5 before"), is_told, "{audit}");
        assert!(audit.contains(&format!("{count} service providers")) && !audit.contains("of 9 before"), "{audit}");
    }
}

async fn no_private_address_is_asked(on: Dialect) {
    let (publisher, signer) = (Publisher::start().await, Signer::new());
    let app = federation(on, &publisher, &signer).await;
    publisher.publish(&signer.sign(&document(0, 1, VALID, &signer.base64(), 0), "EntitiesDescriptor"));
    let port = url::Url::parse(&publisher.url).unwrap().port().unwrap();
    // `localhost` may be called here, by this name: the same server by its address, and others, may not.
    for host in ["127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]", "2130706433"] {
        let url = format!("https://{host}:{port}/metadata.xml");
        app.operate(&ChangeFederation(app.app.sps.clone()), &[("name", "edu"), ("metadata_url", &url)]).await;
        refresh(&app).await;
        assert!(problem(&app).await.contains("not a public address"), "{host}: {}", problem(&app).await);
    }
    assert_eq!((publisher.asked(), is_known(&app, 0).await), (0, false));
    // Nor does a server that may be called send us there.
    app.operate(&ChangeFederation(app.app.sps.clone()), &[("name", "edu"), ("metadata_url", &publisher.url)]).await;
    publisher.answer(302, &format!("https://127.0.0.1:{port}/metadata.xml"));
    refresh(&app).await;
    assert!(problem(&app).await.contains("302") && publisher.asked() == 1, "{}", problem(&app).await);
}

async fn what_is_compressed_is_not_unpacked(on: Dialect) {
    let (publisher, signer) = (Publisher::start().await, Signer::new());
    let app = federation(on, &publisher, &signer).await;
    let good = signer.sign(&document(0, 1, VALID, &signer.base64(), 0), "EntitiesDescriptor");
    publisher.publish(&good);
    refresh(&app).await;
    for text in [" ".repeat(64 << 20), good] {
        publisher.publish_compressed(&text);
        refresh(&app).await;
        assert!(problem(&app).await.contains("not in UTF-8") && is_known(&app, 0).await, "{}", problem(&app).await);
    }
}

/// An entity with its own place for answers.
fn placed(entity_id: &str, at: &str) -> String {
    entity(entity_id, "", "", "").replace("https://sp.example/acs", at)
}

async fn who_comes_second_takes_nobody_over(on: Dialect) {
    let (one, two) = (Signer::new(), Signer::new());
    let app = TestApp::new(on).await;
    let sps = || app.app.sps.clone();
    let take = async |name: &str, signer: &Signer, inside: &str| {
        let text = signer.sign(&wrapped(VALID, inside), "EntitiesDescriptor");
        app.operate(&RefreshFederation::given(sps(), text), &[("name", name)]).await;
    };
    // The second is called so that it stands first in every list.
    for (name, signer) in [("edu", &one), ("aaa", &two)] {
        app.operate(&AddFederation(sps()), &[("name", name), ("metadata_certificate", &signer.certificate())]).await;
        app.app.clock.advance(Duration::from_secs(1));
    }
    let there = |who: &str| Some((who.to_owned(), format!("https://{who}.example/acs")));
    take(
        "aaa",
        &two,
        &[placed("urn:example:shared", "https://aaa.example/acs"), placed("urn:example:new", "https://aaa.example/acs")].concat(),
    )
    .await;
    assert_eq!(met(&app, "urn:example:shared").await, there("aaa"));
    let row = app.app.sps.by_entity("urn:example:shared").unwrap().id();
    take("edu", &one, &placed("urn:example:shared", "https://edu.example/acs")).await;
    let second = app.second_node().await;
    for node in [&app, &second] {
        assert_eq!(met(node, "urn:example:shared").await, there("edu"));
        let by_row = node.app.sps.look_up_row(row, node.app.clock.now()).await.unwrap().unwrap();
        assert_eq!(by_row.sp_id(), "edu");
        assert_eq!(met(node, "urn:example:new").await, there("aaa"), "what only it has, it has");
    }
    // However often it refreshes.
    take("aaa", &two, &placed("urn:example:shared", "https://aaa.example/other")).await;
    assert_eq!(met(&app, "urn:example:shared").await, there("edu"));
}

async fn who_is_registered_here_is_no_member(on: Dialect) {
    let signer = Signer::new();
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let sps = || app.app.sps.clone();
    let params = [("name", "edu"), ("metadata_certificate", &*signer.certificate()), ("parties", r#"{"consent": "trusted"}"#)];
    app.operate(&AddFederation(sps()), &params).await;
    let text = signer.sign(&wrapped(VALID, &placed("urn:example:one", "https://evil.example/acs")), "EntitiesDescriptor");
    app.operate(&RefreshFederation::given(sps(), text.clone()), &[("name", "edu")]).await;
    assert_eq!(met(&app, "urn:example:one").await.unwrap().0, "edu");
    let row = app.app.sps.by_entity("urn:example:one").unwrap().id();

    // Whoever is registered counts from then on, on every node and also where the member was looked up before.
    let second = app.second_node().await;
    assert_eq!(met(&second, "urn:example:one").await.unwrap().0, "edu");
    app.operate(&AddSp(sps()), &[("id", "mine"), ("metadata", &super::metadata("urn:example:one"))]).await;
    symbolon::jobs::run_once(&second.app).await.ok().unwrap();
    let mine = Some(("mine".to_owned(), super::ACS.to_owned()));
    for node in [&app, &second] {
        assert_eq!(met(node, "urn:example:one").await, mine);
        let by_row = node.app.sps.look_up_row(row, node.app.clock.now()).await.unwrap();
        assert!(by_row.is_none(), "what a sign-in there referred to is gone");
    }
    app.operate(&RefreshFederation::given(sps(), text), &[("name", "edu")]).await;
    assert_eq!(met(&app, "urn:example:one").await, mine);

    // Barred is barred: the federation is no way round it.
    app.operate(&ChangeSp(sps()), &[("id", "mine"), ("enabled", "0")]).await;
    let asked = Browser::fresh(&app).post_raw("/saml/sso", &super::form_of("_b1", "", "urn:example:one"), &[]).await;
    assert!(asked.status == 400 && !asked.text.contains("evil.example"), "{} {}", asked.status, asked.text);
    // Nor is it when the row cannot be read any more.
    for damage in [&DAMAGE, &DAMAGE_MORE] {
        app.app.db.execute(damage, args![]).await.unwrap();
        app.app.sps.reload().await.unwrap();
        assert_eq!(met(&app, "urn:example:one").await, None);
        assert!(app.app.sps.look_up_row(row, app.app.clock.now()).await.unwrap().is_none());
    }
}
