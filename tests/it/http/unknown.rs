use axum::body::Body;
use db::Dialect;

use crate::support::{TestApp, request};

db::on_every_database![unknown_paths, wrong_methods];

async fn unknown_paths(on: Dialect) {
    let app = TestApp::new(on).await;
    let answer = app.get("/no/such/path").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.text, r#"{"error":"Not found"}"#);
    let html = request("GET", "/no/such").header("accept", "text/html,*/*").body(Body::empty()).unwrap();
    let answer = app.send(html).await;
    assert_eq!(answer.status, 404);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(!answer.text.contains("no/such"), "the path is not repeated");
}

async fn wrong_methods(on: Dialect) {
    let app = TestApp::new(on).await;
    let answer = app.send(request("DELETE", "/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}
