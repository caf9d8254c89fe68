//! Pages that ask for a ticket: the form is always there, nothing goes round in circles. What real tickets do is shown with real peers.

use db::Dialect;
use http::Method;

use crate::support::{Answer, Browser, PASSWORD, TestApp};

db::on_every_database![a_ticket_is_asked_for_beside_the_form, nobody_is_asked_who_has_to_act_or_comes_from_elsewhere];

const AUTHORIZE: &str = "/oidc/authorize?client_id=notes&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fnotes.example%2Fcb&state=s1&nonce=n1";

async fn app(on: Dialect, networks: &str) -> TestApp {
    let app = TestApp::with(
        on,
        &[
            ("kerberos.keytab", "/nowhere/http.keytab"),
            ("kerberos.networks", networks),
            ("kerberos.realms", "EXAMPLE.TEST=default"),
        ],
    )
    .await;
    app.with_person_and_client().await;
    app
}

async fn show(browser: &mut Browser<'_>, path: &str, header: &str) -> Answer {
    browser.send(&Method::GET, path, "", &[("accept", "text/html"), ("authorization", header)]).await
}

async fn a_ticket_is_asked_for_beside_the_form(on: Dialect) {
    let app = app(on, "127.0.0.0/8").await;
    let mut browser = Browser::fresh(&app);
    let (path, page) = browser.begin(AUTHORIZE).await;
    assert_eq!((page.status.as_u16(), page.header("www-authenticate")), (401, "Negotiate"));
    assert!(page.text.contains("name=\"password\"") && page.header("cache-control") == "no-store");
    // The form works as ever.
    let arrived = browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await;
    assert!(arrived.location().starts_with("https://notes.example/cb?"), "{}", arrived.text);

    for header in ["Negotiate AAAA", "negotiate  ?", "Negotiate TlRMTVNTUAABAAAA"] {
        let mut browser = Browser::fresh(&app);
        let (path, _) = browser.begin(AUTHORIZE).await;
        // Nobody else can use up the flow.
        assert_eq!(show(&mut Browser::other(&app), &path, header).await.status, 410);
        let page = show(&mut browser, &path, header).await;
        assert_eq!((page.status.as_u16(), page.header("www-authenticate")), (200, ""));
        assert!(page.text.contains("sign you in automatically"));
        // Neither is asked again, nor is another one looked at.
        let again = show(&mut browser, &path, header).await;
        assert_eq!((again.status.as_u16(), again.header("www-authenticate")), (200, ""));
        let wrong = browser.answer(&path, &again, &[("username", "hans"), ("password", "wrong")]).await;
        assert_eq!((wrong.status.as_u16(), wrong.header("www-authenticate")), (200, ""));
        let arrived = browser.answer(&path, &wrong, &[("username", "hans"), ("password", PASSWORD)]).await;
        assert_eq!(arrived.status, 303, "{}", arrived.text);
    }
    // Other schemes are none of ours.
    let mut browser = Browser::fresh(&app);
    let (path, _) = browser.begin(AUTHORIZE).await;
    assert_eq!(show(&mut browser, &path, "Basic aGFuczp4").await.status, 401);
}

async fn nobody_is_asked_who_has_to_act_or_comes_from_elsewhere(on: Dialect) {
    let near = app(on, "127.0.0.0/8").await;
    for more in ["&prompt=login", "&max_age=600", "&prompt=select_account"] {
        let mut browser = Browser::fresh(&near);
        let (path, page) = browser.begin(&format!("{AUTHORIZE}{more}")).await;
        assert_eq!((page.status.as_u16(), page.header("www-authenticate")), (200, ""), "{more}");
        assert!(!show(&mut browser, &path, "Negotiate AAAA").await.text.contains("sign you in automatically"));
    }
    let far = app(on, "192.0.2.0/24").await;
    let mut browser = Browser::fresh(&far);
    let (path, page) = browser.begin(AUTHORIZE).await;
    assert_eq!((page.status.as_u16(), page.header("www-authenticate")), (200, ""));
    assert!(!show(&mut browser, &path, "Negotiate AAAA").await.text.contains("sign you in automatically"));
}
