use db::Dialect;

use crate::support::{Api, TestApp};

db::on_every_database![the_first_realm_stands_on_the_internal_resolver, realms_are_made_and_removed];

async fn the_first_realm_stands_on_the_internal_resolver(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let realms = api.get("/realm/").await.ok();
    assert_eq!(realms["default"]["default"], true);
    assert_eq!(realms["default"]["resolver"][0]["name"], "internal");
    assert!(api.get("/resolver/").await.ok()["internal"].is_object());
    assert!(api.get("/defaultrealm").await.ok()["default"].is_object());
}

async fn realms_are_made_and_removed(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let made = api.post("/realm/staff", &[("resolvers", "internal"), ("priority.internal", "3")]).await.ok();
    assert_eq!(made["added"][0], "internal");
    api.post("/defaultrealm/staff", &[]).await.ok();
    assert_eq!(api.get("/realm/").await.ok()["staff"]["default"], true);
    api.delete("/realm/staff").await.ok();
    assert!(api.get("/realm/").await.ok()["staff"].is_null());
    assert_eq!(api.delete("/realm/staff").await.status, 404);
}
