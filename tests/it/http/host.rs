use axum::body::Body;
use db::Dialect;
use http::Request;

use crate::support::TestApp;

db::on_every_database![foreign_and_doubled_names_are_refused, pages_know_one_name, two_names_are_one_too_many];

fn under(host: &str, path: &str) -> Request<Body> {
    Request::builder().uri(path).header("host", host).body(Body::empty()).unwrap()
}

async fn foreign_and_doubled_names_are_refused(on: Dialect) {
    let app = TestApp::new(on).await;
    assert_eq!(app.send(Request::builder().uri("/healthz").body(Body::empty()).unwrap()).await.status, 400);
    let mut double = under("localhost:8080", "/healthz");
    double.headers_mut().append("host", "evil.example".parse().unwrap());
    assert_eq!(app.send(double).await.status, 400);
}

/// A page, asked for under a name that somebody else has chosen.
async fn pages_know_one_name(on: Dialect) {
    let app = TestApp::new(on).await;
    for host in [
        "evil.example",
        "localhost:8080.evil.example",
        "localhost:8080@evil.example",
        "evil.example:8080",
        "localhost",
        "localhost.:8080",
        "localhost:08080",
        "localhost:8081",
        "[::1]:8080",
        "127.0.0.1:8080",
        "localhost:8080, evil.example",
        "localhost:8080/evil",
    ] {
        let answer = app.send(under(host, "/login/01ARZ3NDEKTSV4RRFFQ69G5FAV?x=//evil.example")).await;
        assert!([400, 307, 421].contains(&answer.status.as_u16()), "{host}: {}", answer.status);
        assert!(answer.headers.get("set-cookie").is_none(), "{host}");
        if answer.status == 307 {
            assert!(answer.location().starts_with("http://localhost:8080/login/"), "{host}: {}", answer.location());
        } else {
            assert!(!answer.text.contains("evil"), "{host}: {}", answer.text);
        }
    }
    for host in ["LOCALHOST:8080", "Localhost:8080"] {
        assert_eq!(app.send(under(host, "/healthz/livez")).await.status, 200);
        assert_eq!(app.send(under(host, "/logout")).await.status, 200, "names have no case");
    }
}

/// The target of a request may be a whole URL (RFC 9112 section 3.2.2): then it must not say another name than the header.
async fn two_names_are_one_too_many(on: Dialect) {
    let app = TestApp::new(on).await;
    let whole = |url: &str, host: &str| Request::builder().uri(url).header("host", host).body(Body::empty()).unwrap();
    assert_eq!(app.send(whole("http://evil.example/logout", "localhost:8080")).await.status, 400);
    assert_eq!(app.send(whole("http://localhost:8080/logout", "evil.example")).await.status, 400);
    assert_eq!(app.send(whole("http://evil.example/logout", "evil.example")).await.status, 421);
    assert_eq!(app.send(whole("http://localhost:8080/logout", "localhost:8080")).await.status, 200);
}
