use db::Dialect;
use serde_json::{Value, json};

use crate::support::{Api, PASSWORD, TestApp};

db::on_every_database![
    attributes_are_set_merged_and_deleted,
    people_set_what_policy_lets_them,
    odd_attributes_are_refused,
    a_realm_with_attributes_goes_only_with_them,
    what_the_engine_keeps_stays_inside,
];

async fn listed(api: &Api<'_>, query: &str) -> Value {
    api.get(&format!("/user/?username=hans{query}")).await.ok()[0].clone()
}

async fn attributes_are_set_merged_and_deleted(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    assert_eq!(api.get("/user/attribute?user=hans").await.ok(), json!({}));
    let before = app.person("hans").await;
    let set = [("user", "hans"), ("realm", "default"), ("key", "groups"), ("value", "app-readers"), ("type", "text")];
    let first = api.post("/user/attribute", &set).await.ok().as_i64().unwrap();
    assert!(first > 0);
    api.post("/user/attribute", &[("user", "hans"), ("key", "email"), ("value", "other@example.org")]).await.ok();
    api.post("/user/attribute", &[("user", "hans"), ("key", "groups"), ("value", "app-admins")]).await.ok();
    assert_eq!(api.get("/user/attribute?user=hans").await.ok(), json!({"email": "other@example.org", "groups": "app-admins"}));
    assert_eq!(api.get("/user/attribute?user=hans&key=groups").await.ok(), "app-admins");
    assert_eq!(api.get("/user/attribute?user=hans&key=none").await.ok(), Value::Null);
    let hans = listed(&api, "").await;
    assert_eq!((&hans["groups"], &hans["email"]), (&json!("app-admins"), &json!("other@example.org")));
    let plain = listed(&api, "&include_custom_attributes=0").await;
    assert_eq!((plain.get("groups"), &plain["email"]), (None, &json!("hans@example.org")));
    assert_eq!(listed(&api, "&attributes=email").await.get("groups"), None);
    let after = app.person("hans").await;
    assert!(!before.attributes.contains_key("groups") && after.custom == ["email", "groups"]);
    api.post("/oidcclient/notes", &[("claims", r#"[{"claim": "groups", "match": "app-*", "strip": "app-", "multiple": true}]"#)])
        .await
        .ok();
    let said = api.get("/oidcclient/notes/claims?user=hans").await.ok();
    assert_eq!((&said["userinfo"]["groups"], &said["userinfo"]["email"]), (&json!(["admins"]), &json!("other@example.org")));
    assert_eq!(said["claims"][0]["attributes"][0]["from"], "custom attribute in realm default");
    for wanted in [1, 0] {
        assert_eq!(api.delete("/user/attribute/email/hans/default").await.ok(), wanted);
    }
    assert_eq!(listed(&api, "").await["email"], "hans@example.org", "what the resolver says counts again");
    assert_eq!(api.delete("/user/attribute/email/nobody/default").await.error(), (400, 904));
    // Another node reads the same.
    let other = app.second_node().await;
    assert_eq!(other.person("hans").await.custom, ["groups"]);
    api.delete("/user/internal/hans").await.ok();
    app.operate(&mfa::people::ops::AddUser, &[("user", "hans"), ("resolver", "internal")]).await;
    assert_eq!(api.get("/user/attribute?user=hans").await.ok(), json!({}), "a namesake inherits nothing");
}

async fn people_set_what_policy_lets_them(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    app.operate(&mfa::people::ops::AddUser, &[("user", "eva"), ("resolver", "internal")]).await;
    let (api, hans) = (Api::admin(&app).await, Api::sign_in(&app, "hans", PASSWORD).await);
    let set = async |api: &Api<'_>, key: &str, value: &str| {
        api.post("/user/attribute", &[("user", "eva"), ("key", key), ("value", value)]).await.status.as_u16()
    };
    assert_eq!(set(&hans, "groups", "app-admins").await, 403, "nobody gives themselves groups");
    assert_eq!(hans.get("/user/editable_attributes/").await.ok(), json!({"set": {}, "delete": []}));
    api.post("/policy/own", &[("scope", "user"), ("action", "set_custom_user_attributes=*: *")]).await.ok();
    assert_eq!((set(&hans, "groups", "app-admins").await, set(&hans, "city", "Bern").await), (403, 200), "whatever policy says");
    assert_eq!(api.delete("/user/attribute/city/hans/default").await.ok(), 1);
    let action = "set_custom_user_attributes=team: red blue city: *, delete_custom_user_attributes=city";
    api.post("/policy/own", &[("scope", "user"), ("action", action)]).await.ok();
    assert_eq!(
        hans.get("/user/editable_attributes/").await.ok(),
        json!({"set": {"team": ["blue", "red"], "city": ["*"]}, "delete": ["city"]})
    );
    assert_eq!(
        (set(&hans, "team", "red").await, set(&hans, "team", "green").await, set(&hans, "groups", "x").await),
        (200, 403, 403)
    );
    assert_eq!(set(&hans, "city", "Bern").await, 200);
    assert_eq!(api.get("/user/attribute?user=eva").await.ok(), json!({}), "whatever name is given, it is one's own");
    assert_eq!(hans.get("/user/attribute?user=eva").await.ok(), json!({"city": "Bern", "team": "red"}));
    assert_eq!(hans.delete("/user/attribute/team/hans/default").await.status, 403);
    assert_eq!(hans.delete("/user/attribute/city/eva/default").await.ok(), 1);
    assert_eq!(api.get("/user/attribute?user=hans").await.ok(), json!({"team": "red"}));
    // Administrators are held to their policies, too.
    let action = "policywrite, userlist, set_custom_user_attributes=team: red";
    api.post("/policy/superuser", &[("scope", "admin"), ("action", action), ("active", "true")]).await.ok();
    assert_eq!((set(&api, "team", "red").await, set(&api, "team", "blue").await), (200, 403));
    assert_eq!(api.delete("/user/attribute/team/eva/default").await.status, 403);
    assert_eq!(api.get("/user/internal_attribute?user=eva").await.status, 403);
    let wrong = api.post("/policy/own", &[("scope", "user"), ("action", "set_custom_user_attributes=red")]).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
}

async fn odd_attributes_are_refused(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let long = "x".repeat(70_000);
    for (key, value) in [
        ("", "x"),
        ("realm", "admins"),
        ("username", "root"),
        ("password", "x"),
        ("a\0b", "x"),
        ("a\nb", "x"),
        (&long[..300], "x"),
        ("a", "x\0y"),
        ("a", &long),
    ] {
        let answer = api.post("/user/attribute", &[("user", "hans"), ("key", key), ("value", value)]).await;
        assert_eq!(answer.error(), (400, 905), "{}", key.escape_debug());
    }
    assert_eq!(api.post("/user/attribute", &[("user", "hans"), ("key", "a")]).await.error(), (400, 905));
    let html = "<script>alert(1)</script>{realm}' OR 1=1 --";
    api.post("/user/attribute", &[("user", "hans"), ("key", "nick"), ("value", html)]).await.ok();
    assert_eq!(api.get("/user/attribute?user=hans").await.ok(), json!({"nick": html}));
}

async fn a_realm_with_attributes_goes_only_with_them(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    api.post("/realm/lab", &[("resolvers", "internal")]).await.ok();
    api.post("/user/attribute", &[("user", "hans"), ("realm", "lab"), ("key", "bench"), ("value", "3")]).await.ok();
    assert_eq!(api.get("/user/attribute?user=hans&realm=lab").await.ok(), json!({"bench": "3"}));
    assert_eq!(api.get("/user/attribute?user=hans").await.ok(), json!({}), "each realm has its own");
    // Found through the one realm, a person is still remembered without its attributes for the other.
    let people = &app.app.mfa.people;
    let in_lab = people.resolve(&people.name("hans@lab", None, true)).await.unwrap().unwrap();
    let at_home = people.by_id(in_lab.id).await.unwrap().unwrap();
    assert_eq!((in_lab.custom.as_slice(), at_home.realm.as_str()), (&["bench".to_owned()][..], "default"));
    assert!(at_home.custom.is_empty() && !at_home.attributes.contains_key("bench"));
    assert_eq!(api.delete("/realm/lab").await.error(), (400, 302));
    assert_eq!(api.delete("/realm/lab?delete_custom_attributes=1").await.status, 200);
    api.post("/realm/lab", &[("resolvers", "internal")]).await.ok();
    assert_eq!(api.get("/user/attribute?user=hans&realm=lab").await.ok(), json!({}));
}

async fn what_the_engine_keeps_stays_inside(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let hans = app.person("hans").await;
    let people = &app.app.mfa.people;
    for value in [json!("first"), json!({"privacyidea-cp": "push"})] {
        let mut batch = db::Batch::new();
        people.keep_internal(&mut batch, &hans, "last_used_token", Some(&value));
        app.app.db.write(batch).await.unwrap();
        people.forget(hans.id).await;
    }
    assert_eq!(api.get("/user/internal_attribute?user=hans").await.ok(), json!({"last_used_token": {"privacyidea-cp": "push"}}));
    let rules = r#"[{"claim": "last_used_token", "in": ["id_token", "userinfo", "access_token"]}]"#;
    api.post("/oidcclient/notes", &[("claims", rules)]).await.ok();
    for path in ["/user/?username=hans", "/user/attribute?user=hans", "/oidcclient/notes/claims?user=hans"] {
        let answer = api.get(path).await;
        assert!(answer.status == 200 && !answer.text.contains("privacyidea-cp"), "{path}: {}", answer.text);
    }
    assert_eq!(Api::sign_in(&app, "hans", PASSWORD).await.get("/user/internal_attribute").await.error(), (401, 4306));
    let mut batch = db::Batch::new();
    people.keep_internal(&mut batch, &hans, "last_used_token", None);
    app.app.db.write(batch).await.unwrap();
    assert_eq!(api.get("/user/internal_attribute?user=hans").await.ok(), json!({}));
}
