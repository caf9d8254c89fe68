//! The program under test: real router, real database, fixed clock, seeded chance.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use kernel::{Clock, Entropy, Timestamp};
use symbolon::app::App;
use symbolon::config::{Config, Sources};
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// 2026-03-01T12:00:00Z
pub const START: Timestamp = Timestamp::from_seconds(1_772_366_400);

/// A freshly initialised data directory: making signing keys takes long, so it is made once and copied.
static TEMPLATE: OnceCell<tempfile::TempDir> = OnceCell::const_new();

async fn prepare() -> tempfile::TempDir {
    let (made, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = Config::load(&Sources { data_dir: made.path().into(), ..Sources::default() }).unwrap();
    let app = symbolon::start::create(config, Clock::fixed(START), Entropy::seeded(0)).await.unwrap();
    app.db.backup_to(&kept.path().join("symbolon.db")).await.unwrap();
    std::fs::rename(made.path().join("keys"), kept.path().join("keys")).unwrap();
    kept
}

/// A running program with its own data directory.
pub struct TestApp {
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
        let template = TEMPLATE.get_or_init(prepare).await.path();
        std::fs::copy(template.join("symbolon.db"), dir.path().join("symbolon.db")).unwrap();
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        for entry in std::fs::read_dir(template.join("keys")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), dir.path().join("keys").join(entry.file_name())).unwrap();
        }
        let flags = settings.iter().map(|(at, value)| ((*at).to_owned(), (*value).to_owned())).collect();
        let sources = Sources { data_dir: dir.path().into(), flags, ..Sources::default() };
        let config = Config::load(&sources).unwrap();
        let app = symbolon::start::open(config, Clock::fixed(START), Entropy::seeded(1)).await.unwrap();
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

/// A browser: keeps cookies, knows the token of its forms.
pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: Vec<(String, String)>,
}

/// The cookie's value of [`Browser::with_cookie`].
const COOKIE: &str = "a-browser-of-the-tests-0000000000000000000";

impl<'a> Browser<'a> {
    /// A browser that was here before.
    pub fn with_cookie(app: &'a TestApp) -> Self {
        Self { app, cookies: vec![("symbolon_browser".into(), COOKIE.into())] }
    }

    /// Another browser that was here before.
    pub fn other(app: &'a TestApp) -> Self {
        Self { app, cookies: vec![("symbolon_browser".into(), COOKIE.replace('0', "1"))] }
    }

    /// The token that its forms carry.
    pub fn token(&self) -> String {
        let value = self.cookies.iter().find(|(n, _)| n == "symbolon_browser").map_or("", |(_, v)| v.as_str());
        self.app.app.form_key.text(value.as_bytes())
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(&http::Method::GET, path, "", &[("accept", "text/html")]).await
    }

    /// Posts a form with its token.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", &self.token()).extend_pairs(fields);
        let body = body.finish();
        self.post_raw(path, &body, &[("origin", "http://localhost:8080"), ("sec-fetch-site", "same-origin")]).await
    }

    pub async fn post_raw(&mut self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(&http::Method::POST, path, body, headers).await
    }

    pub async fn send(&mut self, method: &http::Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut request = request(method.as_str(), path).header("cookie", cookies.join("; "));
        if *method != http::Method::GET {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.app.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }
}
