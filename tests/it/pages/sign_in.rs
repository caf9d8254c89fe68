//! Attacks on the sign-in pages.

use db::Dialect;

use crate::support::{Answer, Browser, PASSWORD, TestApp};

db::on_every_database![
    a_password_leads_back_with_a_code,
    nobody_learns_who_exists,
    a_mail_address_leads_to_its_realm_and_tells_nothing,
    limits_tell_no_more_than_wrong_passwords,
    a_planted_session_is_worth_nothing_and_signing_in_changes_it,
    a_flow_belongs_to_its_browser,
    an_answer_counts_once,
    pages_answer_under_their_own_name_only,
    forwarded_headers_of_strangers_change_nothing,
    strangers_cannot_write_into_the_page,
];

const AUTHORIZE: &str = "/oidc/authorize?client_id=notes&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fnotes.example%2Fcb&state=s1&nonce=n1";

/// A page without what is drawn anew for each of them.
fn shape(answer: &Answer) -> (u16, Vec<String>, String) {
    let mut text = answer.text.clone();
    for name in ["csrf", "step"] {
        if let Some(value) = answer.field(name) {
            text = text.replace(&format!("value=\"{value}\""), "value=\"\"");
        }
    }
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|r| r.split('\'').next()).unwrap_or_default();
    let flow = text.split("action=\"/login/").nth(1).and_then(|r| r.split(['/', '"']).next()).unwrap_or_default().to_owned();
    let text = text.replace(nonce, "").replace(&flow, "FLOW");
    (answer.status.as_u16(), answer.headers.keys().map(ToString::to_string).collect(), text)
}

async fn a_password_leads_back_with_a_code(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    let back = browser.sign_in(AUTHORIZE).await;
    assert_eq!(back.status, 303, "{}", back.text);
    assert!(back.location().starts_with("https://notes.example/cb?"), "{}", back.location());
    assert_eq!(
        (back.parameter("state").as_deref(), back.parameter("iss").as_deref()),
        (Some("s1"), Some("http://localhost:8080"))
    );
    assert!(back.parameter("code").unwrap().len() >= 43);
}

async fn a_mail_address_leads_to_its_realm_and_tells_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    app.operate(&mfa::people::ops::SetResolver, &[("resolver", "other"), ("type", "internalresolver")]).await;
    app.operate(&mfa::people::ops::SetRealm, &[("realm", "other"), ("resolvers", "other")]).await;
    app.operate(&mfa::people::ops::AddUser, &[("user", "eva"), ("resolver", "other"), ("password", "the-password-of-eva")]).await;
    app.operate(&mfa::people::ops::SetRealmDomains, &[("realm", "other"), ("domains", "other.example")]).await;
    for (name, password, arrives) in [
        ("eva@other.example", "the-password-of-eva", true),
        ("EVA@Other.Example", "the-password-of-eva", true),
        ("eva@third.example", "the-password-of-eva", false),
        ("hans@other.example", PASSWORD, false),
        ("eva", "the-password-of-eva", false),
    ] {
        let mut browser = Browser::fresh(&app);
        let (path, page) = browser.begin(AUTHORIZE).await;
        let answer = browser.answer(&path, &page, &[("username", name), ("password", password)]).await;
        assert_eq!(answer.parameter("code").is_some(), arrives, "{name}: {} {}", answer.status, answer.location());
    }
    let mut seen = Vec::new();
    for name in ["eva@other.example", "nil@other.example", "eva@third.example", "nil@third.example"] {
        let mut browser = Browser::fresh(&app);
        let (path, page) = browser.begin(AUTHORIZE).await;
        let answer = browser.answer(&path, &page, &[("username", name), ("password", "wrong")]).await;
        let (status, headers, text) = shape(&answer);
        seen.push((status, headers, text.replace(name, "NAME")));
    }
    for other in &seen[1..] {
        assert_eq!(&seen[0], other);
    }
}

async fn nobody_learns_who_exists(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut seen = Vec::new();
    for name in ["hans", "nobody", "hans@default", "nobody@nowhere", "admin"] {
        let mut browser = Browser::fresh(&app);
        let (path, page) = browser.begin(AUTHORIZE).await;
        let answer = browser.answer(&path, &page, &[("username", name), ("password", "wrong")]).await;
        let (status, headers, text) = shape(&answer);
        seen.push((status, headers, text.replace(name, "NAME")));
    }
    for other in &seen[1..] {
        assert_eq!(seen[0], *other);
    }
}

