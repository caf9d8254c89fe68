use std::time::Duration;

use db::Dialect;
use serde_json::{Value, json};

use crate::support::{ADMIN_PASSWORD, Api, TestApp};

db::on_every_database![
    administrators_get_a_token_that_works,
    claims_decode_with_the_standard_alphabet,
    failures_look_alike_whoever_is_meant,
    failures_are_answered_at_a_fixed_time,
    guessing_is_bounded_and_the_limit_looks_the_same,
    tokens_end_with_time_and_with_the_account,
    odd_tokens_are_refused,
    sessions_are_what_policies_make_them,
];

async fn administrators_get_a_token_that_works(on: Dialect) {
    let app = TestApp::new(on).await;
    let answer = Api::anonymous(&app).post("/auth", &[("username", "admin"), ("password", ADMIN_PASSWORD)]).await;
    assert_eq!(answer.status, 200);
    let value = &answer.json()["result"]["value"];
    assert_eq!(
        (value["role"].as_str(), value["username"].as_str(), value["auth"].as_bool()),
        (Some("admin"), Some("admin"), Some(true))
    );
    assert_eq!(answer.json()["result"]["authentication"], "ACCEPT");
    assert!(answer.headers.get("set-cookie").is_none());
    let api = Api::with(&app, value["token"].as_str().unwrap());
    assert_eq!(api.get("/realm/").await.status, 200);
}

async fn claims_decode_with_the_standard_alphabet(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let payload = api.token.split('.').nth(1).unwrap();
    assert!(!payload.contains(['-', '_']));
    let claims: Value = serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap();
    assert_eq!(claims["role"], "admin");
    assert_eq!(claims["exp"], json!(crate::support::START.seconds() + 3600));
}

async fn failures_look_alike_whoever_is_meant(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.post("/user/", &[("user", "hans"), ("password", "hans-his-password"), ("resolver", "internal")]).await.ok();
    let anonymous = Api::anonymous(&app);
    let mut seen = Vec::new();
    for name in ["admin", "hans", "nobody", "hans@default", "nobody@nowhere"] {
        let answer = anonymous.post("/auth", &[("username", name), ("password", "wrong")]).await;
        let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        seen.push((answer.status, answer.without_time(), headers));
    }
    assert!(seen.iter().all(|s| *s == seen[0]), "{seen:?}");
    assert_eq!(
        seen[0].1,
        r#"{"detail":null,"id":1,"jsonrpc":"2.0","result":{"error":{"code":4031,"message":"Authentication failure. Wrong credentials"},"status":false},"version":"privacyIDEA 3.14"}"#
    );
}

async fn failures_are_answered_at_a_fixed_time(on: Dialect) {
    let app = TestApp::with(on, &[("login.failed_after", "300ms")]).await;
    let anonymous = Api::anonymous(&app);
    for name in ["admin", "nobody"] {
        let watch = kernel::clock::Stopwatch::start();
        anonymous.post("/auth", &[("username", name), ("password", "wrong")]).await;
        let took = watch.elapsed();
        assert!(took >= Duration::from_millis(300), "{name}: {took:?}");
    }
}

async fn guessing_is_bounded_and_the_limit_looks_the_same(on: Dialect) {
    let app = TestApp::new(on).await;
    let anonymous = Api::anonymous(&app);
    for _ in 0..40 {
        anonymous.post("/auth", &[("username", "admin"), ("password", "wrong")]).await;
    }
    let right = anonymous.post("/auth", &[("username", "admin"), ("password", ADMIN_PASSWORD)]).await;
    assert_eq!((right.status.as_u16(), right.json()["result"]["error"]["code"].as_i64()), (401, Some(4031)));
    app.app.clock.advance(Duration::from_secs(7200));
    let later = anonymous.post("/auth", &[("username", "admin"), ("password", ADMIN_PASSWORD)]).await;
    assert_eq!(later.status, 200);
}

async fn tokens_end_with_time_and_with_the_account(on: Dialect) {
    let app = TestApp::new(on).await;
    let admin = Api::admin(&app).await;
    admin.post("/user/", &[("user", "hans"), ("password", "hans-his-password"), ("resolver", "internal")]).await.ok();
    let hans = Api::sign_in(&app, "hans", "hans-his-password").await;
    assert_eq!(hans.get("/auth/rights").await.status, 200);
    assert_eq!(hans.get("/realm/").await.error(), (401, 4306));
    let person = app.person("hans").await;
    app.disable(person).await;
    assert_eq!(hans.get("/auth/rights").await.error(), (401, 4304));
    app.app.clock.advance(Duration::from_secs(3601));
    assert_eq!(admin.get("/realm/").await.error(), (401, 4305));
}

async fn odd_tokens_are_refused(on: Dialect) {
    let app = TestApp::new(on).await;
    let admin = Api::admin(&app).await;
    let (head, signature) = admin.token.rsplit_once('.').unwrap();
    let mut parts = head.split('.');
    let (header, payload) = (parts.next().unwrap(), parts.next().unwrap());
    let none = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
    for token in [
        "x".to_owned(),
        format!("{none}.{payload}."),
        format!("{header}.{payload}.{}", with_first_changed(signature)),
        format!("{header}.{payload}"),
    ] {
        assert_eq!(Api::with(&app, &token).get("/realm/").await.error(), (401, 4304), "{token}");
    }
    assert_eq!(Api::anonymous(&app).get("/realm/").await.error(), (401, 4033));
}

/// The signature with its first six bits other than they were.
fn with_first_changed(signature: &str) -> String {
    let first = if signature.starts_with('A') { "B" } else { "A" };
    format!("{first}{}", &signature[1..])
}

async fn sessions_are_what_policies_make_them(on: Dialect) {
    let app = TestApp::new(on).await;
    let admin = Api::admin(&app).await;
    let person = [("user", "hans"), ("password", "hans-his-password"), ("resolver", "internal")];
    admin.post("/user/", &person).await.ok();
    admin.post("/policy/session", &[("scope", "webui"), ("action", "jwt_validity=60, logout_time=30")]).await.ok();
    admin.post("/policy/self-service", &[("scope", "user"), ("action", "enrollTOTP, delete, totp_otplen=8")]).await.ok();
    let sign_in = async || Api::anonymous(&app).post("/auth", &[("username", "hans"), ("password", "hans-his-password")]).await;
    let value = sign_in().await.ok();
    assert_eq!(value["rights"], json!(["delete", "enrollTOTP", "totp_otplen", "totp_otplen=8"]));
    assert_eq!((&value["menus"], &value["logout_time"]), (&json!(["tokens"]), &json!(30)));
    let payload = value["token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap();
    assert_eq!(claims["exp"], json!(crate::support::START.seconds() + 60));
    admin.post("/policy/closed", &[("scope", "webui"), ("action", "login_mode=disable"), ("realm", "default")]).await.ok();
    let refused = sign_in().await;
    assert_eq!(refused.error(), (401, 4031));
}
