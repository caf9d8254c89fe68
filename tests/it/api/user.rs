use db::Dialect;

use crate::support::{Api, TestApp};

db::on_every_database![people_are_created_found_changed_and_removed, people_see_only_themselves];

const HANS: [(&str, &str); 5] = [
    ("user", "hans"),
    ("resolver", "internal"),
    ("password", "hans-his-password"),
    ("surname", "Gr\u{fc}n"),
    ("email", "hans@example.org"),
];

async fn people_are_created_found_changed_and_removed(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.post("/user/", &HANS).await.ok();
    assert_eq!(api.post("/user", &HANS).await.status, 400, "twice");
    let found = api.get("/user/?username=h*").await.ok();
    assert_eq!((found[0]["username"].as_str(), found[0]["surname"].as_str()), (Some("hans"), Some("Gr\u{fc}n")));
    assert!(found[0].get("password").is_none());
    let changed = api.send("PUT", "/user/", &[("user", "hans"), ("resolver", "internal"), ("surname", "Blau")]).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(api.get("/user/?surname=blau").await.ok()[0]["username"], "hans");
    api.delete("/user/internal/hans").await.ok();
    assert_eq!(api.get("/user/?username=hans").await.ok().as_array().unwrap().len(), 0);
}

async fn people_see_only_themselves(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    api.post("/user/", &HANS).await.ok();
    api.post("/user/", &[("user", "grete"), ("resolver", "internal"), ("password", "grete-her-password")]).await.ok();
    let hans = Api::sign_in(&app, "hans", "hans-his-password").await;
    assert_eq!(hans.post("/user/", &[("user", "x"), ("resolver", "internal")]).await.error(), (401, 4306));
    let found = hans.get("/user/?username=*").await.ok();
    assert!(found.as_array().unwrap().iter().all(|u| u["username"] == "hans"), "{found}");
}
