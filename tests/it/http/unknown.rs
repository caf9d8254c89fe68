use axum::body::Body;

use crate::support::{TestApp, request};

#[tokio::test]
async fn unknown_paths() {
    let app = TestApp::new().await;
    let answer = app.get("/no/such/path").await;
    assert_eq!(answer.status, 404);
    insta::assert_snapshot!(answer.text, @r#"{"error":"Not found"}"#);
    let html = request("GET", "/no/such").header("accept", "text/html,*/*").body(Body::empty()).unwrap();
    let answer = app.send(html).await;
    assert_eq!(answer.status, 404);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(!answer.text.contains("no/such"), "the path is not repeated");
}

#[tokio::test]
async fn wrong_methods() {
    let app = TestApp::new().await;
    let answer = app.send(request("DELETE", "/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}
