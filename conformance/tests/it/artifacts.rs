//! Answers by artifact with service providers that we did not write: each fetches its answers, once.

use conformance::server::client;
use conformance::service_provider::{ServiceProvider, set};
use conformance::{Browser, Server, scripted, shibboleth, simplesamlphp};

const PASSWORD: &str = "a-Fetcher-password-5";

/// A server with somebody who needs no second factor.
async fn house() -> Server {
    let server = Server::start().await;
    server.add_person("ada", PASSWORD);
    server.cli_ok(&["policy", "disable", "require-second-factor"], None);
    server
}

/// What our log says of a reference that is brought again, where the service provider does not refuse it by itself.
const FETCHED: &str = "an artifact that means nothing to this party";

/// Everything that a service provider is tried with; `refused` is said of a reference that is brought again.
async fn tried(server: &Server, sp: &ServiceProvider, refused: &str) {
    let browser = Browser::start_with("en", false).await;
    browser.open(&sp.protected).await;
    browser.type_password("ada", PASSWORD).await;
    arrives(server, sp, &browser).await;

    // The answer that waits is encrypted, too.
    set(server, "encrypt", "always").await;
    browser.forget_cookies_of_peers().await;
    browser.open(&sp.protected).await;
    let fetched = arrives(server, sp, &browser).await;

    // Whoever finds the reference later, with all cookies: there is nothing behind it any more.
    let (place, form) = fetched;
    let again = client().post(&place).header("Cookie", browser.cookies().await).form(&form).send().await.expect("an answer");
    let page = again.text().await.expect("a page");
    assert!(!page.contains("dana@example.org"), "{page}");
    let logs = format!("{}\n{}", server.log(), (sp.log)());
    assert!(logs.contains(refused), "{logs}");
    browser.close().await;
}

/// Brings the reference on the page to the service provider, which fetches the answer; returns what was carried, and where to.
async fn arrives(server: &Server, sp: &ServiceProvider, browser: &Browser) -> (String, Vec<(&'static str, String)>) {
    let mut form = Vec::new();
    let artifact = browser.attribute("input[name=SAMLart]", "value").await;
    form.push(("SAMLart", artifact.expect("an artifact")));
    assert!(!browser.has("input[name=SAMLResponse]").await, "{}", browser.source().await);
    if browser.has("input[name=RelayState]").await {
        form.extend(browser.attribute("input[name=RelayState]", "value").await.map(|state| ("RelayState", state)));
    }
    let place = browser.attribute("#answer", "action").await.expect("an address");
    browser.click("#answer button").await;
    assert!(browser.appears("#email").await, "{}\n{}\n{}", browser.source().await, (sp.log)(), server.log());
    assert_eq!(browser.text("#email").await, "dana@example.org", "{}\n{}", (sp.log)(), server.log());
    assert_eq!(browser.url().await, sp.protected);
    (place, form)
}

#[tokio::test(flavor = "multi_thread")]
async fn shibboleth_fetches_its_answers() {
    let server = house().await;
    tried(&server, &shibboleth::by_artifact(&server).await, "replay detected of artifact").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simplesamlphp_fetches_its_answers() {
    let server = house().await;
    tried(&server, &simplesamlphp::by_artifact(&server).await, FETCHED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pysaml2_fetches_its_answers() {
    let server = house().await;
    let blocks = ["anything else of this page:", "only a reference to"];
    tried(&server, &scripted::PYSAML2.start_with(&server, &blocks, &[]).await, FETCHED).await;
}
