use axum::body::Body;
use db::Dialect;
use http::Request;

use crate::support::TestApp;

db::on_every_database![foreign_and_doubled_names_are_refused];

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
