//! Apache with mod_auth_mellon, from Debian: a SAML service provider that we did not write.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use conformance::mellon::Mellon;
use conformance::scripted::python;
use conformance::server::client;
use conformance::{Browser, Server, oath};
use serde_json::Value;

const PASSWORD: &str = "an-Apache-password-5";

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_with_a_second_factor_and_gets_attributes() {
    let server = Server::start().await;
    server.add_person("ada", PASSWORD);
    let mellon = Mellon::start(&server).await;
    let browser = Browser::start_with("en", false).await;
    browser.open(&mellon.protected()).await;
    browser.type_password("ada", PASSWORD).await;
    browser.enrol_first_factor().await;
    // Without scripts the answer travels by a button.
    browser.click("#answer button").await;
    assert_eq!(browser.text("#email").await, "dana@example.org", "{}\n{}", mellon.log(), server.log());
    assert_eq!(browser.text("#given-name").await, "Dana");
    assert_eq!(browser.url().await, mellon.protected());
    let audit = server.cli_ok(&["audit", "search", "action=assertion_issued", "--json"], None);
    assert!(audit.contains("assertion_issued"), "{audit}");
    browser.close().await;

    // A browser with scripts needs no button, and the session that is there answers at once.
    let browser = Browser::start().await;
    server.cli_ok(&["policy", "disable", "require-second-factor"], None);
    browser.open(&mellon.protected()).await;
    browser.type_password("ada", PASSWORD).await;
    let first = browser.text("#name-id").await;
    browser.open("about:blank").await;
    browser.open(&mellon.protected()).await;
    assert_eq!(browser.text("#name-id").await, first);
    browser.forget_cookies().await;
    // The cookie of the provider belongs to the same host name: it is gone as well, and nothing may be shown.
    browser.open(&mellon.passive()).await;
    assert!(!browser.has("#username").await && !browser.has("#email").await, "{}", browser.source().await);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_answers_by_artifact_each_once() {
    let server = Server::start().await;
    server.add_person("ada", PASSWORD);
    server.cli_ok(&["policy", "disable", "require-second-factor"], None);
    let mellon = Mellon::by_artifact(&server).await;
    let browser = Browser::start_with("en", false).await;
    browser.open(&mellon.protected()).await;
    browser.type_password("ada", PASSWORD).await;
    let artifact = browser.attribute("input[name=SAMLart]", "value").await.expect("an artifact");
    let state = browser.attribute("input[name=RelayState]", "value").await.expect("a state");
    let place = browser.attribute("#answer", "action").await.expect("an address");
    assert!(!browser.has("input[name=SAMLResponse]").await, "{}", browser.source().await);
    browser.click("#answer button").await;
    assert_eq!(browser.text("#email").await, "dana@example.org", "{}\n{}", mellon.log(), server.log());
    assert_eq!(browser.url().await, mellon.protected());

    // Whoever finds the reference later, with all cookies: there is nothing behind it any more.
    let again =
        client().post(&place).header("Cookie", browser.cookies().await).form(&[("SAMLart", artifact), ("RelayState", state)]);
    let again = again.send().await.expect("an answer");
    assert!(!again.status().is_success() && !again.status().is_redirection(), "{again:?}");
    assert!(server.log().contains("an artifact that means nothing to this party"), "{}\n{}", server.log(), mellon.log());
    browser.close().await;
}

/// What a client that is no browser gets from the protected page with a password, and headers in the lines behind it.
fn fetched(server: &Server, mellon: &Mellon, password: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/ecp_client.py");
    let mut command = Command::new(python());
    command.arg(script).args([&mellon.protected(), &server.at("/saml/ecp"), "ada"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python");
    child.stdin.take().expect("a pipe").write_all(password.as_bytes()).expect("the password is read");
    let output = child.wait_with_output().expect("the output");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}\n{errors}\n{}\n{}", server.log(), mellon.log()))
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_no_browsers_sign_in_with_password_and_code() {
    let server = Server::start().await;
    server.add_person("ada", PASSWORD);
    let admin = server.admin().await;
    let secret = server.enrol(&admin, "totp", "ada", "").await.secret;
    let mellon = Mellon::start(&server).await;
    let code = oath::totp(&secret);
    let is_refused = |got: &Value| {
        assert_eq!(got["refused"], 401, "{got}");
        assert!(got["challenge"].as_str().is_some_and(|text| text.starts_with("Basic ")), "{got}");
    };
    is_refused(&fetched(&server, &mellon, &format!("a-wrong-password-5,{code}")));
    is_refused(&fetched(&server, &mellon, PASSWORD));
    let got = fetched(&server, &mellon, &format!("{PASSWORD},{}", oath::totp(&secret)));
    assert_eq!(
        (&got["status"], got["url"].as_str()),
        (&Value::from(200), Some(mellon.protected().as_str())),
        "{got}\n{}",
        mellon.log()
    );
    let page = got["page"].as_str().unwrap_or_default();
    assert!(page.contains("<p id=\"email\">dana@example.org</p>"), "{page}\n{}", mellon.log());
    let issued = server.cli_ok(&["audit", "search", "action=assertion_issued", "--json"], None);
    assert_eq!(issued.matches("assertion_issued").count(), 1, "{issued}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_no_browsers_show_the_pin_of_the_factor() {
    let server = Server::start().await;
    server.add_person("ada", PASSWORD);
    let admin = server.admin().await;
    let secret = server.enrol(&admin, "totp", "ada", "4711").await.secret;
    server.cli_ok(&["policy", "set", "pins", "--scope", "sso", "--action", "ask_pin"], None);
    let mellon = Mellon::start(&server).await;
    let shown = |code: &str, pin: &str| fetched(&server, &mellon, &format!("{PASSWORD},{code}\n{pin}"));
    let codes = || oath::totp_window(&secret, 1);
    let refusals = [
        shown(&codes()[0], "X-Second-Factor-PIN: 4712"),
        shown("000000", "X-Second-Factor-PIN: 4711"),
        shown(&codes()[0], ""),
        fetched(&server, &mellon, &format!("a-wrong-password-5,{}\nX-Second-Factor-PIN: 4711", codes()[0])),
    ];
    for refused in &refusals {
        assert_eq!(refused["refused"], 401, "{refused}");
        assert_eq!(refused, &refusals[0], "it tells what was wrong");
    }
    // A code whose PIN was wrong is not used up.
    let got = shown(&codes()[0], "X-Second-Factor-PIN: 4711");
    assert_eq!(got["url"].as_str(), Some(mellon.protected().as_str()), "{got}\n{}\n{}", server.log(), mellon.log());
    assert!(got["page"].as_str().is_some_and(|page| page.contains("dana@example.org")), "{got}");
    // Whoever may read the audit learns which it was.
    let audit = server.cli_ok(&["audit", "search", "user=ada", "--json"], None);
    assert!(audit.contains("wrong otp pin") && audit.contains("wrong otp value"), "{audit}");
}
