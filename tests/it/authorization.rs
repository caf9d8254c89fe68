//! The authorization table: every route, called without what it demands. A new route appears here by itself, because the table
//! that the router is made of is the table that is walked.

use axum::body::Body;
use db::Dialect;
use http::{Method, Request};
use symbolon::http::{Area, Route, Who};

use crate::support::{Answer, Browser, TestApp, request};

db::on_every_database![
    routes_demand_what_the_table_says,
    every_form_needs_its_token,
    bodies_are_bounded_everywhere,
    nothing_may_be_framed_or_cached,
];

/// What is published for every application alike, and may be kept by caches for a while.
const PUBLISHED: &[&str] = &["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oidc/jwks"];

/// A path with its parameters filled in.
fn concrete(route: &Route) -> String {
    route.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/")
}

fn bare(route: &Route) -> Request<Body> {
    request(route.method.as_str(), &concrete(route)).body(Body::empty()).unwrap()
}

async fn call(app: &TestApp, route: &Route) -> Answer {
    app.send(bare(route)).await
}

/// The code of an error of the management API. The text may hold the same digits elsewhere, as in a process number.
fn code(answer: &Answer) -> Option<i64> {
    serde_json::from_str::<serde_json::Value>(&answer.text).ok()?["result"]["error"]["code"].as_i64()
}

async fn routes_demand_what_the_table_says(on: Dialect) {
    let app = TestApp::new(on).await;
    let mut wrong = Vec::new();
    for route in symbolon::routes() {
        let answer = call(&app, &route).await;
        let status = answer.status.as_u16();
        let unidentified = code(&answer) == Some(4033);
        let fine = match route.who {
            // Whatever else is wrong with the bare request, no credentials are missing.
            Who::Anyone => !unidentified && status != 403 && status < 500,
            // A form without its token; a page without its flow leads elsewhere.
            Who::Browser if route.wants_csrf() => status == 403,
            Who::Browser => (300..500).contains(&status) || status == 200,
            // Without a session a person is sent to sign in, and a form is refused before that.
            Who::Person if route.wants_csrf() => status == 403,
            Who::Person => status == 303 || status == 401,
            Who::Caller | Who::Admin => status == 401 && unidentified,
            Who::Client => matches!(status, 400 | 401),
            Who::Bearer => status == 401,
            Who::Monitor => status == 401 || status == 404,
        };
        if !fine || answer.text.contains("panic") {
            wrong.push(format!("{} {} ({:?}): {status}", route.method, route.path, route.who));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_route_stands_in_the_table_once() {
    let mut seen: Vec<(Method, &str)> = Vec::new();
    for route in symbolon::routes() {
        assert!(!seen.contains(&(route.method.clone(), route.path)), "{} {} twice", route.method, route.path);
        assert!(route.path == "/" || !route.path.ends_with('/'), "{}", route.path);
        seen.push((route.method.clone(), route.path));
    }
}

async fn every_form_needs_its_token(on: Dialect) {
    let app = TestApp::new(on).await;
    let mut forms = 0;
    for route in symbolon::routes().into_iter().filter(Route::wants_csrf) {
        forms += 1;
        let path = concrete(&route);
        let mut browser = Browser::with_cookie(&app);
        let at = || format!("{} {}", route.method, route.path);
        assert_eq!(browser.post_raw(&path, "a=b", &[]).await.status, 403, "{}: no token", at());
        let foreign = Browser::other(&app).token();
        assert_eq!(browser.post_raw(&path, &format!("csrf={foreign}"), &[]).await.status, 403, "{}: another's token", at());
        let own = format!("csrf={}", browser.token());
        for headers in [
            [("origin", "https://evil.example")],
            [("origin", "null")],
            [("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(browser.post_raw(&path, &own, &headers).await.status, 403, "{}: {headers:?}", at());
        }
        let twice = format!("{own}&{own}");
        assert_eq!(browser.post_raw(&path, &twice, &[]).await.status, 400, "{}: token twice", at());
        let fine = browser.post_raw(&path, &own, &[("origin", "http://localhost:8080"), ("sec-fetch-site", "same-origin")]).await;
        assert_ne!(fine.status, 403, "{}: own form refused", at());
    }
    assert!(forms > 0);
}

async fn bodies_are_bounded_everywhere(on: Dialect) {
    let app = TestApp::with(on, &[("server.body_limit", "4096")]).await;
    for route in symbolon::routes().into_iter().filter(|r| !r.method.is_safe()) {
        let body = format!("csrf={}&a={}", Browser::with_cookie(&app).token(), "x".repeat(8192));
        let answer = Browser::with_cookie(&app).send(&route.method, &concrete(&route), &body, &[]).await;
        let status = answer.status.as_u16();
        assert!((400..500).contains(&status), "{} {}: {status}", route.method, route.path);
    }
}

async fn nothing_may_be_framed_or_cached(on: Dialect) {
    let app = TestApp::new(on).await;
    for route in symbolon::routes() {
        let answer = call(&app, &route).await;
        assert_eq!(answer.header("x-frame-options"), "DENY", "{}", route.path);
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{}", route.path);
        if route.area != Area::Assets && !PUBLISHED.contains(&route.path) {
            assert!(!answer.header("cache-control").contains("public"), "{}", route.path);
        }
    }
}
