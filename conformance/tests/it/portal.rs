//! The portal, in a real browser without scripts: a first factor, another one, names, off and on, removal, new recovery codes,
//! sessions. What changes factors asks for a factor first.

use conformance::{Browser, Server};

const PASSWORD: &str = "a-Portal-password-9";

/// The page says that something was done; if not, the audit knows why.
async fn done(browser: &Browser, server: &Server) {
    if browser.url().await.contains("problem=") {
        panic!("{}: {}", browser.url().await, server.cli_ok(&["audit", "search", "--json"], None));
    }
    browser.text("[role=status]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn factors_are_managed_by_their_owner() {
    let server = Server::start().await;
    server.add_person("pia", PASSWORD);
    let browser = Browser::start_with("de", false).await;
    browser.open(&server.at("/")).await;
    browser.type_password("pia", PASSWORD).await;
    let first = browser.enrol_first_factor().await.secret;
    // The portal is there before anything else is asked of the browser.
    browser.click("a[href='/factors']").await;
    browser.text("a[href='/factors/add']").await;
    assert_eq!(browser.attribute("html", "lang").await.as_deref(), Some("de"));

    // A second factor: the first was shown a moment ago, so it is not asked again.
    browser.click("a[href='/factors/add']").await;
    browser.click("button[name=kind][value=totp]").await;
    let second = browser.shown_secret().await;
    assert_ne!(first, second);
    browser.fill("#otp", "000000").await;
    browser.click("#submit").await;
    browser.text("#problem").await;
    assert_eq!(browser.shown_secret().await, second, "the same key is shown again");
    browser.type_code(&second, 0).await;
    done(&browser, &server).await;

    // Another name, hostile on purpose.
    let newer = "section[aria-labelledby=factors] li:nth-of-type(2)";
    browser.click(&format!("{newer} summary")).await;
    browser.fill(&format!("{newer} input[name=name]"), "<b>Pixel</b> & \"co\"").await;
    browser.click(&format!("{newer} form[action$='/rename'] button")).await;
    assert!(browser.text("main").await.contains("<b>Pixel</b> & \"co\""));

    // Off and on again.
    browser.click(&format!("{newer} summary")).await;
    browser.click(&format!("{newer} form[action$='/disable'] button")).await;
    browser.text(".badge-disabled").await;
    let admin = server.admin().await;
    let active = server.get("/token/?user=pia&active=1&type=totp", Some(&admin)).await;
    assert_eq!(active["result"]["value"]["count"], 1, "{active}");

    // Removed for good, after a question.
    let rows = server.get("/token/?user=pia&active=0&type=totp", Some(&admin)).await;
    let serial = rows["result"]["value"]["tokens"][0]["serial"].as_str().unwrap_or_default().to_owned();
    browser.open(&server.at(&format!("/factors/{serial}/remove"))).await;
    browser.click("#accept").await;
    done(&browser, &server).await;
    let left = server.get("/token/?user=pia&type=totp", Some(&admin)).await;
    assert_eq!(left["result"]["value"]["count"], 1, "{left}");

    // New recovery codes in place of the old ones.
    browser.click("form[action='/recovery-codes'] button").await;
    browser.click("label[for=acknowledged]").await;
    browser.click("#submit").await;
    done(&browser, &server).await;

    // Signed out everywhere, and nothing of the portal is to be seen.
    browser.click("form[action='/sessions/end'] button").await;
    for _ in 0..100 {
        if browser.url().await.ends_with("/logout") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    browser.open(&server.at("/factors")).await;
    browser.text("#username").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_factor_does_not_exist() {
    let server = Server::start().await;
    server.add_person("mallory", PASSWORD);
    let admin = server.admin().await;
    server.api_add_person(&admin, "victim", PASSWORD).await;
    let token = server.enrol(&admin, "totp", "victim", "").await;
    let own = server.enrol(&admin, "totp", "mallory", "").await;
    let browser = Browser::start_with("en", false).await;
    browser.open(&server.at("/")).await;
    browser.type_password("mallory", PASSWORD).await;
    browser.type_code(&own.secret, 0).await;
    browser.text("a[href='/factors']").await;
    browser.open(&server.at(&format!("/factors/{}/remove", token.serial))).await;
    assert!(browser.url().await.ends_with("/factors?problem=changed"), "{}", browser.url().await);
    assert!(!browser.source().await.contains(&token.serial));
    browser.close().await;
}
