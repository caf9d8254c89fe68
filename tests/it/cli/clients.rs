use db::Dialect;

use super::Place;

db::on_every_database![clients, a_machine, claims];

const SECRET: &str = "a-secret-of-a-client-0123456789";

async fn clients(on: Dialect) {
    let place = Place::ready(on).await;
    let uri = "http://localhost:8091/callback";
    let add = [
        "client",
        "add",
        "notes",
        "--redirect-uri",
        uri,
        "--post-logout-redirect-uri",
        "http://localhost:8091/",
        "--secret-stdin",
    ];
    place.refused(2, &add, "", "standard input");
    place.refused(1, &add, "short", "client_secret");
    place.refused(1, &["client", "add", "notes", "--redirect-uri", "nonsense"], "", "redirect_uri");
    place.refused(2, &["client", "add", "notes", "--public", "--secret-stdin"], SECRET, "--secret-stdin");
    assert_eq!(place.json(&["client", "list"]), serde_json::json!({}));
    place.ok(&add, SECRET);
    place.refused(1, &add, SECRET, "");
    let shown = place.ok(&["client", "show", "notes"], "");
    assert!(shown.contains(uri) && !shown.contains(SECRET), "{shown}");
    place.ok(&["client", "set", "notes", "consent=trusted"], "");
    place.ok(&["client", "disable", "notes"], "");
    assert_eq!(place.json(&["client", "list"])["notes"]["enabled"], false);
    place.ok(&["client", "delete", "notes"], "");
    place.refused(1, &["client", "show", "notes"], "", "no such client");
}

async fn a_machine(on: Dialect) {
    let place = Place::ready(on).await;
    let add = ["client", "add", "load", "--grant", "client_credentials", "--scope", "load", "--alg", "ES256", "--secret-stdin"];
    place.ok(&add, SECRET);
    let load = place.json(&["client", "list"])["load"].clone();
    assert_eq!(
        (&load["grant_types"], &load["scopes"]),
        (&serde_json::json!(["client_credentials"]), &serde_json::json!(["load"]))
    );
    let drawn = place.json(&["client", "add", "page", "--public", "--redirect-uri", "https://a.example/cb"]);
    assert!(drawn["client_secret"].is_null(), "{drawn}");
    let drawn = place.json(&["client", "add", "web", "--redirect-uri", "https://a.example/cb"]);
    assert!(drawn["client_secret"].as_str().is_some_and(|secret| secret.len() >= 32));
}

async fn claims(on: Dialect) {
    let place = Place::ready(on).await;
    place.ok(&["user", "add", "dana", "--given-name", "Dana", "--surname", "Demo"], "");
    place.ok(&["client", "add", "notes", "--redirect-uri", "https://a.example/cb", "--secret-stdin"], SECRET);
    let rule = r#"{"claim": "display", "template": "{givenname} {surname}", "in": ["id_token"]}"#;
    place.ok(&["client", "set", "notes", "--claim", rule, "--claim", "login=username", "consent=trusted"], "");
    let shown = place.json(&["client", "list"])["notes"].clone();
    assert_eq!(shown["claims"].as_array().map(Vec::len), Some(2), "{shown}");
    assert_eq!((&shown["claims"][1]["attribute"], &shown["consent"]), (&"username".into(), &"trusted".into()));
    let said = place.json(&["client", "claims", "notes", "--user", "dana", "--scope", "openid"]);
    assert_eq!((&said["id_token"]["display"], &said["userinfo"]["login"]), (&"Dana Demo".into(), &"dana".into()));
    let table = place.ok(&["client", "claims", "notes", "--user", "dana"], "");
    assert!(table.contains("\"Dana Demo\"") && table.contains("givenname of resolver internal"), "{table}");
    place.refused(1, &["client", "set", "notes", "--claim", "sub=username"], "", "only the provider");
    place.refused(2, &["client", "set", "notes", "--claim", "nonsense"], "", "CLAIM=ATTRIBUTE");
    place.refused(2, &["client", "set", "notes"], "", "required");
    place.refused(1, &["client", "set", "notes", "--no-claim", "none"], "", "no rule");
    place.refused(1, &["client", "claims", "notes", "--user", "nobody"], "", "does not exist");
    let file = place.root().join("claims.json");
    std::fs::write(&file, r#"[{"claim": "one", "constant": 1}]"#).unwrap();
    place.ok(&["client", "set", "notes", "--claims-file", "claims.json"], "");
    assert_eq!(place.json(&["client", "list"])["notes"]["claims"], serde_json::json!([{"claim": "one", "constant": 1}]));
    std::fs::write(&file, "{}").unwrap();
    place.refused(2, &["client", "set", "notes", "--claims-file", "claims.json"], "", "list of rules");
    place.refused(2, &["client", "set", "notes", "--claims-file", "missing.json"], "", "missing.json");
    place.ok(&["client", "set", "notes", "--no-claim", "one"], "");
    assert!(place.json(&["client", "list"])["notes"].get("claims").is_none());
}