async fn limits_tell_no_more_than_wrong_passwords(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    app.operate(&mfa::people::ops::SetRealm, &[("realm", "staff"), ("resolvers", "internal")]).await;
    let mut seen = Vec::new();
    for name in ["hans", "nobody"] {
        let mut looks = Vec::new();
        // Many guesses at one spelling, some at another, and some at the same person by another realm.
        let spellings = [(name.to_owned(), 25), (format!("{name}@default"), 2), (format!("{name}@staff"), 2)];
        for typed in spellings.iter().flat_map(|(typed, times)| std::iter::repeat_n(typed, *times)) {
            let mut browser = Browser::fresh(&app);
            let (path, page) = browser.begin(AUTHORIZE).await;
            let answer = browser.answer(&path, &page, &[("username", typed), ("password", "wrong")]).await;
            let (status, headers, text) = shape(&answer);
            looks.push((status, headers, text.replace(typed, "NAME")));
        }
        seen.push(looks);
    }
    for (n, (one, other)) in seen[0].iter().zip(&seen[1]).enumerate() {
        assert_eq!(one, other, "attempt {n}");
    }
    assert_ne!(seen[0][0].2, seen[0][24].2, "the limit was not met");
}

async fn a_planted_session_is_worth_nothing_and_signing_in_changes_it(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let planted = "planted-by-an-attacker-0000000000000000000";
    let mut victim = Browser::fresh(&app);
    victim.plant("symbolon_session", planted);
    let back = victim.sign_in(AUTHORIZE).await;
    assert_eq!(back.status, 303);
    let session = victim.cookie("symbolon_session").unwrap().to_owned();
    assert_ne!(session, planted);
    let mut attacker = Browser::fresh(&app);
    attacker.plant("symbolon_session", planted);
    assert!(attacker.get(AUTHORIZE).await.location().starts_with("/login/"));
    // Proving the password again changes the value once more.
    let (path, page) = victim.begin(&format!("{AUTHORIZE}&prompt=login")).await;
    let again = victim.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await;
    assert_eq!(again.status, 303, "{}", again.text);
    assert_ne!(victim.cookie("symbolon_session").unwrap(), session);
    let mut thief = Browser::fresh(&app);
    thief.plant("symbolon_session", &session);
    assert!(thief.get(AUTHORIZE).await.location().starts_with("/login/"), "the former value still opens the session");
}

async fn a_flow_belongs_to_its_browser(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut one = Browser::fresh(&app);
    let (path, page) = one.begin(AUTHORIZE).await;
    let mut other = Browser::with_cookie(&app);
    let seen = other.get(&path).await;
    assert_eq!(seen.status, 410);
    assert!(!seen.text.contains("notes"), "another browser learns for whom it is");
    let step = page.field("step").unwrap();
    let answered = other.post(&path, &[("step", &step), ("username", "hans"), ("password", PASSWORD)]).await;
    assert_eq!(answered.status, 410);
    assert!(other.cookie("symbolon_session").is_none());
}

async fn an_answer_counts_once(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    let (path, page) = browser.begin(AUTHORIZE).await;
    let fields = [("username", "hans"), ("password", PASSWORD)];
    assert_eq!(browser.answer(&path, &page, &fields).await.status, 303);
    let replay = browser.answer(&path, &page, &fields).await;
    assert!(replay.location().is_empty() && replay.status == 410, "{} {}", replay.status, replay.location());
}

async fn pages_answer_under_their_own_name_only(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    for path in [AUTHORIZE, "/", "/login/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/logout"] {
        let mut request = crate::support::request("GET", path).body(axum::body::Body::empty()).unwrap();
        request.headers_mut().insert("host", "evil.example".parse().unwrap());
        let answer = app.send(request).await;
        assert_eq!(answer.status, 421, "{path}");
        assert!(!answer.text.contains("evil.example"));
    }
}

async fn forwarded_headers_of_strangers_change_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let request = crate::support::request("GET", "/.well-known/openid-configuration")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example;proto=https")
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = app.send(request).await;
    assert!(!answer.text.contains("evil.example"));
    assert_eq!(answer.json()["issuer"], "http://localhost:8080");
}

async fn strangers_cannot_write_into_the_page(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    let hostile = "\"><script>alert(1)</script>";
    let encoded: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    let (path, page) = browser.begin(&format!("{AUTHORIZE}&login_hint={encoded}&ui_locales={encoded}")).await;
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    let answer = browser.answer(&path, &page, &[("username", hostile), ("password", hostile)]).await;
    assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
    let error = browser.get(&format!("/oidc/authorize?client_id={encoded}&error_description={encoded}")).await;
    assert!(!error.text.contains("<script>alert"));
}
