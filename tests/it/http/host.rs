use axum::body::Body;
use http::Request;

use crate::support::TestApp;

fn under(host: &str, path: &str) -> Request<Body> {
    Request::builder().uri(path).header("host", host).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn foreign_and_doubled_names_are_refused() {
    let app = TestApp::new().await;
    assert_eq!(app.send(Request::builder().uri("/healthz").body(Body::empty()).unwrap()).await.status, 400);
    let mut double = under("localhost:8080", "/healthz");
    double.headers_mut().append("host", "evil.example".parse().unwrap());
    assert_eq!(app.send(double).await.status, 400);
}
