//! The program under test: real router, real database, fixed clock, seeded chance.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use db::Dialect;
use db::testing::{Template, TestDb};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use kernel::{Clock, Entropy, Timestamp};
use serde_json::Value;
use symbolon::app::App;
use symbolon::config::{Config, Sources};
use tokio::sync::OnceCell;
use tower::ServiceExt;

use crate::snapshot::Snapshot;

/// 2026-03-01T12:00:00Z
pub const START: Timestamp = Timestamp::from_seconds(1_772_366_400);

/// Password of `hans`.
pub const PASSWORD: &str = "the-password-of-hans";
/// Secret of every application.
pub const CLIENT_SECRET: &str = "the-secret-of-the-application";
pub const ADMIN_PASSWORD: &str = "the-password-of-the-administrator";

/// Performs an operation as the owner of the machine.
pub async fn operate<O: mfa::operation::Operation>(app: &App, op: &O, params: &[(&str, &str)]) -> mfa::operation::Answer {
    let values = params.iter().map(|(n, v)| ((*n).to_owned(), Value::from(*v))).collect();
    let params = mfa::operation::Params::new(values).unwrap();
    let caller = mfa::operation::Caller::Operator("tests".into());
    let call = mfa::operation::Call::new(app.local_origin(audit::Door::Cli), caller, "test", params);
    mfa::operation::perform(&app.mfa, op, call).await.unwrap_or_else(|e| panic!("{e}")).answer
}

/// A freshly initialised installation: making signing keys takes long, so it is made once for each kind of database and copied.
struct Installation {
    database: Template,
    keys: Snapshot,
}

impl Installation {
    async fn of(dialect: Dialect) -> &'static Self {
        static MADE: [OnceCell<Installation>; 3] = [const { OnceCell::const_new() }; 3];
        MADE[dialect as usize].get_or_init(|| Self::make(dialect)).await
    }

    async fn make(dialect: Dialect) -> Self {
        let (dir, database) = (tempfile::tempdir().unwrap(), db::testing::empty(dialect).await);
        let config = config(dir.path(), database.url(), &[]);
        let app = symbolon::start::create(config, Clock::fixed(START), Entropy::seeded(0)).await.unwrap();
        operate(&app, &mfa::initialise::Initialise, &[("admin", "admin"), ("password", ADMIN_PASSWORD)]).await;
        app.db.close().await;
        let keys = Snapshot::of(&dir.path().join("keys"));
        Self { database: Template::of(database).await, keys }
    }
}

fn config(dir: &Path, database: &str, settings: &[(&str, &str)]) -> Config {
    // Failures need not be slow unless a test says so; passwords need not be expensive.
    let usual = [
        ("database.url", database),
        ("login.failed_after", "0ms"),
        ("api.failed_after", "0ms"),
        ("password.memory_kib", "8"),
        ("password.passes", "1"),
    ];
    let flags = usual.iter().chain(settings).map(|(at, value)| ((*at).to_owned(), (*value).to_owned())).collect();
    Config::load(&Sources { data_dir: dir.into(), flags, ..Sources::default() }).unwrap()
}

/// A running program with its own data directory and database.
pub struct TestApp {
    pub app: App,
    router: Router,
    /// Absent of a second node, which uses those of the first.
    _home: Option<(TestDb, tempfile::TempDir)>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text))
    }

    /// `result.value` of a success.
    pub fn ok(&self) -> Value {
        let document = self.json();
        assert!(self.status == 200 && document["result"]["status"] == true, "{} {}", self.status, self.text);
        document["result"]["value"].clone()
    }

    /// Status and code of an error.
    pub fn error(&self) -> (u16, i64) {
        (self.status.as_u16(), self.json()["result"]["error"]["code"].as_i64().unwrap_or(0))
    }

    /// The document without what differs between two equal answers.
    pub fn without_time(&self) -> String {
        let mut document = self.json();
        let map = document.as_object_mut().unwrap();
        for name in ["time", "signature"] {
            map.remove(name);
        }
        if let Some(detail) = map.get_mut("detail").and_then(Value::as_object_mut) {
            detail.remove("threadid");
        }
        document.to_string()
    }

    /// The value of a field of the page.
    pub fn field(&self, name: &str) -> Option<String> {
        let at = self.text.find(&format!("name=\"{name}\""))?;
        let rest = &self.text[at..];
        let tag = &rest[..rest.find('>')?];
        let value = tag.split("value=\"").nth(1)?;
        Some(value.split('"').next()?.to_owned())
    }

    /// Where the browser is sent.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A parameter of where the browser is sent.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()).ok()?;
        url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

