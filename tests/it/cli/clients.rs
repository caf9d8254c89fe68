use db::Dialect;

use super::Place;

db::on_every_database![clients, a_machine];

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
