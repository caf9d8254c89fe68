//! What is known about a request before anyone handles it, and the line in the log when it is done.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use kernel::Timestamp;
use kernel::clock::Stopwatch;
use templates::Lang;

use crate::app::App;

use super::{accept, client, failure, metrics, secure};

/// The request: who, when, how. Cheap to clone.
#[derive(Clone)]
pub struct Cx(Arc<Facts>);

/// The facts of a request.
pub struct Facts {
    /// Identifier, in the log, the audit and the header `X-Request-Id`.
    pub id: String,
    /// When it came.
    pub at: Timestamp,
    /// Running since then.
    pub watch: Stopwatch,
    /// The client: the peer, or what a trusted proxy says of it.
    pub client: IpAddr,
    /// `User-Agent`, shortened.
    pub user_agent: String,
    /// Language of the answer.
    pub lang: Lang,
    /// Whether the person has chosen it here.
    pub lang_chosen: bool,
    /// Whether the client has named a language at all, chosen here or not.
    pub lang_named: bool,
    nonce: LazyLock<String, Box<dyn FnOnce() -> String + Send + Sync>>,
}

impl Facts {
    /// Nonce of scripts and styles in this answer.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }
}

impl std::ops::Deref for Cx {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl Cx {
    /// A context for requests that do not come from the network (command line, jobs, tests).
    pub fn inside(app: &App) -> Self {
        Self::new(app, IpAddr::V4(Ipv4Addr::LOCALHOST), &HeaderMap::new())
    }

    fn new(app: &App, peer: IpAddr, headers: &HeaderMap) -> Self {
        let at = app.clock.now();
        let (lang, lang_chosen) = accept::language(headers);
        let chance = app.entropy.clone();
        Self(Arc::new(Facts {
            id: app.entropy.ulid(at).to_string(),
            at,
            watch: Stopwatch::start(),
            client: client::address(peer, headers, &app.config.server.trusted_proxies),
            user_agent: header_text(headers, header::USER_AGENT).chars().take(255).collect(),
            lang,
            lang_chosen,
            lang_named: lang_chosen || headers.contains_key(header::ACCEPT_LANGUAGE),
            nonce: LazyLock::new(Box::new(move || chance.token())),
        }))
    }
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

impl<S: Sync> FromRequestParts<S> for Cx {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Cx>().cloned().ok_or_else(|| failure::internal("request without context"))
    }
}

/// Outermost layer of all: makes the context, gives up on what takes too long, adds the headers, logs and counts the answer. One
/// layer, because each costs every request a copy of the service and an allocation of its future.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    // Absent only when the service is called without a socket; such a caller is this process.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |c| c.0.ip());
    let cx = Cx::new(&app, peer, request.headers());
    let method = request.method().clone();
    request.extensions_mut().insert(cx.clone());
    let answered = tokio::time::timeout(app.config.server.request_timeout, next.run(request)).await;
    let mut response =
        answered.unwrap_or_else(|_| (http::StatusCode::GATEWAY_TIMEOUT, "The request took too long.").into_response());
    secure::headers(&app, &cx, &mut response);
    if let Ok(id) = HeaderValue::from_str(&cx.id) {
        response.headers_mut().insert("x-request-id", id);
    }
    answered_in_log(&cx, &method, &response);
    response
}

fn answered_in_log(cx: &Cx, method: &http::Method, response: &Response) {
    // The pattern of the route, never the path itself: paths and queries may hold secrets.
    let route = response.extensions().get::<Matched>().map_or("(none)", |m| m.0);
    let status = response.status().as_u16();
    let elapsed = cx.watch.elapsed();
    if is_probe(route) {
        tracing::debug!(request = %cx.id, client = %cx.client, route, status, "probed");
    } else {
        tracing::info!(request = %cx.id, client = %cx.client, %method, route, status, ms = elapsed.as_millis(), "answered");
    }
    metrics::answered(route, method, counted(response), elapsed);
}

/// The status under which an answer is counted, where a protocol demands another one: what strangers do wrong must raise no alarm.
#[derive(Clone, Copy, Debug)]
pub struct CountedAs(pub http::StatusCode);

fn counted(response: &Response) -> http::StatusCode {
    response.extensions().get::<CountedAs>().map_or_else(|| response.status(), |counted| counted.0)
}

/// Health and metrics are asked every few seconds.
fn is_probe(route: &str) -> bool {
    ["/healthz", "/readyz", "/metrics"].iter().any(|probe| route.starts_with(probe))
}

/// The pattern of the route that answered, carried on the response for the log.
#[derive(Clone, Copy)]
pub(crate) struct Matched(pub(crate) &'static str);