impl TestApp {
    pub async fn new(on: Dialect) -> Self {
        Self::with(on, &[]).await
    }

    /// With settings such as `("server.public_url", "https://id.example.org")`.
    pub async fn with(on: Dialect, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let made = Installation::of(on).await;
        let database = made.database.copy().await;
        made.keys.restore(&dir.path().join("keys"));
        let config = config(dir.path(), database.url(), settings);
        let app = symbolon::start::open(config, Clock::fixed(START), Entropy::seeded(1)).await.unwrap();
        let router = symbolon::http::router(app.clone(), symbolon::routes());
        Self { app, router, _home: Some((database, dir)) }
    }

    /// Over a database of a former version, as the program takes it over when it is started.
    pub async fn upgraded(database: TestDb, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path(), database.url(), &[settings, &[("database.migrate_on_start", "true")]].concat());
        keys::Keys::generate(&config.keys_dir(), &Entropy::seeded(1), START).unwrap();
        let app = symbolon::start::open(config, Clock::fixed(START), Entropy::seeded(1)).await.unwrap();
        operate(&app, &mfa::initialise::Initialise, &[("admin", "admin"), ("password", ADMIN_PASSWORD)]).await;
        let router = symbolon::http::router(app.clone(), symbolon::routes());
        Self { app, router, _home: Some((database, dir)) }
    }

    /// Another node: the same database and keys, its own memory.
    pub async fn second_node(&self) -> Self {
        let mut config = self.app.config.clone();
        config.server.node = "second".to_owned();
        let app = symbolon::start::open(config, self.app.clock.clone(), Entropy::seeded(2)).await.unwrap();
        let router = symbolon::http::router(app.clone(), symbolon::routes());
        Self { app, router, _home: None }
    }

    /// Performs an operation as the owner of the machine.
    pub async fn operate<O: mfa::operation::Operation>(&self, op: &O, params: &[(&str, &str)]) -> mfa::operation::Answer {
        operate(&self.app, op, params).await
    }

    /// A person who signs in with a password alone, and an application that is trusted.
    pub async fn with_person_and_client(&self) {
        self.operate(&mfa::policy::ops::EnablePolicy(false), &[("name", "require-second-factor")]).await;
        let person = [("user", "hans"), ("resolver", "internal"), ("password", PASSWORD), ("email", "hans@example.org")];
        self.operate(&mfa::people::ops::AddUser, &person).await;
        for id in ["notes", "other"] {
            let uri = format!("https://{id}.example/cb");
            let settings = [
                ("client_id", id),
                ("redirect_uris", uri.as_str()),
                ("client_secret", CLIENT_SECRET),
                ("consent", "trusted"),
                ("post_logout_redirect_uris", "https://notes.example/bye"),
            ];
            self.operate(&symbolon::clients::AddClient(self.app.clients.clone()), &settings).await;
        }
    }

    /// The person of this name.
    pub async fn person(&self, login: &str) -> mfa::people::Person {
        let name = self.app.mfa.people.name(login, None, true);
        self.app.mfa.people.resolve(&name).await.unwrap().unwrap()
    }

    /// Disables a person, as an administrator would.
    pub async fn disable(&self, person: mfa::people::Person) {
        let mut batch = db::Batch::new();
        self.app.mfa.people.disable(&mut batch, person.id, true);
        self.app.db.write(batch).await.unwrap();
        self.app.mfa.people.forget(person.id).await;
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
#[derive(Clone)]
pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: Vec<(String, String)>,
    /// Every `Set-Cookie` that came.
    set: Vec<String>,
}

/// The cookie's value of [`Browser::with_cookie`].
const COOKIE: &str = "a-browser-of-the-tests-0000000000000000000";

impl<'a> Browser<'a> {
    /// A browser that was here before.
    pub fn with_cookie(app: &'a TestApp) -> Self {
        Self { app, cookies: vec![("symbolon_browser".into(), COOKIE.into())], set: Vec::new() }
    }

    /// Another browser that was here before.
    pub fn other(app: &'a TestApp) -> Self {
        Self { app, cookies: vec![("symbolon_browser".into(), COOKIE.replace('0', "1"))], set: Vec::new() }
    }

