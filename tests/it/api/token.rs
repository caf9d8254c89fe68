use db::Dialect;
use serde_json::json;

use crate::support::{Api, PASSWORD, TestApp};

db::on_every_database![
    tokens_are_enrolled_listed_switched_and_deleted,
    enrolment_shows_its_secret_once,
    people_touch_their_own_tokens_only,
    a_list_is_also_a_file,
];

/// The key of RFC 4226 appendix D.
const KEY: &str = "3132333435363738393031323334353637383930";

async fn tokens_are_enrolled_listed_switched_and_deleted(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let made = api
        .post("/token/init", &[("type", "hotp"), ("otpkey", KEY), ("user", "hans"), ("pin", "1234"), ("serial", "OATH1")])
        .await;
    assert_eq!((made.status.as_u16(), made.json()["detail"]["serial"].as_str()), (200, Some("OATH1")), "{}", made.text);
    let listed = api.get("/token/?user=hans&pagesize=5").await.ok();
    let token = &listed["tokens"][0];
    assert_eq!(
        (token["serial"].as_str(), token["tokentype"].as_str(), token["username"].as_str()),
        (Some("OATH1"), Some("hotp"), Some("hans"))
    );
    assert_eq!((listed["count"].as_i64(), &listed["prev"], &listed["next"]), (Some(1), &json!(null), &json!(null)));
    assert!(!listed.to_string().contains(KEY));
    for (verb, active) in [("disable", false), ("enable", true)] {
        api.post(&format!("/token/{verb}/OATH1"), &[]).await.ok();
        assert_eq!(api.get("/token/?serial=OATH1").await.ok()["tokens"][0]["active"], active);
    }
    assert_eq!(api.delete("/token/OATH1").await.ok(), json!(1));
    assert_eq!(api.get("/token/?serial=OATH1").await.ok()["count"], 0);
    assert_eq!(api.delete("/token/OATH1").await.status, 404);
}

async fn enrolment_shows_its_secret_once(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let made = api.post("/token/init", &[("type", "totp"), ("genkey", "1"), ("user", "hans")]).await;
    let detail = &made.json()["detail"];
    assert!(detail["googleurl"]["value"].as_str().unwrap().starts_with("otpauth://totp/"));
    assert!(detail["googleurl"]["img"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert_eq!(made.header("cache-control"), "no-store");
    let serial = detail["serial"].as_str().unwrap();
    let key = detail["otpkey"]["value_b32"].as_str().unwrap();
    assert!(!api.get(&format!("/token/?serial={serial}")).await.text.contains(key));
}

async fn people_touch_their_own_tokens_only(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    api.post("/user/", &[("user", "grete"), ("resolver", "internal"), ("password", "grete-her-password")]).await.ok();
    api.post("/token/init", &[("type", "hotp"), ("otpkey", KEY), ("user", "grete"), ("serial", "GRETE1")]).await.ok();
    let hans = Api::sign_in(&app, "hans", PASSWORD).await;
    assert_eq!(hans.get("/token/?user=grete").await.ok()["count"], 0);
    for (method, path) in [("DELETE", "/token/GRETE1"), ("POST", "/token/disable/GRETE1"), ("POST", "/token/reset/GRETE1")] {
        let foreign = hans.send(method, path, &[]).await;
        let absent = hans.send(method, &path.replace("GRETE1", "NOSUCH1"), &[]).await;
        assert!(foreign.status.is_client_error(), "{method} {path}: {}", foreign.text);
        assert_eq!(foreign.error(), absent.error(), "{method} {path} tells that the token exists");
    }
    assert_eq!(api.get("/token/?serial=GRETE1").await.ok()["tokens"][0]["active"], true);
}

async fn a_list_is_also_a_file(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    for (serial, description) in [("OATH1", "it's blue"), ("OATH2", "=1+1")] {
        let init = [("type", "hotp"), ("genkey", "1"), ("serial", serial), ("description", description)];
        api.post("/token/init", &init).await.ok();
    }
    let file = api.get("/token/?outform=csv&sortby=serial").await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").starts_with("attachment"));
    let lines: Vec<Vec<&str>> = file.text.lines().map(|line| line.split(", ").collect()).collect();
    let column = |name: &str| lines[0].iter().position(|n| *n == format!("'{name}'")).unwrap();
    let values = |name: &str| lines[1..].iter().map(|line| line[column(name)]).collect::<Vec<_>>();
    assert_eq!(values("active"), ["'True'", "'True'"]);
    assert_eq!(values("description"), ["'it''s blue'", "'=1+1'"]);
    assert!(file.text.contains("'OATH1'") && file.text.contains("'OATH2'"));
    assert_eq!(api.get("/token/?outform=csv&serial=none").await.text, "");
    let wrong = api.get("/token/?outform=csv&pagesize=0").await;
    assert_eq!(wrong.error(), (400, 905));
    assert_eq!(Api::anonymous(&app).get("/token/?outform=csv").await.error(), (401, 4033));
}
