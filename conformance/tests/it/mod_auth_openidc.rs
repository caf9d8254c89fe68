//! Apache with mod_auth_openidc, from Debian: a relying party that we did not write.

use conformance::apache::Apache;
use conformance::{Browser, Server, oath};

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_and_out() {
    let server = Server::start().await;
    server.add_person("ada", "an-Apache-password-5");
    let apache = Apache::start(&server).await;
    let browser = Browser::start_with("en", false).await;
    browser.open(&apache.protected()).await;
    browser.fill("#username", "ada").await;
    browser.fill("#password", "an-Apache-password-5").await;
    browser.click("#submit").await;
    let secret: String = browser.content("#secret").await.split_whitespace().collect();
    browser.fill("#otp", &oath::totp(&secret)).await;
    browser.click("#submit").await;
    browser.click("label[for=acknowledged]").await;
    browser.click("#submit").await;
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