    /// The token that its forms carry.
    pub fn token(&self) -> String {
        let is_browser = |name: &str| name.strip_prefix("__Host-").unwrap_or(name) == "symbolon_browser";
        let value = self.cookies.iter().find(|(n, _)| is_browser(n)).map_or("", |(_, v)| v.as_str());
        self.app.app.form_key.text(value.as_bytes())
    }

    /// A new browser.
    pub fn fresh(app: &'a TestApp) -> Self {
        Self { app, cookies: Vec::new(), set: Vec::new() }
    }

    /// The cookie of this name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Has a cookie planted.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.retain(|(n, _)| n != name);
        self.cookies.push((name.to_owned(), value.to_owned()));
    }

    /// Has a second cookie of a name planted beside the first.
    pub fn toss(&mut self, name: &str, value: &str) {
        self.cookies.push((name.to_owned(), value.to_owned()));
    }

    /// Every cookie as it was set.
    pub fn set_cookies(&self) -> &[String] {
        &self.set
    }

    /// Asks an application's way: to the page of the first step. Returns its path and the page.
    pub async fn begin(&mut self, authorize: &str) -> (String, Answer) {
        let sent = self.get(authorize).await;
        assert_eq!(sent.status, 303, "{}", sent.text);
        let path = sent.location().to_owned();
        let page = self.get(&path).await;
        (path, page)
    }

    /// Answers the step that a page shows.
    pub async fn answer(&mut self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let step = page.field("step").unwrap_or_default();
        let mut all = vec![("step", step.as_str())];
        all.extend(fields);
        self.post(path, &all).await
    }

    /// Signs `hans` in at an application; returns the answer that leads back to it.
    pub async fn sign_in(&mut self, authorize: &str) -> Answer {
        let (path, page) = self.begin(authorize).await;
        self.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await
    }

    /// Signs `hans` in to the portal.
    pub async fn sign_in_to_portal(&mut self) {
        let arrived = self.sign_in("/").await;
        assert_eq!((arrived.status.as_u16(), arrived.location()), (303, "/"), "{}", arrived.text);
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(&http::Method::GET, path, "", &[("accept", "text/html")]).await
    }

    /// Posts a form with its token.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", &self.token()).extend_pairs(fields);
        let body = body.finish();
        let origin = self.app.app.config.server.public_url.origin().to_owned();
        self.post_raw(path, &body, &[("origin", &origin), ("sec-fetch-site", "same-origin")]).await
    }

    pub async fn post_raw(&mut self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(&http::Method::POST, path, body, headers).await
    }

    pub async fn send(&mut self, method: &http::Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        // As `SameSite=Lax` has it: a form of another site comes without them.
        let is_foreign = headers.contains(&("sec-fetch-site", "cross-site")) && *method != http::Method::GET;
        let sent = if is_foreign { &[][..] } else { &self.cookies[..] };
        let cookies: Vec<String> = sent.iter().map(|(n, v)| format!("{n}={v}")).collect();
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
            self.set.push(text.to_owned());
            self.cookies.retain(|(n, _)| n != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }
}

/// A client of the management API.
pub struct Api<'a> {
    app: &'a TestApp,
    pub token: String,
}

impl<'a> Api<'a> {
    pub fn anonymous(app: &'a TestApp) -> Self {
        Self::with(app, "")
    }

    pub fn with(app: &'a TestApp, token: &str) -> Self {
        Self { app, token: token.to_owned() }
    }

    pub async fn admin(app: &'a TestApp) -> Self {
        Self::sign_in(app, "admin", ADMIN_PASSWORD).await
    }

    pub async fn sign_in(app: &'a TestApp, name: &str, password: &str) -> Self {
        let answer = Self::anonymous(app).post("/auth", &[("username", name), ("password", password)]).await.ok();
        Self::with(app, answer["token"].as_str().unwrap())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, "", String::new()).await
    }

    pub async fn post(&self, path: &str, params: &[(&str, &str)]) -> Answer {
        self.send("POST", path, params).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.raw("DELETE", path, "", String::new()).await
    }

    /// Sends a form, encoded twice as the clients do.
    pub async fn send(&self, method: &str, path: &str, params: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in params {
            body.append_pair(name, &value.replace('%', "%25"));
        }
        self.raw(method, path, "application/x-www-form-urlencoded", body.finish()).await
    }

    pub async fn raw(&self, method: &str, path: &str, kind: &str, body: String) -> Answer {
        let mut request = request(method, path);
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        if !self.token.is_empty() {
            request = request.header("pi-authorization", &self.token);
        }
        self.app.send(request.body(Body::from(body)).unwrap()).await
    }
}
