//! What the pages tell people about, and when.

use db::Dialect;
use mfa::notices::{By, Notice, What};

use crate::support::{Browser, PASSWORD, TestApp};

db::on_every_database![signing_out_everywhere_is_told_and_ends_every_session];

async fn told(app: &TestApp) -> Vec<Notice> {
    let due = db::outbox::due(&app.app.db, app.app.clock.now(), 10).await.unwrap();
    due.iter().map(|entry| Notice::open(&app.app.keys, entry).unwrap()).collect()
}

async fn signing_out_everywhere_is_told_and_ends_every_session(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let mut browser = Browser::fresh(&app);
        let sent = browser.get("/").await;
        let path = sent.location().to_owned();
        let page = browser.get(&path).await;
        browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await;
        assert_eq!(browser.get("/").await.status, 200);
        sessions.push(browser);
    }
    // A form of somebody else's page changes nothing.
    let forged = sessions[0].post_raw("/sessions/end", "csrf=x", &[("origin", "https://evil.example")]).await;
    assert_eq!(forged.status, 403);
    assert!(told(&app).await.is_empty());
    let headers = [("accept-language", "de-AT"), ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0")];
    let body = format!("csrf={}", sessions[0].token());
    assert_eq!(sessions[0].post_raw("/sessions/end", &body, &headers).await.status, 303);
    for browser in &mut sessions {
        assert_eq!(browser.get("/").await.status, 303, "a session is still open");
    }
    let told = told(&app).await;
    let notice = &told[0];
    assert_eq!((told.len(), &notice.what, notice.by), (1, &What::SignedOutEverywhere, By::Person));
    assert_eq!((notice.email.as_deref(), notice.language.as_deref()), (Some("hans@example.org"), Some("de")));
    assert!(notice.user_agent.as_deref().unwrap().contains("Firefox"));
    // Without a mail server the outbox does not fill up.
    symbolon::jobs::run_once(&app.app).await.unwrap();
    assert_eq!(db::outbox::waiting(&app.app.db).await.unwrap().0, 0);
}
