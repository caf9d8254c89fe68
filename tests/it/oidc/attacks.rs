//! Attacks on the provider, over HTTP.

use axum::body::Body;
use db::Dialect;
use serde_json::Value;

use crate::support::{Answer, Browser, CLIENT_SECRET, TestApp, request};

db::on_every_database![
    nothing_is_sent_to_addresses_that_are_not_registered,
    sign_out_leads_nowhere_unasked,
    codes_are_bound_and_spent_once,
    pkce_cannot_be_taken_away,
    errors_carry_state_and_nothing_else,
    requests_from_other_sites_are_parked,
    unreadable_requests_get_an_oauth_error,
    disabled_people_are_out_everywhere,
];

/// A challenge and its verifier (RFC 7636 appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub fn authorize(more: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("client_id", "notes"),
        ("response_type", "code"),
        ("scope", "openid offline_access"),
        ("redirect_uri", "https://notes.example/cb"),
        ("state", "s1"),
    ];
    for (name, value) in more {
        all.retain(|(n, _)| n != name);
        if !value.is_empty() {
            all.push((name, value));
        }
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    format!("/oidc/authorize?{query}")
}

pub async fn token(app: &TestApp, client: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let basic = data_encoding::BASE64.encode(format!("{client}:{CLIENT_SECRET}").as_bytes());
    let request = request("POST", "/oidc/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Basic {basic}"))
        .body(Body::from(body))
        .unwrap();
    app.send(request).await
}

pub async fn redeem(app: &TestApp, client: &str, code: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", "https://notes.example/cb")];
    for (name, value) in more {
        fields.retain(|(n, _)| n != name);
        fields.push((name, value));
    }
    token(app, client, &fields).await
}

pub fn refused(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json()["error"].as_str().unwrap_or_default().to_owned())
}

pub fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

pub async fn code(app: &TestApp, more: &[(&str, &str)]) -> String {
    let back = Browser::fresh(app).sign_in(&authorize(more)).await;
    back.parameter("code").unwrap_or_else(|| panic!("{} {}", back.status, back.location()))
}

async fn nothing_is_sent_to_addresses_that_are_not_registered(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    for uri in [
        "https://evil.example/cb",
        "https://notes.example/cb/",
        "https://notes.example/cb?x=1",
        "https://notes.example/cb#f",
        "https://notes.example.evil.example/cb",
        "https://notes.example@evil.example/cb",
        "http://notes.example/cb",
        "javascript:alert(1)",
        "//evil.example/cb",
        "https://notes.example:443/cb",
        "https://NOTES.example/cb",
        "HTTPS://notes.example/cb",
        "https://notes.example./cb",
        "https://notes.example/./cb",
        "https://notes.example/x/../cb",
        "https://notes.example/%63b",
        "https://notes.example/cb%00",
        "https://notes.example/cb%0d%0aLocation:%20https://evil.example",
        "https://notes.example/cb\r\nSet-Cookie: a=b",
        "https://notes.example\\@evil.example/cb",
        "https://evil.example\\@notes.example/cb",
        "https://notes.example/cb ",
        " https://notes.example/cb",
        "https://n\u{43e}tes.example/cb",
        "https://other.example/cb",
        "https://notes.example/cb,https://evil.example",
        "data:text/html,x",
        "",
    ] {
        let answer = browser.get(&authorize(&[("redirect_uri", uri)])).await;
        assert_eq!(answer.location(), "", "{uri}");
        assert!(answer.status.is_client_error(), "{uri}: {}", answer.status);
        assert!(!answer.header("content-security-policy").contains("evil"), "{uri}");
    }
    let doubled = format!("{}&redirect_uri=https%3A%2F%2Fevil.example%2F", authorize(&[]));
    let answer = browser.get(&doubled).await;
    assert!(answer.location().is_empty() && answer.status.is_client_error());
}

async fn sign_out_leads_nowhere_unasked(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    browser.sign_in(&authorize(&[])).await;
    for query in [
        "post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F",
        "client_id=notes&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F",
        "id_token_hint=eyJhbGciOiJub25lIn0.e30.&post_logout_redirect_uri=https%3A%2F%2Fnotes.example%2Fbye",
    ] {
        let answer = browser.get(&format!("/oidc/logout?{query}")).await;
        assert!(!answer.location().starts_with("http"), "{query}: {}", answer.location());
        assert!(!answer.text.contains("evil.example"), "{query}");
    }
    assert!(browser.get(&authorize(&[("prompt", "none")])).await.parameter("code").is_some(), "looking signs nobody out");
}

