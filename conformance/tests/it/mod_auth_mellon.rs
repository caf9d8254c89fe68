//! Apache with mod_auth_mellon, from Debian: a SAML service provider that we did not write.

use conformance::mellon::Mellon;
use conformance::{Browser, Server};

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_with_a_second_factor_and_gets_attributes() {
    let server = Server::start().await;
    server.add_person("ada", "an-Apache-password-5");
    let mellon = Mellon::start(&server).await;
    let browser = Browser::start_with("en", false).await;
    browser.open(&mellon.protected()).await;
    browser.type_password("ada", "an-Apache-password-5").await;
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
    browser.type_password("ada", "an-Apache-password-5").await;
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
