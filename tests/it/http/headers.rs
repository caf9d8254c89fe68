use axum::body::Body;
use db::Dialect;

use crate::support::{TestApp, request};

db::on_every_database![every_answer_carries_the_security_headers, pages_get_a_fresh_nonce_each_time];

async fn every_answer_carries_the_security_headers(on: Dialect) {
    let app = TestApp::with(on, &[("server.public_url", "https://localhost:8080")]).await;
    for path in ["/healthz", "/nowhere"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-request-id").len(), 26);
    }
}

async fn pages_get_a_fresh_nonce_each_time(on: Dialect) {
    let app = TestApp::new(on).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let answer = app.send(request("GET", "/nowhere").header("accept", "text/html").body(Body::empty()).unwrap()).await;
        let policy = answer.header("content-security-policy").to_owned();
        assert!(policy.contains("script-src 'self' 'nonce-") && policy.contains("form-action 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("strict-transport-security"), "", "no HSTS over http");
        seen.push(policy);
    }
    assert_ne!(seen[0], seen[1]);
}
