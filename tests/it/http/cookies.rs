//! Cookies that somebody else has put into the browser.

use db::Dialect;

use crate::support::{Browser, TestApp};

db::on_every_database![doubled_cookies_are_none, odd_cookies_are_none, over_https_cookies_cannot_be_planted];

/// A neighbour on the same host has put a second cookie of the name beside ours: nobody can say which is which.
async fn doubled_cookies_are_none(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    browser.sign_in_to_portal().await;
    assert_eq!(browser.get("/factors").await.status, 200);
    for name in ["symbolon_session", "symbolon_browser"] {
        let mut tossed = browser.clone();
        tossed.toss(name, "planted-by-an-attacker-0000000000000000000");
        let form = format!("csrf={}", browser.token());
        let answer = tossed.post_raw("/sessions/end", &form, &[("origin", "http://localhost:8080")]).await;
        let expected = if name == "symbolon_browser" { 403 } else { 303 };
        assert_eq!(answer.status.as_u16(), expected, "{name}");
        assert!(!answer.location().starts_with("/factors"), "{name}: the form was obeyed");
    }
    let mut tossed = browser.clone();
    tossed.toss("symbolon_session", "planted-by-an-attacker-0000000000000000000");
    assert!(tossed.get("/factors").await.location().starts_with("/login/"), "a session was picked");
    assert_eq!(browser.get("/factors").await.status, 200);
}

async fn odd_cookies_are_none(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let long = "x".repeat(10_000);
    for value in ["", "short", "\"quoted-0000000000000000000000000000000000\"", "a b c 000000000000000000000000", "%00%ff", &long]
    {
        let mut browser = Browser::fresh(&app);
        for name in ["symbolon_session", "symbolon_browser", "symbolon_device", "symbolon_lang"] {
            browser.plant(name, value);
        }
        let answer = browser.get("/factors").await;
        assert_eq!(answer.status, 303, "{value}: {}", answer.text);
        assert!(answer.location().starts_with("/login/"), "{value}");
    }
}

/// Only this very host can set a cookie with the prefix; one without it is not read.
async fn over_https_cookies_cannot_be_planted(on: Dialect) {
    let app = TestApp::with(on, &[("server.public_url", "https://localhost:8080")]).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    browser.sign_in_to_portal().await;
    for name in ["symbolon_session", "symbolon_browser"] {
        let prefixed = format!("__Host-{name}");
        let value = browser.cookie(&prefixed).unwrap_or_else(|| panic!("no {prefixed}")).to_owned();
        assert!(browser.cookie(name).is_none());
        let mut planted = Browser::fresh(&app);
        planted.plant(name, &value);
        assert!(planted.get("/factors").await.location().starts_with("/login/"), "{name} was read without its prefix");
    }
    for cookie in browser.set_cookies() {
        assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert!(cookie.contains("; Path=/;") && !cookie.to_lowercase().contains("domain"), "{cookie}");
    }
}
