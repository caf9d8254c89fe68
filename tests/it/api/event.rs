use db::Dialect;
use serde_json::json;

use crate::support::{Api, TestApp};

db::on_every_database![handlers_are_bound_switched_and_removed, modules_say_what_they_can_do, rights_bind_administrators,];

const COUNT: &[(&str, &str)] = &[
    ("name", "people"),
    ("event", "user_add,user_delete"),
    ("handlermodule", "Counter"),
    ("action", "increase_counter"),
    ("option.counter_name", "people"),
    ("ordering", "3"),
];

async fn handlers_are_bound_switched_and_removed(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    assert_eq!(api.get("/event/").await.ok(), json!([]));
    let id = api.post("/event", COUNT).await.ok().as_i64().unwrap();
    let expected = json!({
        "id": id, "name": "people", "event": ["user_add", "user_delete"], "handlermodule": "Counter", "action": "increase_counter",
        "position": "post", "ordering": 3, "active": true, "abort_on_error": false, "conditions": {},
        "options": {"counter_name": "people"},
    });
    assert_eq!(api.get("/event/").await.ok(), json!([expected]));
    assert_eq!(api.get(&format!("/event/{id}")).await.ok(), json!([expected]));
    assert_eq!(api.get("/event/4711").await.ok(), json!([]));
    let counted = async || app.app.mfa.events.counter(&app.app.db, "people").await.unwrap();
    let add = async |name: &str| api.post("/user/", &[("user", name), ("resolver", "internal"), ("password", "x")]).await.ok();
    add("one").await;
    assert_eq!(counted().await, 1);
    assert_eq!(api.post(&format!("/event/disable/{id}"), &[]).await.ok(), id);
    assert_eq!(api.get(&format!("/event/{id}")).await.ok()[0]["active"], false);
    add("two").await;
    assert_eq!(counted().await, 1);
    assert_eq!(api.post(&format!("/event/enable/{id}"), &[]).await.ok(), id);
    add("three").await;
    assert_eq!(counted().await, 2);
    assert_eq!(api.delete(&format!("/event/{id}")).await.ok(), id);
    assert_eq!(api.delete(&format!("/event/{id}")).await.error(), (404, 601));
    assert_eq!(api.post(&format!("/event/enable/{id}"), &[]).await.error(), (404, 601));
    assert_eq!(api.post("/event", &[("name", "x"), ("handlermodule", "Counter")]).await.status, 400);
}

async fn modules_say_what_they_can_do(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    assert!(api.get("/event/available").await.ok().as_array().unwrap().contains(&json!("token_init")));
    assert!(api.get("/event/handlermodules").await.ok().as_array().unwrap().contains(&json!("Counter")));
    assert_eq!(api.get("/event/positions/Counter").await.ok(), json!(["pre", "post"]));
    let actions = api.get("/event/actions/Counter").await.ok();
    assert_eq!(actions["decrease_counter"]["allow_negative_values"]["type"], "bool");
    assert!(api.get("/event/conditions/Counter").await.ok().is_object());
    assert_eq!(api.get("/event/defaults/Counter").await.ok(), json!({"abort_on_error": false}));
    for aspect in ["positions", "actions", "conditions", "defaults"] {
        assert_eq!(api.get(&format!("/event/{aspect}/Nothing")).await.error(), (404, 601));
    }
}

async fn rights_bind_administrators(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.post("/policy/superuser", &[("scope", "admin"), ("action", "eventhandling_read")]).await.ok();
    assert_eq!(api.get("/event/").await.status, 200);
    assert_eq!(api.get("/event/actions/Counter").await.status, 200);
    assert_eq!(api.post("/event", COUNT).await.error(), (403, 303));
    for path in ["/event/enable/1", "/event/disable/1"] {
        assert_eq!(api.post(path, &[]).await.error(), (403, 303), "{path}");
    }
    assert_eq!(api.delete("/event/1").await.error(), (403, 303));
    assert_eq!(api.get("/policy/check?user=a&realm=b&scope=user&action=enable").await.error(), (403, 303));
}
