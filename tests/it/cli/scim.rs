use db::Dialect;

use super::Place;

db::on_every_database![clients_of_provisioning];

async fn clients_of_provisioning(on: Dialect) {
    let place = Place::ready(on).await;
    let added = place.json(&["scim", "client", "add", "entra", "--right", "users:read", "--right", "users:write"]);
    let token = added["token"].as_str().unwrap();
    assert!(token.starts_with("scim_") && token.len() > 40);
    assert_eq!(added["url"], "http://localhost:8080/scim/v2");
    assert!(place.ok(&["scim", "client", "add", "okta"], "").contains("shown once"));
    place.refused(1, &["scim", "client", "add", "ENTRA"], "", "already");
    place.refused(1, &["scim", "client", "add", "no name"], "", "letters");
    place.refused(1, &["scim", "client", "add", "x", "--right", "everything"], "", "users:read");
    place.refused(1, &["scim", "client", "add", "x", "--resolver", "nothing"], "", "does not exist");
    let passwd = place.root().join("passwd");
    std::fs::write(&passwd, "hans:x:1000:1000:Hans::/bin/sh\n").unwrap();
    let file = format!("fileName={}", passwd.display());
    place.ok(&["resolver", "add", "files", "--type", "passwd", "--param", &file], "");
    place.refused(1, &["scim", "client", "add", "x", "--resolver", "files"], "", "internalresolver");
    let listed = place.json(&["scim", "client", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!((&listed[0]["name"], &listed[0]["rights"]), (&"entra".into(), &serde_json::json!(["users:read", "users:write"])));
    assert!(!place.ok(&["scim", "client", "list"], "").contains(token));
    place.ok(&["scim", "client", "remove", "Entra"], "");
    place.refused(1, &["scim", "client", "remove", "entra"], "", "no such client");
    let audit = place.ok(&["audit", "search", "--json"], "");
    assert!(audit.contains("scim client add") && !audit.contains(token), "{audit}");
}
