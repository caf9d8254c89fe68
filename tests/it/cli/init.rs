use std::io::{BufRead, BufReader};
use std::process::Stdio;

use db::Dialect;
use serde_json::Value;

use super::{PASSWORD, Place};

db::on_every_database![a_named_database_is_remembered];

async fn a_named_database_is_remembered(on: Dialect) {
    let (place, database) = (Place::empty(), db::testing::empty(on).await);
    place.ok(&["init", "--database", database.url(), "--admin-password-stdin"], PASSWORD);
    assert_eq!(place.json(&["admin", "list"]).as_array().map(Vec::len), Some(1));
    assert!(db::migrate::pending(&database).await.unwrap().is_empty() && !place.data().join("symbolon.db").exists());
    let again = Place::empty();
    again.refused(1, &["init", "--database", database.url(), "--admin-password-stdin"], PASSWORD, "there are no keys");
}

#[test]
fn bad_input_leaves_nothing_behind() {
    let place = Place::empty();
    let init = |more: &[&'static str]| [&["init", "--admin-password-stdin"][..], more].concat();
    place.refused(1, &init(&["--admin", "a b"]), PASSWORD, "letters, digits");
    place.refused(2, &init(&[]), "", "nothing came");
    place.refused(3, &init(&["--public-url", "nonsense"]), PASSWORD, "public_url");
    place.refused(2, &["init", "--nonsense"], PASSWORD, "--nonsense");
    assert!(!place.data().exists());
}

#[test]
fn an_installation_is_made_once() {
    let place = Place::empty();
    let said = place.json(&["init", "--admin", "root"]);
    assert_eq!(said["password"].as_str().map(str::len), Some(20));
    assert_eq!(place.json(&["admin", "list"])[0]["name"], "root");
    assert_eq!(place.json(&["realm", "list"])["default"]["default"], true);
    assert_eq!(place.json(&["policy", "list"]).as_array().map(Vec::len), Some(4));
    place.refused(1, &["init"], "", "initialised already");
    assert_eq!(place.json(&["admin", "list"]).as_array().map(Vec::len), Some(1));
}

#[test]
fn the_database_is_remembered() {
    let place = Place::empty();
    let url = format!("sqlite:{}", place.root().join("elsewhere.db").display());
    place.ok(&["init", "--database", &url, "--admin-password-stdin"], PASSWORD);
    assert_eq!(place.json(&["config"])["database"]["url"], url.as_str());
    assert!(place.root().join("elsewhere.db").exists() && !place.data().join("symbolon.db").exists());
    place.ok(&["admin", "list"], "");
    let file = std::fs::read_to_string(place.data().join("symbolon.toml")).unwrap();
    place.refused(2, &["init", "--database", "sqlite:other.db"], "", "symbolon.toml");
    assert_eq!(std::fs::read_to_string(place.data().join("symbolon.toml")).unwrap(), file);
}

#[test]
fn serving_an_empty_directory_makes_it_ready() {
    let place = Place::empty();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let (first, second) = (line(), line());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((first["admin"].as_str(), first["password"].as_str().map(str::len)), (Some("admin"), Some(20)));
    assert_eq!(second["listening"], "http://localhost:8080");
}

#[test]
fn without_an_installation_nothing_is_made() {
    let place = Place::empty();
    place.refused(1, &["user", "list"], "", "symbolon init");
    place.refused(3, &["user", "list", "--set", "server.listn=x"], "", "did you mean server.listen");
    assert!(!place.data().exists());
}
