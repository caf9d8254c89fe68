use db::Dialect;
use serde_json::{Value, json};

use super::{ENTERPRISE, Hr, PATCH, USER, error, id};
use crate::support::{Answer, Api, TestApp};

db::on_every_database![
    a_user_lives,
    the_password_is_set_and_never_shown,
    who_is_not_active_is_out_everywhere,
    names_are_unique_whatever_their_case,
    what_administrators_change_is_seen,
    who_is_deleted_is_gone,
    changes_are_in_the_audit,
];

fn dana() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "userName": "Dana@example.org", "externalId": "hr-7", "displayName": "Dana Demo",
        "name": { "givenName": "Dana", "familyName": "Demo" }, "title": "Chief", "active": true,
        "emails": [
            { "value": "home@example.org", "type": "home" },
            { "value": "dana@example.org", "type": "work", "primary": true },
        ],
        "phoneNumbers": [{ "value": "+43 1 5", "type": "work" }, { "value": "+43 6 7", "type": "mobile" }],
        ENTERPRISE: { "employeeNumber": "701", "department": "Sales", "manager": { "value": "01ARZ3NDEKTSV4RRFFQ69G5FAV" } },
    })
}

async fn a_user_lives(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let created = hr.send("POST", "/Users", &dana()).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let user = created.json();
    let path = format!("/Users/{}", id(&user));
    assert_eq!(created.location(), format!("http://localhost:8080/scim/v2{path}"));
    assert_eq!((created.header("etag"), created.header("content-type")), ("W/\"1-e\"", "application/scim+json"));
    for (name, value) in dana().as_object().unwrap() {
        match name.as_str() {
            ENTERPRISE => assert_eq!(user[ENTERPRISE]["department"], "Sales"),
            name => assert_eq!(&user[name], value, "{name}"),
        }
    }
    assert_eq!(user["meta"]["created"], "2026-03-01T12:00:00Z");
    assert!(user[ENTERPRISE]["manager"]["$ref"].as_str().unwrap().ends_with("/Users/01ARZ3NDEKTSV4RRFFQ69G5FAV"));
    assert_eq!(hr.get(&path).await.json(), user, "what was answered is what is there");
    // The rest of the house sees a person.
    let person = app.person("Dana@example.org").await;
    let text = |name: &str| person.attributes.get(name).and_then(|a| a.text().map(str::to_owned)).unwrap_or_default();
    assert_eq!(
        ["email", "phone", "mobile", "givenname", "surname", "displayname"].map(text),
        ["dana@example.org", "+43 1 5", "+43 6 7", "Dana", "Demo", "Dana Demo"]
    );
    // PATCH, then PUT: what it does not name is gone, except whether somebody is active.
    let patched = hr
        .patch(
            &path,
            json!([{ "op": "replace", "path": "name.familyName", "value": "Doe" }, { "op": "remove", "path": "title" }]),
        )
        .await;
    assert_eq!((patched.header("etag"), &patched.json()["name"]["familyName"]), ("W/\"2-e\"", &json!("Doe")));
    assert!(patched.json().get("title").is_none());
    hr.patch(&path, json!([{ "op": "replace", "value": { "active": false } }])).await;
    let replaced = hr.send("PUT", &path, &json!({ "schemas": [USER], "userName": "dana", "id": "x", "meta": 7 })).await;
    let user = replaced.json();
    assert_eq!((replaced.status.as_u16(), &user["userName"], &user["active"]), (200, &json!("dana"), &json!(false)));
    assert!(user.get("emails").is_none() && user.get(ENTERPRISE).is_none() && user.get("externalId").is_none(), "{user}");
    assert_eq!(hr.get(&path).await.json(), user);
    // Nothing changes when nothing is changed.
    let same = hr.send("PUT", &path, &json!({ "schemas": [USER], "userName": "dana" })).await;
    assert_eq!(same.header("etag"), replaced.header("etag"));
    assert_eq!(hr.delete(&path).await.status, 204);
    assert_eq!(error(&hr.get(&path).await).0, 404);
    assert_eq!(error(&hr.delete(&path).await).0, 404);
    assert_eq!(error(&hr.send("PUT", &path, &dana()).await).0, 404);
}

async fn sign_in(app: &TestApp, name: &str, password: &str) -> Answer {
    Api::anonymous(app).post("/auth", &[("username", name), ("password", password)]).await
}

