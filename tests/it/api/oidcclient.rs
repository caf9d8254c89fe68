use db::Dialect;

use crate::support::{Api, TestApp};

db::on_every_database![clients_are_added_changed_and_removed, wrong_settings_are_all_named_and_change_nothing,];

async fn clients_are_added_changed_and_removed(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let added =
        api.post("/oidcclient/notes", &[("redirect_uris", "https://notes.example/cb"), ("client_name", "Notes")]).await.ok();
    let secret = added["client_secret"].as_str().unwrap().to_owned();
    assert!(secret.len() >= 43);
    let shown = api.get("/oidcclient/notes").await;
    assert!(!shown.text.contains(&secret));
    let client = shown.ok();
    assert_eq!(client["notes"]["redirect_uris"][0], "https://notes.example/cb");
    assert_eq!(client["notes"]["version"], 1);
    api.post("/oidcclient/notes", &[("client_name", "Field Notes"), ("version", "1")]).await.ok();
    let stale = api.post("/oidcclient/notes", &[("client_name", "x"), ("version", "1")]).await;
    assert_eq!(stale.error(), (409, 602));
    let client = api.get("/oidcclient/").await.ok();
    assert_eq!(
        (client["notes"]["client_name"].as_str(), client["notes"]["has_secret"].as_bool()),
        (Some("Field Notes"), Some(true))
    );
    assert!(app.app.clients.find("notes").is_some(), "look-ups see it at once");
    let rotated = api.post("/oidcclient/notes/secret", &[]).await.ok();
    assert_ne!(rotated["client_secret"], secret.as_str());
    api.delete("/oidcclient/notes").await.ok();
    assert_eq!(api.get("/oidcclient/notes").await.error(), (404, 601));
    assert!(app.app.clients.find("notes").is_none());
}

async fn wrong_settings_are_all_named_and_change_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let answer = api.post("/oidcclient/notes", &[("redirect_uris", "ftp://x/ https://a.example/#f")]).await;
    assert_eq!(answer.error(), (400, 905));
    let answer = api.post("/oidcclient/notes", &[("token_endpoint_auth_method", "magic")]).await;
    assert_eq!(answer.error(), (400, 905));
    assert!(app.app.clients.find("notes").is_none());
}
