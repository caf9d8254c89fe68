use db::Dialect;

use crate::support::{Api, TestApp};

db::on_every_database![service_providers_are_added_changed_and_removed, wrong_metadata_and_settings_change_nothing];

fn metadata(entity_id: &str) -> String {
    format!(
        "<EntityDescriptor entityID=\"{entity_id}\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">\
         <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><AssertionConsumerService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example/acs\" index=\"0\"/>\
         </SPSSODescriptor></EntityDescriptor>"
    )
}

async fn service_providers_are_added_changed_and_removed(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let added = api.post("/samlsp/notes", &[("metadata", &metadata("urn:a")), ("consent", "ask")]).await.ok();
    assert_eq!(added["entity_id"], "urn:a");
    let shown = api.get("/samlsp/notes").await.ok();
    assert_eq!(shown["notes"]["described"]["consumers"][0]["location"], "https://sp.example/acs");
    assert_eq!((shown["notes"]["consent"].as_str(), shown["notes"]["version"].as_i64()), (Some("ask"), Some(1)));
    assert!(shown["notes"]["metadata"].as_str().unwrap().contains("EntityDescriptor"));
    assert_eq!(api.post("/samlsp/other", &[("metadata", &metadata("urn:a"))]).await.error(), (409, 602));
    // Names and consents hang on the entity: another one is another service provider.
    assert_eq!(api.post("/samlsp/notes", &[("metadata", &metadata("urn:b"))]).await.error(), (400, 905));
    assert_eq!(api.post("/samlsp/third", &[("metadata", &metadata("portal"))]).await.error(), (400, 905));
    api.post("/samlsp/notes", &[("metadata", &metadata("urn:a")), ("version", "1")]).await.ok();
    assert_eq!(api.post("/samlsp/notes", &[("sign", "response"), ("version", "1")]).await.error(), (409, 602));
    let all = api.get("/samlsp/").await.ok();
    assert_eq!((all["notes"]["entity_id"].as_str(), all["notes"]["metadata"].is_null()), (Some("urn:a"), true));
    assert!(app.app.sps.by_entity("urn:a").is_some() && app.app.sps.by_entity("urn:b").is_none(), "look-ups see it at once");
    api.delete("/samlsp/notes").await.ok();
    assert_eq!(api.get("/samlsp/notes").await.error(), (404, 601));
    assert!(app.app.sps.find("notes").is_none());
    let audit = api.get("/audit/?action=*samlsp*").await.text;
    assert!(audit.contains("service provider notes, entity urn:a"), "{audit}");
}

async fn wrong_metadata_and_settings_change_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    assert_eq!(api.post("/samlsp/notes", &[]).await.error(), (400, 905));
    assert_eq!(api.post("/samlsp/notes", &[("metadata", "<html/>")]).await.error(), (400, 905));
    let good = metadata("urn:a");
    let external = good.replace("<EntityDescriptor", "<!DOCTYPE x SYSTEM \"http://127.0.0.1/x\"><EntityDescriptor");
    assert_eq!(api.post("/samlsp/notes", &[("metadata", &external)]).await.error(), (400, 905));
    assert_eq!(api.post("/samlsp/notes", &[("metadata", &good), ("sign", "nothing")]).await.error(), (400, 905));
    assert_eq!(api.post("/samlsp/notes", &[("metadata", &good), ("clock_skew", "9999")]).await.error(), (400, 905));
    assert!(app.app.sps.find("notes").is_none());
}
