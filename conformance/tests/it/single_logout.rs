//! Single logout with mod_auth_mellon: begun there, on our pages, and at an OpenID Connect application of the same session.

use conformance::demo::Demo;
use conformance::mellon::Mellon;
use conformance::{Browser, Server};

const PASSWORD: &str = "an-Apache-password-5";
/// The link of the page that says that one is signed out.
const SIGNED_OUT: &str = "a.button[href='/']";

async fn world() -> (Server, Mellon, Browser) {
    let server = Server::start().await;
    server.add_person("ada", PASSWORD);
    server.cli_ok(&["policy", "disable", "require-second-factor"], None);
    let mellon = Mellon::start(&server).await;
    (server, mellon, Browser::start().await)
}

async fn sign_in(browser: &Browser, mellon: &Mellon) {
    browser.open(&mellon.protected()).await;
    browser.type_password("ada", PASSWORD).await;
    assert!(!browser.text("#name-id").await.is_empty(), "{}", mellon.log());
}

/// The application asks for a sign-in, and so does ours: nobody is signed in anywhere.
async fn is_signed_out(browser: &Browser, mellon: &Mellon) {
    browser.open(&mellon.protected()).await;
    assert_eq!(browser.attribute("#username", "value").await.unwrap_or_default(), "", "{}", mellon.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn begins_at_the_application_and_on_our_pages() {
    let (server, mellon, browser) = world().await;
    sign_in(&browser, &mellon).await;
    browser.open(&mellon.logout()).await;
    assert_eq!(browser.text("#bye").await, "bye", "{}\n{}", mellon.log(), server.log());
    is_signed_out(&browser, &mellon).await;

    sign_in(&browser, &mellon).await;
    browser.open(&server.at("/logout")).await;
    browser.click("#accept").await;
    browser.text(SIGNED_OUT).await;
    let page = browser.source().await;
    assert!(!page.contains("notice-warn"), "{page}\n{}\n{}", mellon.log(), server.log());
    is_signed_out(&browser, &mellon).await;
    let told = server.cli_ok(&["audit", "search", "action=logout_told", "--json"], None);
    assert!(told.contains("logout_told"), "{told}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_of_both_protocols_ends_from_either_side() {
    let (server, mellon, browser) = world().await;
    let demo = Demo::start(&server, "demo", None).await;
    server.cli_ok(&["client", "set", "demo", "consent=trusted"], None);
    for begins_at_demo in [true, false] {
        sign_in(&browser, &mellon).await;
        browser.open(&demo.url()).await;
        if browser.has("#sign-in").await {
            browser.click("#sign-in").await;
        }
        browser.text("#sign-out").await;
        if begins_at_demo {
            browser.click("#sign-out").await;
            // Back at the application, by way of the service provider.
            browser.text("#sign-in").await;
            assert!(browser.url().await.starts_with(&demo.url()), "{}", browser.url().await);
        } else {
            browser.open(&mellon.logout()).await;
            assert_eq!(browser.text("#bye").await, "bye", "{}\n{}", mellon.log(), server.log());
        }
        is_signed_out(&browser, &mellon).await;
    }
    browser.close().await;
}
