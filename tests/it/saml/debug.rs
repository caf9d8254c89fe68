//! What an administrator sees of what was exchanged with a service provider.

use std::time::Duration;

use db::Dialect;

use super::{ask, form, house, response};
use crate::support::{Api, Browser, PASSWORD};

db::on_every_database![messages_are_kept_while_that_is_wanted];

async fn messages_are_kept_while_that_is_wanted(on: Dialect) {
    let app = house(on).await;
    let api = Api::admin(&app).await;
    let shown = async || api.get("/samlsp/plain/debug").await.ok();
    let mut browser = Browser::fresh(&app);
    let wrong = "Destination=\"https://other.example/saml/sso\"";
    ask(&mut browser, &form("_r0", wrong)).await;
    assert_eq!(shown().await["messages"].as_array().unwrap().len(), 0, "off by default");
    api.post("/samlsp/plain/debug", &[("on", "1")]).await.ok();
    assert_eq!(ask(&mut browser, &form("_r1", wrong)).await.status, 400);
    // Newest first, as far as moments differ.
    let pass = || app.app.clock.advance(Duration::from_secs(1));
    pass();
    let asked = ask(&mut browser, &form("_r2", "")).await;
    pass();
    let (path, page) = (asked.location().to_owned(), browser.get(asked.location()).await);
    let sent = response(&browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await);
    let seen = shown().await;
    let messages = seen["messages"].as_array().unwrap();
    let text = |at: usize, name: &str| messages[at][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(messages.len(), 3, "{seen}");
    assert_eq!((text(0, "direction").as_str(), text(1, "direction").as_str()), ("sent", "received"));
    assert!(text(0, "xml").contains("hans@example.org") && text(0, "xml").lines().count() > 10, "{seen}");
    assert!(text(1, "xml").contains("ID=\"_r2\"") && text(1, "problem").is_empty());
    assert!(text(2, "problem").contains("another address"), "{seen}");
    // Sealed as it lies in the database, and looked at under the eyes of the audit.
    assert!(sent.contains("hans@example.org"));
    let audit = api.get("/audit/?action=*samlsp*debug*").await.text;
    assert!(audit.contains("service provider plain, 3 messages"), "{audit}");
    for n in 0..12 {
        ask(&mut browser, &form(&format!("_x{n}"), wrong)).await;
    }
    assert_eq!(shown().await["messages"].as_array().unwrap().len(), 10, "bounded");
    // It ends by itself.
    app.app.clock.advance(Duration::from_secs(3601));
    let api = Api::admin(&app).await;
    let later = api.get("/samlsp/plain/debug").await.ok();
    assert_eq!((later["messages"].as_array().unwrap().len(), later["until"].is_null()), (0, true));
    api.post("/samlsp/plain/debug", &[("on", "1")]).await.ok();
    api.post("/samlsp/plain/debug", &[("on", "0")]).await.ok();
    assert_eq!(api.get("/samlsp/nobody/debug").await.error(), (404, 601));
}
