//! Attribute queries of service providers that we did not write.

use std::time::Duration;

use conformance::service_provider::{ID, ServiceProvider, set};
use conformance::{Browser, Server, scripted, shibboleth};

const PASSWORD: &str = "an-Asker-password-5";

/// A server with somebody who needs no second factor.
async fn house() -> Server {
    let server = Server::start().await;
    server.add_person("ada", PASSWORD);
    server.cli_ok(&["policy", "disable", "require-second-factor"], None);
    server
}

async fn signed_in(server: &Server, sp: &ServiceProvider) -> Browser {
    let browser = Browser::start_with("en", false).await;
    browser.open(&sp.protected).await;
    browser.type_password("ada", PASSWORD).await;
    browser.click("#answer button").await;
    assert!(browser.appears("#email").await, "{}\n{}\n{}", browser.source().await, (sp.log)(), server.log());
    browser
}

/// What the service provider makes of its query.
async fn asked(server: &Server, sp: &ServiceProvider, browser: &Browser, shown: &str) -> String {
    browser.open(&sp.protected.replace("/protected", "/ask")).await;
    assert!(browser.appears(shown).await, "{}\n{}\n{}", browser.source().await, (sp.log)(), server.log());
    browser.text(shown).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pysaml2_asks_again_as_long_as_somebody_is_signed_in() {
    let server = house().await;
    let sp = scripted::PYSAML2
        .start_with(&server, &["anything else of this page:", "somebody's sign-in it asks"], &["attribute_query=true"])
        .await;
    server.cli_ok(&["sp", "debug", ID, "on"], None);
    let browser = signed_in(&server, &sp).await;
    assert_eq!(browser.text("#email").await, "dana@example.org");
    let told = asked(&server, &sp, &browser, "#asked").await;
    assert!(told.contains("\"mail\": [\"dana@example.org\"]") && told.contains("\"givenName\": [\"Dana\"]"), "{told}");

    // What has changed since the sign-in, in an answer that only the application can read.
    server.cli_ok(&["user", "set", "ada", "--email", "ada@example.org"], None);
    set(&server, "encrypt", "always").await;
    let mut told = String::new();
    for _ in 0..50 {
        told = asked(&server, &sp, &browser, "#asked").await;
        if told.contains("ada@example.org") {
            break;
        }
        // What was changed by another process is known a moment later.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(told.contains("\"mail\": [\"ada@example.org\"]"), "{told}\n{}", server.log());
    let sent = server.cli_ok(&["sp", "debug", ID, "show"], None);
    assert!(sent.contains("EncryptedAssertion") && !sent.contains("ada@example.org"), "{sent}");

    browser.open(&server.at("/logout")).await;
    browser.click("#accept").await;
    let problem = asked(&server, &sp, &browser, "#problem").await;
    assert!(problem.contains("StatusUnknownPrincipal"), "{problem}");
    let audit = server.cli_ok(&["audit", "search", "action=attributes_asked", "--json"], None);
    assert!(audit.contains("attributes_asked"), "{audit}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shibboleth_asks_for_what_the_browser_does_not_carry() {
    let server = house().await;
    let sp = shibboleth::asking(&server).await;
    let browser = Browser::start_with("en", false).await;
    browser.open(&sp.protected).await;
    browser.type_password("ada", PASSWORD).await;
    let carried = browser.attribute("input[name=SAMLResponse]", "value").await.expect("an answer");
    let carried = data_encoding::BASE64.decode(carried.as_bytes()).expect("base64");
    assert!(!String::from_utf8_lossy(&carried).contains("AttributeStatement"));
    browser.click("#answer button").await;
    assert!(browser.appears("#email").await, "{}\n{}\n{}", browser.source().await, (sp.log)(), server.log());
    assert_eq!(browser.text("#email").await, "dana@example.org", "{}\n{}", (sp.log)(), server.log());
    assert_eq!(browser.text("#given-name").await, "Dana");
    let audit = server.cli_ok(&["audit", "search", "action=attributes_asked", "--json"], None);
    assert!(audit.contains("attributes_asked"), "{audit}");
    browser.close().await;
}
