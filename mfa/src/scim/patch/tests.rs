use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scim::document;
use crate::scim::schema::USER;

const URN_E: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn dana() -> Object {
    let user = json!({
        "userName": "dana", "displayName": "Dana", "active": true, "name": { "givenName": "Dana", "familyName": "Demo" },
        "emails": [{ "value": "a@x.example", "type": "work", "primary": true }, { "value": "b@x.example", "type": "home" }],
    });
    document::read(&USER, &user).unwrap()
}

fn patched(operations: Value) -> Result<Value, Kind> {
    let body = json!({ "schemas": [URN], "Operations": operations });
    let mut doc = dana();
    for step in read(&USER, &body).map_err(|e| e.kind)? {
        apply(&mut doc, &step).map_err(|e| e.kind)?;
    }
    document::read(&USER, &Value::Object(doc)).map(Value::Object).map_err(|e| e.kind)
}

fn ok(operations: Value) -> Value {
    patched(operations.clone()).unwrap_or_else(|kind| panic!("{operations}: {kind:?}"))
}

#[test]
fn single_values() {
    let user = ok(json!([
        { "op": "replace", "path": "displayName", "value": "D. Demo" },
        { "op": "Add", "path": "nickName", "value": "D" },
        { "op": "REMOVE", "path": "name.familyName" },
        { "op": "add", "path": "name", "value": { "honorificPrefix": "Dr." } },
        { "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "Chief" },
        { "op": "Replace", "path": "active", "value": "False" },
    ]));
    assert_eq!(user["displayName"], "D. Demo");
    assert_eq!((&user["nickName"], &user["title"], &user["active"]), (&json!("D"), &json!("Chief"), &json!(false)));
    assert_eq!(user["name"], json!({ "givenName": "Dana", "honorificPrefix": "Dr." }));
    let user = ok(json!([{ "op": "remove", "path": "name" }, { "op": "replace", "path": "displayName", "value": null }]));
    assert!(user.get("name").is_none() && user.get("displayName").is_none());
    let user = ok(json!([{ "op": "replace", "path": "name", "value": { "familyName": null, "givenName": "D" } }]));
    assert_eq!(user["name"], json!({ "givenName": "D" }));
}

#[test]
fn several_values() {
    let user = ok(json!([{ "op": "add", "path": "emails", "value": [{ "value": "c@x.example", "primary": true }] }]));
    assert_eq!(user["emails"].as_array().unwrap().len(), 3);
    assert_eq!((&user["emails"][0]["primary"], &user["emails"][2]["primary"]), (&json!(false), &json!(true)), "one is primary");
    // What is there already is not added again.
    let twice = json!({ "op": "add", "path": "emails", "value": { "value": "b@x.example", "type": "home" } });
    assert_eq!(ok(json!([twice, twice]))["emails"].as_array().unwrap().len(), 2);
    let user = ok(json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "w@x.example" }]));
    assert_eq!(user["emails"][0], json!({ "value": "w@x.example", "type": "work", "primary": true }));
    let user = ok(json!([{ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": "True" }]));
    assert_eq!((&user["emails"][0]["primary"], &user["emails"][1]["primary"]), (&json!(false), &json!(true)));
    let user = ok(json!([{ "op": "replace", "path": "emails[type eq \"home\"]", "value": { "value": "n@x.example" } }]));
    assert_eq!(user["emails"][1], json!({ "value": "n@x.example" }));
    let user = ok(json!([{ "op": "remove", "path": "emails[type eq \"home\"]" }]));
    assert_eq!(user["emails"].as_array().unwrap().len(), 1);
    let user = ok(json!([{ "op": "remove", "path": "emails[type pr].type" }]));
    assert_eq!(user["emails"][1], json!({ "value": "b@x.example" }));
    assert!(ok(json!([{ "op": "remove", "path": "emails[value pr]" }])).get("emails").is_none());
    assert!(ok(json!([{ "op": "remove", "path": "emails" }])).get("emails").is_none());
    let user = ok(json!([{ "op": "Remove", "path": "emails", "value": [{ "value": "b@x.example" }] }]));
    assert_eq!(user["emails"].as_array().unwrap().len(), 1, "only those that are named");
}

#[test]
fn the_dialects_of_services() {
    // A value for a kind of address that is not there yet.
    let user = ok(json!([{ "op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+43 1" }]));
    assert_eq!(user["phoneNumbers"], json!([{ "type": "work", "value": "+43 1" }]));
    // Keys with dots and URNs instead of a path; read-only and unknown ones are passed over.
    let user = ok(json!([{ "op": "Replace", "value": {
        "id": "another", "meta": {}, "unknown": 1, "groups": [], "name.givenName": "D", "active": "True",
        "emails[type eq \"work\"].value": "w@x.example",
        URN_E: { "department": "Sales" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": 7,
    } }]));
    assert_eq!((&user["name"]["givenName"], &user["emails"][0]["value"]), (&json!("D"), &json!("w@x.example")));
    assert_eq!(user[URN_E], json!({ "department": "Sales", "employeeNumber": "7" }));
    let user = ok(json!([
        { "op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": "01" },
        { "op": "add", "path": URN_E, "value": { "division": "North" } },
    ]));
    assert_eq!(user[URN_E], json!({ "manager": { "value": "01" }, "division": "North" }));
    let user = ok(json!([{ "op": "add", "path": URN_E, "value": { "division": "N" } }, { "op": "remove", "path": URN_E }]));
    assert!(user.get(URN_E).is_none());
}

#[test]
fn what_cannot_be_done_is_said() {
    for (operations, kind) in [
        (json!([]), Kind::InvalidSyntax),
        (json!({}), Kind::InvalidSyntax),
        (json!([7]), Kind::InvalidSyntax),
        (json!([{ "op": "move", "path": "title" }]), Kind::InvalidSyntax),
        (json!([{ "path": "title", "value": "x" }]), Kind::InvalidSyntax),
        (json!([{ "op": "remove" }]), Kind::NoTarget),
        (json!([{ "op": "add", "value": "x" }]), Kind::InvalidValue),
        (json!([{ "op": "add", "path": 7 }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "nothing", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "name.nothing", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "emails[", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "emails[type eq \"x\"].nothing", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "emails[type eq \"x\"]value", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "title[value pr]", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "emails[nothing pr]", "value": "x" }]), Kind::InvalidFilter),
        (json!([{ "op": "replace", "path": "id", "value": "x" }]), Kind::Mutability),
        (json!([{ "op": "add", "path": "groups", "value": [{ "value": "x" }] }]), Kind::Mutability),
        (json!([{ "op": "replace", "path": "meta.version", "value": "x" }]), Kind::Mutability),
        (json!([{ "op": "remove", "path": "userName" }]), Kind::Mutability),
        (json!([{ "op": "replace", "path": "userName", "value": null }]), Kind::InvalidValue),
        (json!([{ "op": "replace", "path": "emails[type eq \"other\"].value", "value": "x" }]), Kind::NoTarget),
        (json!([{ "op": "add", "path": "emails[type sw \"o\"].value", "value": "x" }]), Kind::NoTarget),
        (json!([{ "op": "replace", "path": "active", "value": "perhaps" }]), Kind::InvalidValue),
        (json!([{ "op": "replace", "path": "title", "value": { "a": 1 } }]), Kind::InvalidValue),
        (json!([{ "op": "replace", "path": "title", "value": "a\r\nb" }]), Kind::InvalidValue),
        (json!([{ "op": "replace", "path": "title", "value": "a\u{0}" }]), Kind::InvalidValue),
        (json!([{ "op": "replace", "path": "emails", "value": [{ "primary": true }, { "primary": true }] }]), Kind::InvalidValue),
        (json!([{ "op": "add", "path": "roles", "value": vec![json!({ "value": "r" }); 101] }]), Kind::InvalidValue),
    ] {
        assert_eq!(patched(operations.clone()), Err(kind), "{operations}");
    }
    let many = vec![json!({ "op": "remove", "path": "title" }); MAX_PATCH + 1];
    assert_eq!(patched(json!(many)), Err(Kind::TooMany));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["", "x", "True", "a@x.example", "\u{0}"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop::sample::select(vec!["value", "type", "primary", "givenName", "displayName", "emails", "id", URN_E]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..4).prop_map(|map| map
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<Object>()
                .into()),
        ]
    })
}

proptest! {
    /// Whatever is sent, what comes out is a sound user or nothing.
    #[test]
    fn what_comes_out_is_sound(
        verb in prop::sample::select(vec!["add", "remove", "replace"]),
        path in prop::sample::select(vec![
            "", "displayName", "name", "name.givenName", "emails", "emails.value", "emails[type eq \"work\"]", "active", URN_E,
            "emails[primary eq true or value sw \"a\"].primary", "emails[not (type pr)].type", "password", "externalId", "roles",
        ]),
        value in value(),
    ) {
        if let Ok(user) = patched(json!([{ "op": verb, "path": path, "value": value }])) {
            prop_assert_eq!(document::read(&USER, &user).map(Value::Object).ok(), Some(user.clone()));
            let primary = user["emails"].as_array().map_or(0, |all| all.iter().filter(|one| one["primary"] == true).count());
            prop_assert!(primary <= 1);
        }
    }
}
