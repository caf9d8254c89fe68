//! `/healthz/*` and `/readyz`: is it alive, started, ready to serve.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::app::App;

use super::route::{Area, Route, Who};

/// The routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/healthz/livez", Area::Operations, Who::Anyone, live),
        Route::get("/healthz/startupz", Area::Operations, Who::Anyone, ready),
        Route::get("/healthz/readyz", Area::Operations, Who::Anyone, ready),
        Route::get("/healthz/resolversz", Area::Operations, Who::Anyone, resolvers),
        Route::get("/healthz", Area::Operations, Who::Anyone, ready),
        Route::get("/readyz", Area::Operations, Who::Anyone, ready),
    ]
}

async fn live() -> Response {
    answer(true, "live")
}

/// Ready: the database answers.
async fn ready(State(app): State<App>) -> Response {
    let ready = app.is_ready().await;
    answer(ready, if ready { "ready" } else { "not ready" })
}

async fn resolvers(State(app): State<App>) -> Response {
    let resolvers = app.resolver_health().await;
    let all = resolvers.iter().all(|(_, ok)| *ok);
    let map: serde_json::Map<_, _> =
        resolvers.into_iter().map(|(name, ok)| (name, if ok { "OK" } else { "fail" }.into())).collect();
    let status = if all { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(serde_json::json!({ "status": if all { "OK" } else { "fail" }, "resolvers": map }))).into_response()
}

fn answer(ok: bool, status: &str) -> Response {
    let code = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, axum::Json(serde_json::json!({ "status": status }))).into_response()
}
