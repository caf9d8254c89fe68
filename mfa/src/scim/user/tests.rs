use kernel::Timestamp;
use serde_json::json;

use super::*;
use crate::scim::document as read;

const BASE: &str = "https://id.example.org/scim/v2";

fn stored(profile: Value, attributes: &[(&str, &str)]) -> Stored {
    Stored {
        id: "01".to_owned(),
        login: "dana".to_owned(),
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), Attribute::from(*value))).collect(),
        version: 3,
        created_at: Timestamp::from_seconds(1_772_366_400),
        changed_at: Timestamp(1_772_366_400_500_000),
        external_id: Some("e".to_owned()),
        profile: profile.as_object().unwrap().clone(),
        disabled: false,
    }
}

fn known() -> Vec<String> {
    MAP.iter().filter(|slot| slot.own).map(|slot| slot.name.to_owned()).collect()
}

#[test]
fn an_account_is_a_user() {
    let user = resource(&stored(json!({}), &[("email", "d@x.example"), ("givenname", "Dana"), ("mobile", "1")]), BASE);
    let expected = json!({
        "schemas": [USER.core.urn], "id": "01", "externalId": "e", "userName": "dana", "active": true,
        "name": { "givenName": "Dana" }, "emails": [{ "value": "d@x.example", "type": "work" }],
        "phoneNumbers": [{ "value": "1", "type": "mobile" }],
        "meta": {
            "resourceType": "User", "created": "2026-03-01T12:00:00Z", "lastModified": "2026-03-01T12:00:00.5Z",
            "location": "https://id.example.org/scim/v2/Users/01", "version": "W/\"3-e\"",
        },
    });
    assert_eq!(Value::Object(user), expected);
}

#[test]
fn what_is_changed_at_the_account_is_changed_for_provisioning() {
    let profile = json!({
        "displayName": "Old", "emails": [{ "value": "h@x.example", "type": "home" }, { "value": "w@x.example", "primary": true }],
        "phoneNumbers": [{ "value": "5", "type": "fax" }], ENTERPRISE.urn: { "department": "Sales" },
    });
    let user = document(&stored(profile.clone(), &[("email", "new@x.example"), ("phone", "7")]));
    assert_eq!(user.get("displayName"), None, "removed at the account");
    assert_eq!(user["emails"][1], json!({ "value": "new@x.example", "primary": true }));
    assert_eq!(user["phoneNumbers"][1], json!({ "value": "7", "type": "work" }));
    assert_eq!(user[ENTERPRISE.urn]["department"], "Sales", "no attribute of this account");
    let user = document(&stored(profile, &[("displayname", "Old"), ("email", "w@x.example"), ("department", "North")]));
    assert_eq!((&user["displayName"], &user["emails"][1]["value"]), (&json!("Old"), &json!("w@x.example")));
    assert_eq!(user[ENTERPRISE.urn]["department"], "North");
}

#[test]
fn what_is_wanted_becomes_attributes() {
    let given = json!({
        "userName": "dana", "displayName": "Dana", "password": "geheim", "active": false, "locale": "",
        "emails": [{ "value": "h@x.example" }, { "value": "w@x.example", "type": "WORK" }],
        "phoneNumbers": [{ "value": "1", "type": "mobile", "primary": true }, { "value": "2", "type": "home" }],
    });
    let wanted = Wanted::of(read::read(&USER, &given).unwrap()).unwrap();
    assert!(!wanted.active && wanted.external_id.is_none() && !wanted.stored_profile().unwrap().contains("geheim"));
    let before = stored(json!({}), &[("displayname", "Dana"), ("surname", "Old"), ("mobile", "0")]).attributes;
    let mut changes = wanted.changes(&known(), &before);
    changes.sort_by(|a, b| a.0.cmp(&b.0));
    let text = |text: &str| Some(Attribute::from(text));
    let expected: Vec<(&str, Option<Attribute>)> =
        vec![("email", text("w@x.example")), ("mobile", text("1")), ("phone", text("2")), ("surname", None)];
    assert_eq!(changes.iter().map(|(name, value)| (name.as_str(), value.clone())).collect::<Vec<_>>(), expected);
    assert!(wanted.changes(&[], &before).is_empty(), "a resolver that knows no attribute");
}

#[test]
fn places_are_their_own_inverse() {
    for slot in MAP {
        let mut user = Object::new();
        slot.place.set(&mut user, Some("x"));
        assert_eq!(slot.place.get(&user), Some("x"), "{}", slot.name);
        let sent = Value::Object(user.clone().into_iter().chain([("userName".to_owned(), json!("d"))]).collect());
        assert_eq!(slot.place.get(&read::read(&USER, &sent).unwrap()), Some("x"), "{}: it is an attribute", slot.name);
        slot.place.set(&mut user, None);
        assert!(user.is_empty(), "{}", slot.name);
    }
}