async fn codes_are_bound_and_spent_once(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let stolen = code(&app, &[]).await;
    assert_eq!(refused(&redeem(&app, "other", &stolen, &[]).await), invalid_grant());
    let other_uri = redeem(&app, "notes", &code(&app, &[]).await, &[("redirect_uri", "https://other.example/cb")]).await;
    assert_eq!(refused(&other_uri), invalid_grant());
    let fresh = code(&app, &[]).await;
    let first = redeem(&app, "notes", &fresh, &[]).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(refused(&redeem(&app, "notes", &fresh, &[]).await), invalid_grant());
    // A replay betrays a thief: what came of the code ends.
    let access = first.json()["access_token"].as_str().unwrap().to_owned();
    let userinfo =
        request("GET", "/oidc/userinfo").header("authorization", format!("Bearer {access}")).body(Body::empty()).unwrap();
    assert_eq!(app.send(userinfo).await.status, 401);
    let late = code(&app, &[]).await;
    app.app.clock.advance(std::time::Duration::from_secs(120));
    assert_eq!(refused(&redeem(&app, "notes", &late, &[]).await), invalid_grant());
}

async fn pkce_cannot_be_taken_away(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let with = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    assert_eq!(refused(&redeem(&app, "notes", &code(&app, &with).await, &[]).await), invalid_grant());
    let wrong = [("code_verifier", "a-wrong-verifier-of-sufficient-length-0123456789")];
    assert_eq!(refused(&redeem(&app, "notes", &code(&app, &with).await, &wrong).await), invalid_grant());
    assert_eq!(refused(&redeem(&app, "notes", &code(&app, &[]).await, &[("code_verifier", VERIFIER)]).await), invalid_grant());
    let right = redeem(&app, "notes", &code(&app, &with).await, &[("code_verifier", VERIFIER)]).await;
    assert_eq!(right.status, 200, "{}", right.text);
    let mut browser = Browser::fresh(&app);
    for method in ["plain", ""] {
        let plain = browser.get(&authorize(&[("code_challenge", VERIFIER), ("code_challenge_method", method)])).await;
        assert_eq!(plain.parameter("error").as_deref(), Some("invalid_request"), "{method}");
    }
}

async fn errors_carry_state_and_nothing_else(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    let state = "\u{e4}&x=y #%41+";
    let answer = browser.get(&authorize(&[("prompt", "none"), ("state", state)])).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
    assert_eq!(answer.parameter("state").as_deref(), Some(state));
    assert!(answer.parameter("code").is_none() && answer.parameter("x").is_none());
}

async fn requests_from_other_sites_are_parked(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let query = authorize(&[]);
    let body = query.split_once('?').unwrap().1.to_owned();
    let post = request("POST", "/oidc/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://notes.example")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from(body))
        .unwrap();
    let answer = app.send(post).await;
    assert_eq!(answer.status, 303);
    assert!(answer.location().starts_with("/oidc/authorize?"), "{}", answer.location());
}

async fn unreadable_requests_get_an_oauth_error(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let bodies: [(&str, String); 4] = [
        ("application/json", "{}".to_owned()),
        ("application/x-www-form-urlencoded", "grant_type=a&grant_type=b".to_owned()),
        ("application/x-www-form-urlencoded", "%ff%fe=%00".to_owned()),
        ("application/x-www-form-urlencoded", "a".repeat(100_000)),
    ];
    for path in ["/oidc/token", "/oidc/introspect", "/oidc/revoke"] {
        for (kind, body) in &bodies {
            let post = request("POST", path).header("content-type", *kind).body(Body::from(body.clone())).unwrap();
            let answer = app.send(post).await;
            assert!(answer.status.is_client_error(), "{path} {kind}: {}", answer.status);
            if !answer.text.is_empty() && answer.header("content-type").starts_with("application/json") {
                assert!(answer.json()["error"].is_string());
            }
            assert!(answer.header("cache-control").contains("no-store"), "{path}");
        }
    }
}

async fn disabled_people_are_out_everywhere(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    let back = browser.sign_in(&authorize(&[("prompt", "consent")])).await;
    let back = match back.parameter("code") {
        Some(_) => back,
        None => {
            let path = back.location().to_owned();
            let page = browser.get(&path).await;
            browser.answer(&path, &page, &[("accept", "1")]).await
        }
    };
    let tokens: Value = redeem(&app, "notes", &back.parameter("code").unwrap(), &[]).await.json();
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    app.disable(app.person("hans").await).await;
    app.app.clock.advance(std::time::Duration::from_secs(3));
    let userinfo =
        request("GET", "/oidc/userinfo").header("authorization", format!("Bearer {access}")).body(Body::empty()).unwrap();
    assert_eq!(app.send(userinfo).await.status, 401);
    let refreshed = token(&app, "notes", &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await;
    assert_eq!(refused(&refreshed), invalid_grant());
    assert!(browser.get(&authorize(&[("prompt", "none")])).await.parameter("code").is_none());
    let basic = data_encoding::BASE64.encode(format!("notes:{CLIENT_SECRET}").as_bytes());
    let introspect = request("POST", "/oidc/introspect")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Basic {basic}"))
        .body(Body::from(format!("token={access}")))
        .unwrap();
    assert_eq!(app.send(introspect).await.json()["active"], false);
}
