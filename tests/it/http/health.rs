use db::Dialect;

use crate::support::{TestApp, request};

db::on_every_database![probes_answer_under_any_name, metrics_are_closed_without_their_token];

async fn probes_answer_under_any_name(on: Dialect) {
    let app = TestApp::new(on).await;
    for path in
        ["/healthz", "/healthz/livez", "/healthz/readyz", "/healthz/startupz", "/healthz/resolversz", "/readyz", "/readyz/"]
    {
        let request = request("GET", path).header("host", "pod-17").body(axum::body::Body::empty()).unwrap();
        let mut request = request;
        request.headers_mut().insert("host", "pod-17".parse().unwrap());
        assert_eq!(app.send(request).await.status, 200, "{path}");
    }
}

async fn metrics_are_closed_without_their_token(on: Dialect) {
    let app = TestApp::new(on).await;
    assert_eq!(app.get("/metrics").await.status, 404);
    let app = TestApp::with(on, &[("metrics.token", "monitor")]).await;
    assert_eq!(app.get("/metrics").await.status, 401);
    let wrong = request("GET", "/metrics").header("authorization", "Bearer monitoR").body(axum::body::Body::empty()).unwrap();
    assert_eq!(app.send(wrong).await.status, 401);
    symbolon::http::metrics::start(&symbolon::config::Metrics { token: Some("monitor".into()), ..Default::default() });
    // Whatever a client calls its method, it does not become a label.
    app.send(request("INVENTED", "/healthz").body(axum::body::Body::empty()).unwrap()).await;
    let right = request("GET", "/metrics").header("authorization", "Bearer monitor").body(axum::body::Body::empty()).unwrap();
    let answer = app.send(right).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains(r#"symbolon_http_request_seconds_bucket{method="other""#), "{}", answer.text);
    assert!(!answer.text.contains("INVENTED"));
}
