use db::Dialect;
use serde_json::{Value, json};

use super::{GROUP, Hr, PATCH, USER, error, id};
use crate::support::TestApp;

db::on_every_database![users_are_changed_as_they_were_read, groups_are_changed_as_they_were_read];

async fn users_are_changed_as_they_were_read(on: Dialect) {
    as_they_were_read(on, "/Users", json!({ "schemas": [USER], "userName": "dana" }), "nickName").await;
}

async fn groups_are_changed_as_they_were_read(on: Dialect) {
    as_they_were_read(on, "/Groups", json!({ "schemas": [GROUP], "displayName": "staff" }), "externalId").await;
}

async fn as_they_were_read(on: Dialect, endpoint: &str, body: Value, attribute: &str) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let resource = hr.add(endpoint, body.clone()).await;
    let path = format!("{endpoint}/{}", id(&resource));
    let old = resource["meta"]["version"].as_str().unwrap().to_owned();
    assert_eq!(hr.get(&path).await.header("etag"), old);
    let known = hr.raw("GET", &path, &[("if-none-match", &old)], Vec::new()).await;
    assert_eq!((known.status.as_u16(), known.text.as_str(), known.header("etag")), (304, "", old.as_str()));
    let patch = |value: &str| {
        let body = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": attribute, "value": value }] });
        body.to_string().into_bytes()
    };
    let changed = hr.raw("PATCH", &path, &[("if-match", &old)], patch("x")).await;
    assert!(changed.status.is_success(), "{}", changed.text);
    let new = changed.header("etag").to_owned();
    assert_ne!(new, old);
    assert_eq!(hr.raw("GET", &path, &[("if-none-match", &old)], Vec::new()).await.status, 200);
    for (method, content) in
        [("PATCH", patch("y")), ("PUT", body.to_string().into_bytes()), ("DELETE", Vec::new()), ("DELETE", Vec::new())]
    {
        let refused = hr.raw(method, &path, &[("if-match", &old)], content).await;
        assert_eq!(error(&refused), (412, String::new()), "{method}");
    }
    assert_eq!(hr.get(&path).await.json()[attribute], "x", "nothing was changed");
    let either = format!("\"nonsense\", {new}");
    assert!(hr.raw("PATCH", &path, &[("if-match", &either)], patch("z")).await.status.is_success());
    assert_eq!(hr.raw("DELETE", &path, &[("if-match", "*")], Vec::new()).await.status, 204);
}
