//! Signing keys from the command line, after an incident.

use db::Dialect;
use serde_json::Value;

use super::Place;

db::on_every_database![a_retired_key_is_distrusted, a_lost_key_of_saml_leaves_our_metadata];

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
