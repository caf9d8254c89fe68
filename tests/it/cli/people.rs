use db::Dialect;

use super::Place;

db::on_every_database![administrators, people, realms_and_resolvers, custom_attributes, nodes_and_domains_of_a_realm];

async fn administrators(on: Dialect) {
    let place = Place::ready(on).await;
    place.refused(2, &["admin", "add", "bob"], "", "standard input");
    place.refused(1, &["admin", "add", "admin"], "password", "exists already");
    place.refused(1, &["admin", "delete", "admin"], "", "last administrator");
    place.ok(&["admin", "add", "bob", "--email", "bob@example.org"], "password of bob");
    place.ok(&["admin", "password", "bob"], "another password");
    place.ok(&["admin", "delete", "admin"], "");
    let all = place.json(&["admin", "list"]);
    assert_eq!((all.as_array().unwrap().len(), all[0]["email"].as_str()), (1, Some("bob@example.org")));
}

async fn people(on: Dialect) {
    let place = Place::ready(on).await;
    let add =
        ["user", "add", "dana", "--password-stdin", "--given-name", "Dana", "--surname", "Demo", "--email", "d@example.org"];
    place.refused(2, &add, "", "standard input");
    place.refused(1, &["user", "add", "dana", "--realm", "nowhere"], "", "nowhere");
    place.refused(1, &["user", "add", "dana", "--resolver", "nowhere"], "", "nowhere");
    assert_eq!(place.json(&["user", "list"]).as_array().map(Vec::len), Some(0));
    place.ok(&add, "a long password");
    place.refused(1, &add, "a long password", "exists already");
    place.ok(&["user", "set", "dana", "--phone", "+41 1"], "");
    let dana = place.json(&["user", "show", "dana"]);
    assert_eq!((&dana["givenname"], &dana["phone"], &dana["disabled"]), (&"Dana".into(), &"+41 1".into(), &false.into()));
    place.ok(&["user", "disable", "dana"], "");
    assert_eq!(place.json(&["user", "show", "dana"])["disabled"], true);
    place.ok(&["user", "enable", "dana"], "");
    place.ok(&["user", "password", "dana"], "another password");
    place.refused(1, &["user", "password", "nobody"], "another password", "does not exist");
    place.ok(&["user", "delete", "dana"], "");
    place.refused(1, &["user", "show", "dana"], "", "does not exist");
}

async fn realms_and_resolvers(on: Dialect) {
    let place = Place::ready(on).await;
    let add = ["resolver", "add", "files", "--type", "passwd", "--param"];
    place.refused(1, &[&add[..], &["fileName=/nonexistent"]].concat(), "", "does not answer");
    place.refused(2, &["resolver", "add", "files"], "", "--type");
    place.refused(2, &["resolver", "add", "files", "--type", "passwd", "--param", "fileName"], "", "SETTING=VALUE");
    assert_eq!(place.json(&["resolver", "list"]).as_object().map(serde_json::Map::len), Some(1));
    place.ok(&[&add[..], &["fileName=/etc/passwd"]].concat(), "");
    place.ok(&["resolver", "test", "files"], "");
    place.refused(1, &["realm", "add", "unix", "--resolver", "nope"], "", "no resolver nope");
    place.refused(1, &["realm", "set", "unix", "--resolver", "files"], "", "no realm unix");
    place.ok(&["realm", "add", "unix", "--resolver", "files:2"], "");
    place.refused(1, &["realm", "add", "unix", "--resolver", "files"], "", "exists already");
    place.refused(1, &["resolver", "delete", "files"], "", "still used");
    place.refused(1, &["user", "add", "x", "--realm", "unix"], "", "no resolver in which");
    place.ok(&["realm", "default", "unix"], "");
    assert_eq!(place.json(&["realm", "list"])["unix"]["default"], true);
    assert_eq!(place.json(&["user", "list", "root", "--realm", "unix"])[0]["username"], "root");
    place.ok(&["realm", "delete", "unix"], "");
    place.ok(&["resolver", "delete", "files"], "");
}

async fn custom_attributes(on: Dialect) {
    let place = Place::ready(on).await;
    place.ok(&["user", "add", "dana", "--email", "d@example.org"], "");
    place.ok(&["user", "attribute", "set", "dana", "team=red=blue"], "");
    assert_eq!(place.json(&["user", "attribute", "list", "dana"]), serde_json::json!({"team": "red=blue"}));
    assert_eq!(place.json(&["user", "show", "dana"])["team"], "red=blue");
    assert_eq!(place.json(&["user", "attribute", "list", "dana", "--internal"]), serde_json::json!({}));
    place.refused(2, &["user", "attribute", "set", "dana", "team"], "", "NAME=VALUE");
    place.refused(1, &["user", "attribute", "set", "dana", "realm=x"], "", "meaning of its own");
    place.refused(1, &["realm", "delete", "default"], "", "custom attributes");
    place.ok(&["user", "attribute", "delete", "dana", "team"], "");
    place.refused(1, &["user", "attribute", "delete", "dana", "team"], "", "no custom attribute");
}

async fn nodes_and_domains_of_a_realm(on: Dialect) {
    let place = Place::ready(on).await;
    place.ok(&["resolver", "add", "branch", "--type", "internal"], "");
    place.ok(&["realm", "set", "default", "--resolver", "branch:3", "--node", "localnode"], "");
    place.refused(1, &["realm", "set", "default", "--resolver", "branch", "--node", "elsewhere"], "", "no node elsewhere");
    place.ok(&["realm", "domains", "default", "--domain", "example.org", "--domain", "example.com"], "");
    let shown = place.json(&["realm", "list"])["default"].clone();
    assert_eq!(shown["domains"], serde_json::json!(["example.com", "example.org"]));
    assert_eq!(shown["resolver"].as_array().map(Vec::len), Some(2), "{shown}");
    place.refused(1, &["realm", "domains", "default", "--domain", "a b"], "", "no domain");
    place.ok(&["realm", "domains", "default"], "");
    assert!(place.json(&["realm", "list"])["default"].get("domains").is_none());
}
