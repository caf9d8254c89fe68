//! The policy `ask_pin`: the code of a token is worth nothing without its PIN.

use db::Dialect;
use kernel::clock::Stopwatch;
use mfa::policy::ops::{EnablePolicy, SetPolicy};

use crate::support::{Answer, Api, Browser, PASSWORD, TestApp};

db::on_every_database![
    a_pin_that_is_asked_for_cannot_be_left_out,
    a_token_without_pin_needs_none,
    nobody_else_is_asked_for_a_pin
];

const AUTHORIZE: &str = "/oidc/authorize?client_id=notes&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fnotes.example%2Fcb&state=s1&nonce=n1";
const LATE: std::time::Duration = std::time::Duration::from_millis(150);

/// `hans` with a token of the key and the codes of RFC 4226, appendix D, of which policy asks for the PIN or not.
async fn house(on: Dialect, pin: &str, asked: bool) -> TestApp {
    let app = TestApp::with(on, &[("login.failed_after", "150ms")]).await;
    app.with_person_and_client().await;
    app.operate(&EnablePolicy(true), &[("name", "require-second-factor")]).await;
    if asked {
        app.operate(&SetPolicy, &[("name", "pins"), ("scope", "sso"), ("action", "ask_pin"), ("active", "true")]).await;
    }
    let key = "3132333435363738393031323334353637383930";
    let token = [("type", "hotp"), ("otpkey", key), ("user", "hans"), ("realm", "default"), ("pin", pin)];
    Api::admin(&app).await.post("/token/init", &token).await.ok();
    app
}

/// The page that asks for the code, and its path.
async fn asked(browser: &mut Browser<'_>) -> (String, Answer) {
    let (path, page) = browser.begin(AUTHORIZE).await;
    let sent = browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let page = browser.get(&path).await;
    assert!(page.text.contains("name=\"otp\""), "{}", page.text);
    (path, page)
}

fn problem(page: &Answer) -> &str {
    page.text.split("id=\"problem\"").nth(1).and_then(|rest| rest.split("</div>").next()).unwrap_or_default()
}

async fn a_pin_that_is_asked_for_cannot_be_left_out(on: Dialect) {
    let app = house(on, "4711", true).await;
    let mut browser = Browser::fresh(&app);
    let (path, mut page) = asked(&mut browser).await;
    assert!(page.text.contains("name=\"pin\""), "{}", page.text);
    let mut said = Vec::new();
    for fields in [
        &[("otp", "755224")][..],
        &[("otp", "755224"), ("pin", "")],
        &[("otp", "755224"), ("pin", "4712")],
        &[("otp", "000000"), ("pin", "4711")],
        &[("otp", ""), ("pin", "4711")],
    ] {
        let watch = Stopwatch::start();
        page = browser.answer(&path, &page, fields).await;
        assert!(page.status == 200 && watch.elapsed() >= LATE, "{fields:?}: {} {:?}", page.status, watch.elapsed());
        assert!(browser.cookie("symbolon_session").is_none() && page.text.contains("name=\"pin\""), "{fields:?}");
        said.push(problem(&page).to_owned());
    }
    assert!(said[0].contains("That code") && said.iter().all(|one| *one == said[0]), "{said:?}");
    let back = browser.answer(&path, &page, &[("otp", "755224"), ("pin", "4711")]).await;
    assert!(back.parameter("code").is_some(), "{} {}", back.status, back.text);
}

async fn a_token_without_pin_needs_none(on: Dialect) {
    let app = house(on, "", true).await;
    let mut browser = Browser::fresh(&app);
    let (path, page) = asked(&mut browser).await;
    let page = browser.answer(&path, &page, &[("otp", "755224"), ("pin", "4711")]).await;
    assert!(problem(&page).contains("That code"), "{}", page.text);
    let back = browser.answer(&path, &page, &[("otp", "755 224"), ("pin", "")]).await;
    assert!(back.parameter("code").is_some(), "{} {}", back.status, back.text);
}

async fn nobody_else_is_asked_for_a_pin(on: Dialect) {
    let app = house(on, "4711", false).await;
    let mut browser = Browser::fresh(&app);
    let (path, page) = asked(&mut browser).await;
    assert!(!page.text.contains("name=\"pin\""), "{}", page.text);
    let back = browser.answer(&path, &page, &[("otp", "755224"), ("pin", "not looked at")]).await;
    assert!(back.parameter("code").is_some(), "{} {}", back.status, back.text);
}