async fn the_password_is_set_and_never_shown(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let secret = "a-Secret-of-Dana-7";
    let created = hr.send("POST", "/Users", &json!({ "schemas": [USER], "userName": "dana", "password": secret })).await;
    assert_eq!(created.status, 201);
    let path = format!("/Users/{}", id(&created.json()));
    let signed_in = sign_in(&app, "dana", secret).await;
    let own = Api::with(&app, signed_in.ok()["token"].as_str().unwrap());
    let changed = "another-Secret-of-Dana-8";
    let patched = hr.patch(&path, json!([{ "op": "replace", "path": "password", "value": changed }])).await;
    let listed = hr.get("/Users?attributes=password,userName").await;
    let everything = [created.text, patched.text, hr.get(&path).await.text, listed.text].concat();
    assert!(!everything.contains("password") && !everything.contains("ecret"), "{everything}");
    assert_eq!(sign_in(&app, "dana", secret).await.status, 401);
    assert_eq!(sign_in(&app, "dana", changed).await.status, 200);
    assert_eq!(own.get("/token/").await.status, 401, "what rests on the old password is void");
    // Nothing of it is in the database or the audit.
    let audit = Api::admin(&app).await.get("/audit/?page_size=100").await.text;
    assert!(!audit.contains(secret) && !audit.contains(changed));
    for bad in [json!(""), json!("x".repeat(2000)), json!("a\u{0}b"), json!({ "a": 1 })] {
        let body = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "password", "value": bad }] });
        assert_eq!(error(&hr.send("PATCH", &path, &body).await), (400, "invalidValue".to_owned()), "{bad}");
    }
    assert_eq!(sign_in(&app, "dana", changed).await.status, 200);
}

async fn who_is_not_active_is_out_everywhere(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let body = json!({ "schemas": [USER], "userName": "dana", "password": "a-Secret-7" });
    let path = format!("/Users/{}", id(&hr.add("/Users", body).await));
    let token = sign_in(&app, "dana", "a-Secret-7").await.ok()["token"].as_str().unwrap().to_owned();
    let own = Api::with(&app, &token);
    assert_eq!(own.get("/token/").await.status, 200);
    let epoch = app.person("dana").await.auth_epoch;
    // The dialect of a large service.
    let patched = hr.patch(&path, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
    assert_eq!((&patched.json()["active"], patched.header("etag")), (&json!(false), "W/\"2-d\""));
    let person = app.person("dana").await;
    assert!(person.disabled && person.auth_epoch > epoch);
    assert_eq!(own.get("/token/").await.status, 401);
    assert_eq!(sign_in(&app, "dana", "a-Secret-7").await.status, 401);
    // Saying it again ends nothing again; saying something else neither.
    hr.patch(&path, json!([{ "op": "replace", "value": { "active": "false", "title": "x" } }])).await;
    assert_eq!(app.person("dana").await.auth_epoch, person.auth_epoch);
    hr.patch(&path, json!([{ "op": "replace", "path": "active", "value": true }])).await;
    assert_eq!(sign_in(&app, "dana", "a-Secret-7").await.status, 200);
    assert_eq!(own.get("/token/").await.status, 401, "what was void stays void");
    // Who is created inactive is so from the beginning.
    let body = json!({ "schemas": [USER], "userName": "eve", "password": "a-Secret-7", "active": false });
    assert_eq!(hr.add("/Users", body).await["active"], false);
    assert_eq!(sign_in(&app, "eve", "a-Secret-7").await.status, 401);
}

async fn names_are_unique_whatever_their_case(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    hr.add_user("Dana").await;
    let eve = format!("/Users/{}", id(&hr.add_user("eve").await));
    let taken = (409, "uniqueness".to_owned());
    assert_eq!(error(&hr.send("POST", "/Users", &json!({ "schemas": [USER], "userName": "dANA" })).await), taken);
    assert_eq!(error(&hr.send("PUT", &eve, &json!({ "schemas": [USER], "userName": "DANA" })).await), taken);
    let body = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "userName", "value": "dana" }] });
    assert_eq!(error(&hr.send("PATCH", &eve, &body).await), taken);
    let own = hr.send("PUT", &eve, &json!({ "schemas": [USER], "userName": "EVE" })).await;
    assert_eq!(own.json()["userName"], "EVE");
    // The same at the same time: one is made.
    let bodies = [(); 4].map(|()| json!({ "schemas": [USER], "userName": "twin" }));
    let (a, b, c, d) = tokio::join!(
        hr.send("POST", "/Users", &bodies[0]),
        hr.send("POST", "/Users", &bodies[1]),
        hr.send("POST", "/Users", &bodies[2]),
        hr.send("POST", "/Users", &bodies[3]),
    );
    let mut statuses = [a, b, c, d].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

