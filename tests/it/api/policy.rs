use db::Dialect;
use serde_json::json;

use crate::support::{Api, TestApp};

db::on_every_database![policies_are_written_and_switched, unknown_actions_are_refused, rights_bind_administrators,];

async fn policies_are_written_and_switched(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let start: Vec<String> =
        api.get("/policy/").await.ok().as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect();
    assert!(start.contains(&"require-second-factor".to_owned()) && start.contains(&"hide-specific-error-message".to_owned()));
    api.post("/policy/pins", &[("scope", "authentication"), ("action", "otppin=userstore"), ("realm", "default")]).await.ok();
    let shown = api.get("/policy/pins").await.ok();
    assert_eq!(shown[0]["action"], json!({ "otppin": "userstore" }));
    assert_eq!((shown[0]["active"].as_bool(), shown[0]["priority"].as_i64()), (Some(true), Some(1)));
    api.post("/policy/disable/pins", &[]).await.ok();
    assert_eq!(api.get("/policy/pins").await.ok()[0]["active"], false);
    api.post("/policy/enable/pins", &[]).await.ok();
    api.delete("/policy/pins").await.ok();
    assert_eq!(api.delete("/policy/pins").await.error(), (404, 601));
}

async fn unknown_actions_are_refused(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let answer = api.post("/policy/odd", &[("scope", "authentication"), ("action", "no_such_action")]).await;
    assert_eq!(answer.status, 400);
}

async fn rights_bind_administrators(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.post("/policy/superuser", &[("scope", "admin"), ("action", "policyread")]).await.ok();
    assert_eq!(api.get("/policy/").await.status, 200);
    assert_eq!(api.delete("/policy/require-second-factor").await.error(), (403, 303));
}
