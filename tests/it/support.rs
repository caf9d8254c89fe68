//! The program under test: real router, real database, fixed clock, seeded chance.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use kernel::{Clock, Entropy, Timestamp};
use symbolon::app::App;
use symbolon::config::{Config, Sources};
use tower::ServiceExt;

/// 2026-03-01T12:00:00Z
pub const START: Timestamp = Timestamp::from_seconds(1_772_366_400);

/// A running program with its own data directory.
pub struct TestApp {
    #[expect(dead_code, reason = "used by tests of the services")]
    pub app: App,
    router: Router,
    _dir: tempfile::TempDir,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With settings such as `("server.public_url", "https://id.example.org")`.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let flags = settings.iter().map(|(at, value)| ((*at).to_owned(), (*value).to_owned())).collect();
        let sources = Sources { data_dir: dir.path().into(), flags, ..Sources::default() };
        let config = Config::load(&sources).unwrap();
        let app = symbolon::start::create(config, Clock::fixed(START), Entropy::seeded(1)).await.unwrap();
        let router = symbolon::http::router(app.clone(), symbolon::routes());
        Self { app, router, _dir: dir }
    }

    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }
}

/// A request under the default public name.
pub fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "localhost:8080")
}
