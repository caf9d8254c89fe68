use db::Dialect;
use serde_json::json;

use crate::support::{Api, TestApp};

db::on_every_database![
    policies_are_written_and_switched,
    policies_are_asked_about_somebody,
    unknown_actions_are_refused,
    rights_bind_administrators,
];

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

async fn policies_are_asked_about_somebody(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let fields = [("scope", "authentication"), ("action", "otppin=userstore"), ("realm", "default"), ("client", "10.0.0.0/8")];
    api.post("/policy/pins", &fields).await.ok();
    let ask =
        async |more: &str| api.get(&format!("/policy/check?realm=default&scope=authentication&action=otppin{more}")).await.ok();
    let asked = ask("&user=hans&client=10.1.2.3").await;
    assert_eq!((&asked["allowed"], &asked["policy"][0]["name"]), (&json!(true), &json!("pins")), "{asked}");
    // Somebody who does not exist is asked about all the same; elsewhere the policy does not apply.
    assert_eq!(ask("&user=nobody&client=10.1.2.3").await["allowed"], true);
    assert_eq!(ask("&user=hans&client=192.0.2.1").await, json!({"allowed": false, "info": "No policies found"}));
    for wrong in ["", "&user=hans&client=nowhere"] {
        let path = format!("/policy/check?realm=default&scope=authentication&action=otppin{wrong}");
        assert_eq!(api.get(&path).await.error(), (400, 905), "{wrong}");
    }
    assert_eq!(api.get("/policy/check?user=a&realm=b&scope=nonsense&action=x").await.error(), (400, 905));
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
