//! Signing keys from the command line, after an incident.

use db::Dialect;
use serde_json::Value;

use super::Place;

db::on_every_database![
    a_retired_key_is_distrusted,
    a_lost_key_of_saml_leaves_our_metadata,
    an_announced_key_may_be_lost_too,
    the_audit_tells_of_every_key,
];

fn signing(place: &Place) -> Vec<Value> {
    let listed: Value = serde_json::from_str(&place.ok(&["keys", "list", "--json"], "")).unwrap();
    listed["signing"].as_array().unwrap().clone()
}

async fn a_retired_key_is_distrusted(on: Dialect) {
    let place = Place::ready(on).await;
    let of = |state: &str| {
        let found = signing(&place).into_iter().find(|key| key["key_use"] == "id_token" && key["state"] == state);
        found.map(|key| key["kid"].as_str().unwrap().to_owned())
    };
    let first = of("active").unwrap();
    place.refused(1, &["keys", "distrust", &first], "", "keys rotate --only id-token");
    place.refused(1, &["keys", "distrust", "nonsense"], "", "keys list");
    place.ok(&["keys", "rotate", "--only", "id-token"], "");
    let retired = of("retired").unwrap();
    let accepted = |kid: &str| {
        let key = signing(&place).into_iter().find(|key| key["kid"] == kid);
        key.map(|key| key["expires"].as_i64().unwrap())
    };
    let before = accepted(&retired).unwrap();
    let told = place.ok(&["keys", "distrust", &retired], "");
    assert!(told.contains(&retired), "{told}");
    assert!(accepted(&retired).is_none_or(|expires| expires < before), "it is accepted as before");
    place.ok(&["keys", "rotate", "--only", "checkpoint"], "");
    let kept = signing(&place).into_iter().find(|key| key["key_use"] == "checkpoint" && key["state"] == "retired").unwrap();
    place.refused(1, &["keys", "distrust", kept["id"].as_str().unwrap()], "", "kept");
}

async fn an_announced_key_may_be_lost_too(on: Dialect) {
    let place = Place::ready(on).await;
    let of = |state: &str| {
        let keys = signing(&place).into_iter().filter(|key| key["key_use"] == "saml" && key["state"] == state);
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    place.refused(2, &["keys", "rotate", "--fresh"], "", "--only");
    place.ok(&["keys", "rotate", "--only", "saml"], "");
    let announced = of("next");
    assert_eq!(announced.len(), 2);
    let told = place.ok(&["keys", "rotate", "--only", "saml", "--now", "--fresh"], "");
    let active = of("active");
    assert!(active.len() == 2 && !active.iter().any(|kid| announced.contains(kid)), "{told}");
    assert!(active.iter().all(|kid| told.contains(kid)) && told.matches("signs now: saml").count() == 2, "{told}");
    assert!(of("next").is_empty(), "{told}");
}

async fn the_audit_tells_of_every_key(on: Dialect) {
    let place = Place::ready(on).await;
    let entries = |action: &str| {
        let found = place.json(&["audit", "search", &format!("action=symbolon keys {action}"), "--size", "100"]);
        let all = found["entries"].as_array().unwrap_or_else(|| panic!("{found}")).clone();
        let text = |entry: &Value, at: &str| entry[at].as_str().unwrap_or_default().to_owned();
        all.iter().map(|e| (text(e, "action_detail"), text(e, "info"), text(e, "administrator"))).collect::<Vec<_>>()
    };
    place.ok(&["keys", "rotate", "--only", "saml"], "");
    let published = entries("rotate");
    assert_eq!(published.len(), 2, "{published:?}");
    assert!(published.iter().all(|e| e.0.starts_with("saml ") && e.1.starts_with("published") && e.2 == "command line"));
    place.ok(&["keys", "rotate", "--only", "saml", "--now", "--fresh"], "");
    let all = entries("rotate");
    let count = |what: &str| all.iter().filter(|e| e.1.starts_with(what)).count();
    assert_eq!((count("published"), count("dropped"), count("retired"), count("active")), (4, 2, 2, 2), "{all:?}");
    place.ok(&["keys", "rotate", "--only", "sealing"], "");
    assert!(entries("rotate").iter().any(|e| e.0.starts_with("sealing ")));
    place.ok(&["keys", "rotate", "--only", "id-token"], "");
    let retired = signing(&place).into_iter().find(|key| key["key_use"] == "id_token" && key["state"] == "retired").unwrap();
    let id = retired["id"].as_str().unwrap();
    place.ok(&["keys", "distrust", id], "");
    let distrusted = entries("distrust");
    assert!(distrusted.len() == 1 && distrusted[0].0.contains(id) && distrusted[0].1.starts_with("distrusted"), "{distrusted:?}");
}

async fn a_lost_key_of_saml_leaves_our_metadata(on: Dialect) {
    let place = Place::ready(on).await;
    let certificates = || {
        let metadata = place.ok(&["sp", "metadata"], "");
        let all = metadata.split("<ds:X509Certificate>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        all.collect::<std::collections::BTreeSet<String>>()
    };
    let before = certificates();
    place.ok(&["keys", "rotate", "--only", "saml", "--now"], "");
    let after = certificates();
    assert_eq!((before.len(), after.len()), (2, 2));
    assert!(before.is_disjoint(&after), "the lost certificate is still announced");
}
