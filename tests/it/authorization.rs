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
    what_other_sites_post_changes_nothing,
    nothing_but_pages_knows_a_cookie,
    a_look_at_the_head_is_a_look_at_the_page,
    other_origins_are_told_nothing,
];

/// What is published for every application alike, and may be kept by caches for a while.
const PUBLISHED: &[&str] =
    &["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oidc/jwks", "/saml/metadata"];

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

/// Whether the answer says that credentials are missing. Not any text will do: signatures are random digits.
fn lacks_credentials(answer: &Answer) -> bool {
    let document: serde_json::Value = serde_json::from_str(&answer.text).unwrap_or_default();
    document["result"]["error"]["code"] == 4033
}

async fn routes_demand_what_the_table_says(on: Dialect) {
    let app = TestApp::new(on).await;
    let mut wrong = Vec::new();
    for route in symbolon::routes() {
        let answer = call(&app, &route).await;
        // SOAP knows no other status for a fault, whoever is to blame.
        let is_fault = answer.text.contains("<faultcode>soap11:Client<");
        let status = if is_fault && answer.status == 500 { 400 } else { answer.status.as_u16() };
        let fine = match route.who {
            // Whatever else is wrong with the bare request, no credentials are missing.
            Who::Anyone => !lacks_credentials(&answer) && status != 403 && status < 500,
            // A form without its token; a page without its flow leads elsewhere.
            Who::Browser if route.wants_csrf() => status == 403,
            Who::Browser => (300..500).contains(&status) || status == 200,
            // Without a session a person is sent to sign in, and a form is refused before that.
            Who::Person if route.wants_csrf() => status == 403,
            Who::Person => status == 303 || status == 401,
            Who::Caller | Who::Admin => status == 401 && lacks_credentials(&answer),
            Who::Client => matches!(status, 400 | 401),
            Who::Bearer | Who::Provisioner => status == 401,
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
            assert_eq!(answer.header("cache-control"), "no-store", "{} {}", route.method, route.path);
        }
    }
}

/// Routes to which another site may post, with what; each only sends the browser on to its own GET, with what came or with something
/// sealed in its place, or refuses.
const CROSS_SITE: &[(&str, &str, Option<&str>)] = &[
    ("/oidc/authorize", PARAMETERS, Some(PARAMETERS)),
    ("/oidc/logout", PARAMETERS, Some(PARAMETERS)),
    ("/saml/sso", "SAMLRequest=PGE%2BPC9hPg%3D%3D&RelayState=%C3%A4%26+x", None),
    ("/saml/slo", "SAMLResponse=PGE%2BPC9hPg%3D%3D&RelayState=%C3%A4%26+x", Some("refused")),
];

const PARAMETERS: &str = "client_id=notes&post_logout_redirect_uri=https%3A%2F%2Fnotes.example%2Fbye&state=%C3%A4%26+x";

#[test]
fn other_sites_may_post_here_alone() {
    let crossed: Vec<_> = symbolon::routes().into_iter().filter(|route| route.cross_site).map(|route| route.path).collect();
    let expected: Vec<_> = CROSS_SITE.iter().map(|(path, ..)| *path).collect();
    assert_eq!(crossed, expected, "such a route has no protection against forged forms: it must change nothing");
}

async fn what_other_sites_post_changes_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    browser.sign_in_to_portal().await;
    let session = browser.cookie("symbolon_session").unwrap().to_owned();
    for (path, body, sent) in CROSS_SITE {
        let answer = browser.post_raw(path, body, &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]).await;
        match sent {
            Some(sent) => {
                assert_eq!((answer.status.as_u16(), answer.text.as_str()), (303, ""), "{path}");
                assert_eq!(answer.location(), format!("{path}?{sent}"));
            }
            None => assert_eq!(answer.status, 400, "{path}"),
        }
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        assert_eq!(browser.cookie("symbolon_session"), Some(session.as_str()), "{path}");
    }
    assert_eq!(browser.get("/").await.status, 200, "the session is over");
}

/// Cookies are for pages. Whatever machines call must not see them, or it would need protection against forged requests.
async fn nothing_but_pages_knows_a_cookie(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let mut browser = Browser::fresh(&app);
    browser.sign_in_to_portal().await;
    for route in symbolon::routes().into_iter().filter(|route| !route.area.is_browser()) {
        let bare = Browser::fresh(&app).send(&route.method, &concrete(&route), "", &[]).await;
        let with_cookies = browser.send(&route.method, &concrete(&route), "", &[]).await;
        assert_eq!(bare.status, with_cookies.status, "{} {}", route.method, route.path);
        assert!(with_cookies.headers.get("set-cookie").is_none(), "{} {}", route.method, route.path);
    }
}

async fn a_look_at_the_head_is_a_look_at_the_page(on: Dialect) {
    let app = TestApp::new(on).await;
    for route in symbolon::routes().into_iter().filter(|route| route.method == Method::GET) {
        let path = concrete(&route);
        let (page, head) = (call(&app, &route).await, app.send(request("HEAD", &path).body(Body::empty()).unwrap()).await);
        assert_eq!((head.status, head.text.as_str()), (page.status, ""), "{path}");
        for name in page.headers.keys() {
            assert!(head.headers.contains_key(name), "{path}: HEAD lacks {name}");
        }
    }
}

/// Which origins may call is said by those routes that declare it, and by nothing else.
async fn other_origins_are_told_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    let open: Vec<&str> =
        symbolon::routes().iter().filter(|route| route.method == Method::OPTIONS).map(|route| route.path).collect();
    for route in symbolon::routes() {
        let path = concrete(&route);
        let preflight = request("OPTIONS", &path)
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        let preflight = app.send(preflight.body(Body::empty()).unwrap()).await;
        let mut asked = bare(&route);
        asked.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
        let answer = app.send(asked).await;
        for answer in [&preflight, &answer] {
            assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
            if route.area != Area::Oidc {
                assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
            }
        }
        if !open.contains(&route.path) {
            assert_eq!((preflight.status.as_u16(), preflight.header("access-control-allow-headers")), (405, ""), "{path}");
        }
    }
}
