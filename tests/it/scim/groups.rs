use db::Dialect;
use mfa::people::ops::AddUser;
use serde_json::{Value, json};

use super::{GROUP, Hr, PATCH, error, id};
use crate::support::{Api, PASSWORD, TestApp};

db::on_every_database![
    a_group_lives,
    members_come_and_go,
    names_of_groups_are_unique,
    groups_are_attributes_of_people,
    nobody_makes_groups_up
];

fn group(name: &str, members: &[&Value]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({ "value": member["id"] })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

fn members(group: &Value) -> Vec<String> {
    let mut ids: Vec<String> =
        group["members"].as_array().into_iter().flatten().map(|m| m["value"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

async fn a_group_lives(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let (ada, bea) = (hr.add_user("ada").await, hr.add_user("bea").await);
    let created = hr.send("POST", "/Groups", &group("Staff", &[&ada])).await;
    assert_eq!((created.status.as_u16(), created.header("etag")), (201, "W/\"1\""));
    let staff = created.json();
    let path = format!("/Groups/{}", id(&staff));
    let location = format!("http://localhost:8080/scim/v2/Users/{}", id(&ada));
    assert_eq!(staff["members"], json!([{ "value": id(&ada), "$ref": location, "type": "User" }]));
    assert_eq!(hr.get(&path).await.json(), staff);
    let replaced = hr.send("PUT", &path, &group("Everybody", &[&ada, &bea])).await;
    assert_eq!((replaced.status.as_u16(), &replaced.json()["displayName"]), (200, &json!("Everybody")));
    assert_eq!(members(&replaced.json()).len(), 2);
    let replaced = hr.send("PUT", &path, &json!({ "schemas": [GROUP], "displayName": "Everybody" })).await;
    assert!(replaced.json().get("members").is_none());
    let patched = hr.patch(&path, json!([{ "op": "replace", "value": { "id": id(&staff), "displayName": "All" } }])).await;
    assert_eq!((patched.status.as_u16(), patched.text.as_str()), (204, ""));
    let shown = hr
        .send(
            "PATCH",
            &format!("{path}?attributes=displayName"),
            &json!({ "Operations": [{ "op": "add", "path": "externalId", "value": "7" }] }),
        )
        .await;
    assert_eq!((shown.status.as_u16(), &shown.json()["displayName"]), (200, &json!("All")));
    assert_eq!(hr.find("/Groups", "externalId eq \"7\"").await.len(), 1);
    assert_eq!(hr.delete(&path).await.status, 204);
    assert_eq!(error(&hr.get(&path).await).0, 404);
    assert_eq!(hr.get(&format!("/Users/{}", id(&ada))).await.status, 200);
}

async fn members_come_and_go(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let mut users = Vec::new();
    for name in ["a", "b", "c", "d"] {
        users.push(id(&hr.add_user(name).await));
    }
    let inner = id(&hr.add("/Groups", group("Inner", &[])).await);
    let path = format!("/Groups/{}", id(&hr.add("/Groups", group("Outer", &[])).await));
    let now = async || members(&hr.get(&path).await.json());
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    let [a, b, c, d] = [0, 1, 2, 3].map(|n| &users[n]);
    hr.patch(&path, json!([{ "op": "Add", "path": "members", "value": [{ "value": a }, { "value": b }, { "value": inner }] }]))
        .await;
    assert_eq!(now().await, sorted(&[a, b, &inner]));
    // Again, together with a new one; the type may be told or not.
    hr.patch(&path, json!([{ "op": "add", "path": "members", "value": [{ "value": a, "type": "User" }, { "value": c }] }])).await;
    assert_eq!(now().await, sorted(&[a, b, c, &inner]));
    hr.patch(&path, json!([{ "op": "remove", "path": format!("members[value eq \"{a}\"]") }])).await;
    hr.patch(&path, json!([{ "op": "Remove", "path": "members", "value": [{ "value": b }] }])).await;
    assert_eq!(now().await, sorted(&[c, &inner]));
    hr.patch(&path, json!([{ "op": "remove", "path": "members[type eq \"Group\"]" }])).await;
    assert_eq!(now().await, sorted(&[c]));
    hr.patch(
        &path,
        json!([
            { "op": "add", "value": { "members": [{ "value": d }] } },
            { "op": "remove", "path": format!("members[value eq \"{d}\"]") },
            { "op": "remove", "path": format!("members[value eq \"{a}\"]") },
            { "op": "add", "path": "members", "value": a },
        ]),
    )
    .await;
    assert_eq!(now().await, sorted(&[a, c]));
    hr.patch(&path, json!([{ "op": "replace", "path": "members", "value": [{ "value": d }] }])).await;
    assert_eq!(now().await, sorted(&[d]));
    // Who is looked for in a group.
    let outer = path.rsplit('/').next().unwrap();
    assert_eq!(hr.find("/Groups", &format!("id eq \"{outer}\" and members eq \"{d}\"")).await.len(), 1);
    assert_eq!(hr.find("/Groups", &format!("members[value eq \"{d}\"]")).await.len(), 1);
    assert_eq!(hr.find("/Groups", &format!("members.value eq \"{a}\"")).await.len(), 0);
    let lean = hr.get("/Groups?excludedAttributes=members").await.json();
    assert!(lean["Resources"].as_array().unwrap().iter().all(|group| group.get("members").is_none()));
    hr.patch(&path, json!([{ "op": "remove", "path": "members" }])).await;
    assert_eq!(now().await, Vec::<String>::new());
    for (value, word) in [
        (json!([{ "op": "add", "path": "members", "value": [{ "value": "01ARZ3NDEKTSV4RRFFQ69G5FAV" }] }]), "invalidValue"),
        (json!([{ "op": "add", "path": "members", "value": [{ "value": outer }] }]), "invalidValue"),
        (json!([{ "op": "add", "path": "members", "value": [{ "type": "User" }] }]), "invalidValue"),
        (json!([{ "op": "add", "path": "members", "value": [7] }]), "invalidValue"),
        (json!([{ "op": "replace", "path": format!("members[value eq \"{a}\"].value"), "value": b }]), "mutability"),
        (json!([{ "op": "replace", "path": format!("members[value eq \"{a}\"]"), "value": {} }]), "invalidPath"),
        (json!([{ "op": "remove", "path": "displayName" }]), "mutability"),
    ] {
        let refused = hr.send("PATCH", &path, &json!({ "schemas": [PATCH], "Operations": value })).await;
        assert_eq!(error(&refused), (400, word.to_owned()), "{value}");
    }
    assert_eq!(now().await, Vec::<String>::new());
}

async fn names_of_groups_are_unique(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    hr.add("/Groups", group("Staff", &[])).await;
    let other = format!("/Groups/{}", id(&hr.add("/Groups", group("Other", &[])).await));
    let taken = (409, "uniqueness".to_owned());
    assert_eq!(error(&hr.send("POST", "/Groups", &group("STAFF", &[])).await), taken);
    assert_eq!(error(&hr.send("PUT", &other, &group("staff", &[])).await), taken);
    assert_eq!(hr.send("PUT", &other, &group("OTHER", &[])).await.status, 200);
    assert_eq!(hr.find("/Groups", "displayName eq \"other\"").await.len(), 1);
    for name in [json!(""), json!(" x"), json!("x".repeat(256)), json!("a\nb"), Value::Null] {
        let refused = hr.send("POST", "/Groups", &json!({ "schemas": [GROUP], "displayName": name })).await;
        assert_eq!(error(&refused), (400, "invalidValue".to_owned()), "{name}");
    }
}

async fn groups_are_attributes_of_people(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let ada = hr.add_user("ada").await;
    let inner = hr.add("/Groups", group("Inner", &[&ada])).await;
    hr.add("/Groups", group("Outer", &[&inner])).await;
    let groups = async || {
        let person = app.person("ada").await;
        person.attributes.get("groups").map(|groups| groups.texts().to_vec()).unwrap_or_default()
    };
    assert_eq!(groups().await, ["Inner", "Outer"]);
    let shown = hr.get(&format!("/Users/{}", id(&ada))).await.json();
    let kinds: Vec<_> = shown["groups"].as_array().unwrap().iter().map(|g| (g["display"].clone(), g["type"].clone())).collect();
    assert_eq!(kinds, [(json!("Inner"), json!("direct")), (json!("Outer"), json!("indirect"))]);
    assert_eq!(hr.find("/Users", &format!("groups[value eq \"{}\"]", id(&inner))).await.len(), 1);
    assert_eq!(hr.find("/Users", "groups.display eq \"nothing\"").await.len(), 0);
    // A new name and an end are known at once.
    let path = format!("/Groups/{}", id(&inner));
    hr.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "Renamed" }])).await;
    assert_eq!(groups().await, ["Outer", "Renamed"]);
    hr.delete(&path).await;
    assert_eq!(groups().await, Vec::<String>::new());
    let users = Api::admin(&app).await.get("/user/?username=ada").await.ok();
    assert!(users[0].get("groups").is_none(), "{users}");
}

async fn nobody_makes_groups_up(on: Dialect) {
    let app = TestApp::new(on).await;
    app.operate(&AddUser, &[("user", "hans"), ("resolver", "internal"), ("password", PASSWORD)]).await;
    let own = Api::sign_in(&app, "hans", PASSWORD).await;
    let policy = [("name", "self"), ("scope", "user"), ("action", "updateuser"), ("active", "true")];
    app.operate(&mfa::policy::ops::SetPolicy, &policy).await;
    let refused = own.send("PUT", "/user/", &[("user", "hans"), ("groups", "admins")]).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let fine = own.send("PUT", "/user/", &[("user", "hans"), ("givenname", "Hans")]).await;
    assert_eq!(fine.status, 200, "{}", fine.text);
    assert!(!app.person("hans").await.attributes.contains_key("groups"));
}
