//! How long a sign-in lasts.

use std::time::Duration;

use db::Dialect;

use crate::support::{Browser, TestApp};

db::on_every_database![
    a_session_ends_when_it_is_idle_and_when_it_is_old,
    the_session_of_an_attacker_never_becomes_that_of_the_victim
];

const AUTHORIZE: &str = "/oidc/authorize?client_id=notes&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fnotes.example%2Fcb&state=s1&nonce=n1";

/// Whether the browser is signed in: at the portal, and for an application that asks silently.
async fn signed_in(browser: &mut Browser<'_>) -> bool {
    let portal = browser.get("/").await;
    let silent = browser.get(&format!("{AUTHORIZE}&prompt=none")).await;
    assert_eq!(portal.status == 200, silent.parameter("code").is_some(), "{} {}", portal.status, silent.location());
    assert!(silent.parameter("error").is_none_or(|error| error == "login_required"), "{}", silent.location());
    portal.status == 200
}

async fn a_session_ends_when_it_is_idle_and_when_it_is_old(on: Dialect) {
    let app = TestApp::with(on, &[("session.idle", "1h"), ("session.absolute", "3h")]).await;
    app.with_person_and_client().await;
    let after = |minutes: u64| app.app.clock.advance(Duration::from_secs(60 * minutes));
    let mut browser = Browser::fresh(&app);
    browser.sign_in(AUTHORIZE).await;
    for _ in 0..3 {
        after(59);
        assert!(signed_in(&mut browser).await, "use keeps it alive");
    }
    after(2);
    assert!(signed_in(&mut browser).await);
    after(1);
    assert!(!signed_in(&mut browser).await, "however much it is used, it ends");

    browser.sign_in(AUTHORIZE).await;
    assert!(signed_in(&mut browser).await);
    after(60);
    assert!(!signed_in(&mut browser).await, "nobody has used it for an hour");
}

async fn the_session_of_an_attacker_never_becomes_that_of_the_victim(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    app.operate(&mfa::people::ops::AddUser, &[("user", "eve"), ("resolver", "internal"), ("password", "the-password-of-eve")])
        .await;
    let mut attacker = Browser::fresh(&app);
    let (path, page) = attacker.begin(AUTHORIZE).await;
    attacker.answer(&path, &page, &[("username", "eve"), ("password", "the-password-of-eve")]).await;
    let planted = attacker.cookie("symbolon_session").unwrap().to_owned();

    // The victim's browser holds the attacker's session; the victim insists on signing in.
    let mut victim = Browser::fresh(&app);
    victim.plant("symbolon_session", &planted);
    let (path, page) = victim.begin(&format!("{AUTHORIZE}&prompt=select_account")).await;
    assert!(page.text.contains("eve"), "{}", page.text);
    victim.answer(&path, &page, &[("other", "1")]).await;
    let page = victim.get(&path).await;
    let back = victim.answer(&path, &page, &[("username", "hans"), ("password", crate::support::PASSWORD)]).await;
    assert!(back.parameter("code").is_some(), "{} {}", back.status, back.text);
    assert_ne!(victim.cookie("symbolon_session"), Some(planted.as_str()));
    assert!(victim.get("/").await.text.contains("hans"));
    // What the attacker holds is worth nothing any more, and never opened what is the victim's.
    assert_ne!(attacker.get("/").await.status, 200);
}
