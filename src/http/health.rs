//! `/healthz/*` and `/readyz`: is it alive, started, ready to serve.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::Timestamp;
use serde_json::{Map, Value, json};

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

/// Whether each resolver answers: by name, by kind as other clients know it, and how its circuit breaker stands.
async fn resolvers(State(app): State<App>) -> Response {
    let resolvers = app.resolver_health().await;
    let word = |ok: bool| if ok { "OK" } else { "fail" };
    let (mut all, mut states, mut good) = (Map::new(), Map::new(), true);
    let mut kinds: BTreeMap<&str, Map<String, Value>> =
        ["ldapresolver", "sqlresolver"].into_iter().map(|kind| (kind, Map::new())).collect();
    for (name, kind, health) in resolvers {
        let ok = health.is_some_and(|health| health.answers);
        good &= ok;
        all.insert(name.clone(), word(ok).into());
        kinds.entry(kind).or_default().insert(name.clone(), word(ok).into());
        let since = health.and_then(|health| health.out_since).map(Timestamp::seconds);
        states.insert(name, json!({ "breaker": health.map_or("unusable", |health| health.state.name()), "out_since": since }));
    }
    let mut body = Map::from_iter([("status".to_owned(), word(good).into()), ("resolvers".to_owned(), all.into())]);
    body.insert("states".to_owned(), states.into());
    body.extend(kinds.into_iter().map(|(kind, names)| (kind.to_owned(), names.into())));
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(Value::Object(body))).into_response()
}

fn answer(ok: bool, status: &str) -> Response {
    let code = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, axum::Json(json!({ "status": status }))).into_response()
}
