//! `/metrics` in Prometheus format: with a token on the main listener, or open on a listener of its own. Where it is neither, nothing
//! is counted at all.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::config;

use super::route::{Area, Route, Who};

/// Upper bounds of the classes into which times are counted, in seconds.
const CLASSES: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The recorder is global to the process by the nature of the `metrics` crate.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The counters of each kind of answer: looked up by what is at hand, since labels have to be made of text. Routes are patterns, so
/// that there are few.
static ANSWERED: LazyLock<RwLock<HashMap<Kind, Answered>>> = LazyLock::new(RwLock::default);

/// Route, method and status.
type Kind = (&'static str, &'static str, StatusCode);

#[derive(Clone)]
struct Answered {
    count: Counter,
    seconds: Histogram,
}

/// Installs the recorder, if somebody can read it; later calls do nothing.
pub fn start(config: &config::Metrics) {
    if config.listen.is_some() || config.token.is_some() {
        RECORDER.get_or_init(|| PrometheusBuilder::new().set_buckets(&CLASSES).ok()?.install_recorder().ok());
    }
}

/// Counts the times that were measured since the last call. Until then each is kept singly: without this they would fill the memory
/// where nobody reads `/metrics`.
pub(crate) fn settle() {
    if let Some(Some(recorder)) = RECORDER.get() {
        recorder.run_upkeep();
    }
}

/// Counts an answer.
pub(super) fn answered(route: &'static str, method: &Method, status: StatusCode, took: Duration) {
    if !matches!(RECORDER.get(), Some(Some(_))) {
        return;
    }
    let kind = (route, name(method), status);
    let known = ANSWERED.read().unwrap_or_else(PoisonError::into_inner).get(&kind).cloned();
    let answered = known.unwrap_or_else(|| {
        let made = Answered::of(&kind);
        ANSWERED.write().unwrap_or_else(PoisonError::into_inner).insert(kind, made.clone());
        made
    });
    answered.count.increment(1);
    answered.seconds.record(took.as_secs_f64());
}

/// A client may send any word as a method, and each would be counted for good.
fn name(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

impl Answered {
    fn of((route, method, status): &Kind) -> Self {
        let labels = [("method", (*method).to_owned()), ("route", (*route).to_owned()), ("status", status.as_u16().to_string())];
        Self {
            count: metrics::counter!("symbolon_http_requests_total", &labels),
            seconds: metrics::histogram!("symbolon_http_request_seconds", &labels[..2]),
        }
    }
}

/// The routes.
pub fn routes() -> Vec<Route> {
    vec![Route::get("/metrics", Area::Operations, Who::Monitor, guarded)]
}

/// The router of the separate listener.
pub fn open_router() -> Router {
    Router::new().route("/metrics", get(|| async { render() }))
}

async fn guarded(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(token) = &app.config.metrics.token else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let given =
        headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
    if bool::from(token.expose().as_bytes().ct_eq(given.as_bytes())) {
        render()
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

fn render() -> Response {
    settle();
    match RECORDER.get() {
        Some(Some(recorder)) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], recorder.render()).into_response(),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
