//! `/metrics` in Prometheus format: with a token on the main listener, or open on a listener of its own.

use std::sync::OnceLock;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use subtle::ConstantTimeEq;

use crate::app::App;

use super::route::{Area, Route, Who};

/// The recorder is global to the process by the nature of the `metrics` crate.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder; later calls do nothing.
pub fn start() {
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
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
    match RECORDER.get() {
        Some(Some(recorder)) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], recorder.render()).into_response(),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
