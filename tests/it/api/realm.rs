use db::Dialect;
use serde_json::json;

use crate::support::{Api, TestApp};

db::on_every_database![
    the_first_realm_stands_on_the_internal_resolver,
    realms_are_made_and_removed,
    a_node_has_resolvers_of_its_own,
    a_domain_belongs_to_one_realm,
];

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

async fn a_node_has_resolvers_of_its_own(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.post("/resolver/branch", &[("type", "internalresolver")]).await.ok();
    for resolver in ["internal", "branch"] {
        api.post("/user/", &[("user", "hans"), ("resolver", resolver)]).await.ok();
    }
    app.app.mfa.people.serves().await.unwrap();
    app.app.mfa.people.serves().await.unwrap();
    let nodes = api.get("/system/nodes").await.ok();
    assert_eq!((nodes.as_array().unwrap().len(), &nodes[0]["name"]), (1, &json!("localnode")), "{nodes}");
    let uuid = nodes[0]["uuid"].as_str().unwrap().to_owned();
    let path = format!("/realm/default/node/{uuid}");
    let body = json!({"resolver": [{"name": "branch", "priority": 5}, {"name": "none"}]}).to_string();
    let set = api.raw("POST", &path, "application/json", body).await.ok();
    assert_eq!(set, json!({"added": ["branch"], "failed": ["none"]}));
    assert_eq!(app.person("hans").await.resolver, "branch");
    assert_eq!(app.second_node().await.person("hans").await.resolver, "internal", "elsewhere nothing has changed");
    let shown = api.get("/realm/").await.ok()["default"]["resolver"].clone();
    let of = |name: &str| shown.as_array().unwrap().iter().find(|r| r["name"] == name).unwrap().clone();
    assert_eq!(of("branch"), json!({"name": "branch", "type": "internalresolver", "node": uuid, "priority": 5}));
    assert_eq!(of("internal")["node"], "");
    // What counts everywhere is set without touching it; and the other way round.
    api.post("/realm/default", &[("resolvers", "internal")]).await.ok();
    assert_eq!(app.person("hans").await.resolver, "branch");
    for (path, list) in [
        ("/realm/default/node/elsewhere", r#"[{"name": "branch"}]"#),
        (path.as_str(), r#"[{"name": "branch", "priority": 0}]"#),
        (&path, r#"[{"name": "none"}]"#),
        (&path, "branch"),
        (&path, r#"{"name": "branch"}"#),
    ] {
        assert!(matches!(api.post(path, &[("resolver", list)]).await.status.as_u16(), 400 | 404), "{path} {list}");
    }
    assert_eq!(api.post(&path, &[]).await.error(), (400, 905));
    api.post("/realm/default/node/localnode", &[("resolver", "[]")]).await.ok();
    assert_eq!(app.person("hans").await.resolver, "internal");
    assert_eq!(api.get("/realm/superuser").await.ok(), json!([]));
}

async fn a_domain_belongs_to_one_realm(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.post("/realm/staff", &[("resolvers", "internal")]).await.ok();
    assert!(api.get("/realm/").await.ok()["staff"].get("domains").is_none());
    assert_eq!(
        api.post("/realm/staff/domains", &[("domains", "Example.org, @example.com")]).await.ok(),
        json!(["example.com", "example.org"])
    );
    assert_eq!(api.get("/realm/").await.ok()["staff"]["domains"], json!(["example.com", "example.org"]));
    let taken = api.post("/realm/default/domains", &[("domains", "example.net,example.org")]).await;
    assert_eq!(taken.error(), (409, 602), "{}", taken.text);
    for wrong in ["a b", "*.example.org", "x@example.org", "a..b", "\u{e4}.example"] {
        assert_eq!(api.post("/realm/default/domains", &[("domains", wrong)]).await.error(), (400, 905), "{wrong}");
    }
    assert_eq!(api.post("/realm/nowhere/domains", &[("domains", "a.example")]).await.error(), (404, 601));
    // Other resolvers leave the domains as they are; without the realm they are free.
    api.post("/realm/staff", &[("resolvers", "internal"), ("priority.internal", "2")]).await.ok();
    assert_eq!(api.get("/realm/").await.ok()["staff"]["domains"][1], "example.org");
    api.delete("/realm/staff").await.ok();
    api.post("/realm/default/domains", &[("domains", "example.org")]).await.ok();
    api.post("/realm/default/domains", &[("domains", "")]).await.ok();
    assert!(api.get("/realm/").await.ok()["default"].get("domains").is_none());
}
