//! Provisioning against programs that we did not write: scim2-tester and scim2-client.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use conformance::Server;
use conformance::scripted::python;
use serde_json::Value;

fn token(server: &Server, name: &str) -> String {
    let said = server.cli_ok(&["scim", "client", "add", name, "--json"], None);
    let said: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
    // The command line does not know the address that the server was given as an argument.
    assert!(said["url"].as_str().is_some_and(|url| url.ends_with("/scim/v2")), "{said}");
    said["token"].as_str().expect("a token").to_owned()
}

/// Whether somebody may sign in is always told. Without a value it stays as it is (RFC 7643 section 2.5 leaves that to the server),
/// while the tester expects that the attribute can be made to disappear.
fn deliberate(result: &Value) -> bool {
    result["title"] == "check_remove_attribute" && result["reason"].as_str().is_some_and(|reason| reason.contains("'active'"))
}

#[tokio::test(flavor = "multi_thread")]
async fn scim2_tester_finds_nothing_wrong() {
    let server = Server::start().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/scim_check.py");
    let mut command = Command::new(python());
    command.arg(script).arg(server.at("/scim/v2"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python");
    child.stdin.take().expect("a pipe").write_all(token(&server, "tester").as_bytes()).expect("the token is read");
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().expect("the output");
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{errors}\n{}", server.log());
    let results: Vec<Value> = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
    let wrong: Vec<&Value> = results.iter().filter(|result| result["status"] != "SUCCESS" && !deliberate(result)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", server.log());
    // All of it was tried: what is discovered, and the whole life of both types of resource.
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    for result in &results {
        *tried.entry(result["resource"].as_str().unwrap_or("discovery")).or_default() += 1;
    }
    assert!(tried["User"] > 50 && tried["Group"] > 10 && tried["discovery"] > 20, "{tried:?}");
    assert!(server.cli(&["audit", "verify"], None).status.success());
}
