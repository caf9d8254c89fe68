//! A directory that does not answer: what strangers learn, what counts, what goes on.

use db::Dialect;
use mfa::people::ops::{SetRealm, SetResolver};

use crate::support::{Answer, Api, Browser, PASSWORD, TestApp};

db::on_every_database![an_outage_tells_nobody_who_exists, what_could_not_be_checked_does_not_count, whoever_watches_sees_it,];

const AUTHORIZE: &str = "/oidc/authorize?client_id=notes&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fnotes.example%2Fcb&state=s1&nonce=n1";

/// The person `hans` in the default realm, which also has a directory that is not there.
async fn app(on: Dialect) -> TestApp {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let directory =
        [("resolver", "gone"), ("type", "ldap"), ("preset", "openldap"), ("LDAPURI", "ldap://127.0.0.1:9"), ("LDAPBASE", "dc=x")];
    app.operate(&SetResolver, &directory).await;
    app.operate(&SetRealm, &[("realm", "default"), ("resolvers", "internal,gone")]).await;
    app
}

async fn try_page(app: &TestApp, name: &str, password: &str) -> (u16, String) {
    let mut browser = Browser::fresh(app);
    let (path, page) = browser.begin(AUTHORIZE).await;
    let answer = browser.answer(&path, &page, &[("username", name), ("password", password)]).await;
    (answer.status.as_u16(), problem(&answer))
}

/// What a page says is wrong.
fn problem(answer: &Answer) -> String {
    let notice = answer.text.split("id=\"problem\"").nth(1).and_then(|rest| rest.split("</div>").next());
    notice.unwrap_or_default().to_owned()
}

async fn an_outage_tells_nobody_who_exists(on: Dialect) {
    let app = app(on).await;
    let api = Api::anonymous(&app);
    // The first question that is not answered makes it known.
    let (status, unavailable) = try_page(&app, "nobody", "wrong").await;
    assert!(status == 200 && unavailable.contains("check passwords right now"), "{unavailable}");
    for attempt in 0..25 {
        for name in ["hans", "nobody", "hans@default", "admin"] {
            assert_eq!(try_page(&app, name, "wrong").await, (200, unavailable.clone()), "{name}, attempt {attempt}");
        }
    }
    let mut seen = Vec::new();
    for name in ["hans", "nobody", "hans@default", "admin"] {
        let form = [("username", name), ("password", "wrong")];
        let auth = api.post("/auth", &form).await;
        let check = api.post("/validate/check", &[("user", name), ("pass", "wrong")]).await;
        seen.push((auth.status.as_u16(), auth.without_time(), check.status.as_u16(), check.without_time()));
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
    assert_eq!((seen[0].0, seen[0].2), (503, 503));
    // In a realm without that directory nothing is different.
    app.operate(&SetRealm, &[("realm", "house"), ("resolvers", "internal")]).await;
    assert_eq!(api.post("/auth", &[("username", "eve"), ("password", "wrong"), ("realm", "house")]).await.status, 401);
}

async fn what_could_not_be_checked_does_not_count(on: Dialect) {
    let app = app(on).await;
    for _ in 0..30 {
        try_page(&app, "otto", "his-right-password").await;
    }
    // Those whom the house can vouch for get in meanwhile.
    let mut browser = Browser::fresh(&app);
    assert_eq!(browser.sign_in(AUTHORIZE).await.status, 303);
    // The directory is taken away, and somebody of that name is here: nothing was counted against it.
    app.operate(&SetRealm, &[("realm", "default"), ("resolvers", "internal")]).await;
    let otto = [("user", "otto"), ("password", PASSWORD), ("resolver", "internal")];
    app.operate(&mfa::people::ops::AddUser, &otto).await;
    assert!(Api::anonymous(&app).post("/auth", &[("username", "otto"), ("password", PASSWORD)]).await.status == 200);
}

async fn whoever_watches_sees_it(on: Dialect) {
    let app = app(on).await;
    let look = async || {
        let answer = app.get("/healthz/resolversz").await;
        (answer.status.as_u16(), answer.json())
    };
    let (status, json) = look().await;
    assert_eq!(status, 503);
    assert_eq!(
        (&json["status"], &json["resolvers"]["internal"], &json["resolvers"]["gone"], &json["ldapresolver"]["gone"]),
        (&"fail".into(), &"OK".into(), &"fail".into(), &"fail".into())
    );
    assert_eq!(json["states"]["gone"]["breaker"], "closed");
    for _ in 0..5 {
        try_page(&app, "nobody", "wrong").await;
    }
    let (_, json) = look().await;
    assert_eq!(json["states"]["gone"]["breaker"], "open");
    assert!(json["states"]["gone"]["out_since"].is_i64() && json["states"]["internal"]["breaker"] == "closed");
}