async fn what_administrators_change_is_seen(on: Dialect) {
    let app = TestApp::new(on).await;
    let (hr, admin) = (Hr::new(&app).await, Api::admin(&app).await);
    let path = format!("/Users/{}", id(&hr.add("/Users", dana()).await));
    admin
        .send("PUT", "/user/", &[("user", "Dana@example.org"), ("resolver", "internal"), ("email", "new@example.org")])
        .await
        .ok();
    let user = hr.get(&path).await.json();
    assert_eq!(user["emails"][1], json!({ "value": "new@example.org", "type": "work", "primary": true }));
    assert_eq!((&user["meta"]["version"], &user["title"]), (&json!("W/\"2-e\""), &json!("Chief")));
    // Whom nobody provisioned is a user too.
    admin.post("/user/", &[("user", "hans"), ("resolver", "internal"), ("password", "x"), ("surname", "Huber")]).await.ok();
    let hans = hr.find("/Users", "userName eq \"HANS\"").await.remove(0);
    assert_eq!((&hans["name"], &hans["active"]), (&json!({ "familyName": "Huber" }), &json!(true)));
    let patched = hr.patch(&format!("/Users/{}", id(&hans)), json!([{ "op": "add", "path": "active", "value": false }])).await;
    assert_eq!(patched.json()["active"], false);
    assert!(app.person("hans").await.disabled);
}

async fn who_is_deleted_is_gone(on: Dialect) {
    let app = TestApp::new(on).await;
    let (hr, admin) = (Hr::new(&app).await, Api::admin(&app).await);
    let body = json!({ "schemas": [USER], "userName": "dana", "externalId": "1", "password": "a-Secret-7" });
    let first = hr.add("/Users", body.clone()).await;
    let token = admin.post("/token/init", &[("type", "hotp"), ("genkey", "1"), ("user", "dana")]).await;
    let serial = token.json()["detail"]["serial"].as_str().unwrap().to_owned();
    let own = Api::sign_in(&app, "dana", "a-Secret-7").await;
    assert_eq!(hr.delete(&format!("/Users/{}", id(&first))).await.status, 204);
    assert_eq!(own.get("/token/").await.status, 401);
    assert_eq!(hr.find("/Users", "externalId eq \"1\"").await, Vec::<Value>::new());
    // Whoever takes the name next is somebody else, without the token.
    let second = hr.add("/Users", body).await;
    assert_ne!(id(&first), id(&second));
    let tokens = admin.get("/token/?user=dana&realm=default").await.ok();
    assert_eq!(tokens["count"], 0, "{tokens}");
    let token = admin.get(&format!("/token/?serial={serial}")).await.ok();
    assert_eq!(token["count"], 1, "the token itself is kept");
}

async fn changes_are_in_the_audit(on: Dialect) {
    let app = TestApp::new(on).await;
    let (hr, admin) = (Hr::new(&app).await, Api::admin(&app).await);
    let path = format!("/Users/{}", id(&hr.add_user("dana").await));
    hr.patch(&path, json!([{ "op": "add", "path": "title", "value": "Chief of everything" }])).await;
    hr.get(&path).await;
    hr.get("/Users").await;
    hr.delete(&path).await;
    let rows = admin.get("/audit/?administrator=scim:hr&sortorder=asc").await.ok();
    let rows: Vec<_> = rows["auditdata"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["action"].as_str().unwrap().to_owned(), row["user"].as_str().unwrap().to_owned(), row["success"].clone()))
        .collect();
    let expected = ["POST /scim/v2/Users", "PATCH /scim/v2/Users/<id>", "DELETE /scim/v2/Users/<id>"];
    assert_eq!(rows, expected.map(|action| (action.to_owned(), "dana".to_owned(), json!(1))), "reading leaves no record");
    let text = admin.get("/audit/?administrator=scim:hr").await.text;
    assert!(text.contains("title") && !text.contains("Chief of everything"), "names, no values: {text}");
}
