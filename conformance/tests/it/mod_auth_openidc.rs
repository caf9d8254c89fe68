//! Apache with mod_auth_openidc, from Debian: a relying party that we did not write.

use conformance::apache::Apache;
use conformance::{Browser, Server};
use testbed::{PASSWORD, Slapd};

use crate::ldap::add_directory;

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_and_out() {
    let server = Server::start().await;
    server.add_person("ada", "an-Apache-password-5");
    let apache = Apache::start(&server).await;
    let browser = Browser::start_with("en", false).await;
    browser.open(&apache.protected()).await;
    browser.type_password("ada", "an-Apache-password-5").await;
    browser.enrol_first_factor().await;
    browser.click("#accept").await;
    assert_eq!(browser.text("#acr").await, "2", "{}", apache.log());
    assert_eq!(browser.text("#name").await, "Dana Demo");
    assert_eq!(browser.text("#email").await, "dana@example.org");
    assert!(!browser.text("#sid").await.is_empty());
    assert_eq!(browser.url().await, apache.protected());

    browser.open(&apache.logout()).await;
    assert_eq!(browser.text("#bye").await, "bye");
    browser.open(&apache.protected()).await;
    assert_eq!(browser.attribute("#username", "value").await.unwrap_or_default(), "");
    browser.close().await;
}

/// A claim of our making and groups of a directory, nested ones among them, of which the application may know some.
#[tokio::test(flavor = "multi_thread")]
async fn gets_mapped_claims_and_filtered_groups_of_a_directory() {
    let (server, slapd) = (Server::start().await, Slapd::start());
    add_directory(&server, &slapd);
    server.cli_ok(&["policy", "disable", "require-second-factor"], None);
    let apache = Apache::start(&server).await;
    let groups = r#"{"claim": "groups", "match": ["adm*", "every*"], "multiple": true}"#;
    let display = r#"{"claim": "display", "template": "{surname:upper}, {givenname} <{username}@{realm}>", "in": ["id_token"]}"#;
    server.cli_ok(&["client", "set", "apache", "consent=trusted", "--claim", groups, "--claim", display], None);
    let said = server.cli_ok(&["client", "claims", "apache", "--user", "hans@staff", "--json"], None);
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let browser = Browser::start_with("en", false).await;
    browser.open(&apache.protected()).await;
    browser.type_password("hans@staff", PASSWORD).await;
    let mut seen: Vec<String> = browser.text("#groups").await.split(',').map(str::to_owned).collect();
    seen.sort();
    assert_eq!(seen, ["admins", "everyone"], "{said}");
    let explained = said["claims"].as_array().expect("claims").iter().find(|claim| claim["claim"] == "groups").expect("the rule");
    assert_eq!(explained["left_out"], serde_json::json!(["staff"]));
    assert_eq!(explained["attributes"][0]["from"], "resolver staff");
    assert_eq!(browser.text("#display").await, said["id_token"]["display"].as_str().expect("text"));
    assert!(browser.text("#display").await.ends_with("<hans@staff>"));
    browser.close().await;
}
