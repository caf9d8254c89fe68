//! The router, made from the table of routes.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::app::App;

use super::route::{Area, Route};
use super::{context, csrf, failure, fallback, secure};

/// Builds the service for `routes`. Each path is served with and without a slash at its end.
pub fn router(app: App, routes: Vec<Route>) -> Router {
    let mut paths: BTreeMap<String, MethodRouter<App>> = BTreeMap::new();
    for route in routes {
        let path = route.pattern();
        let handler = prepared(&app, route);
        let merged = match paths.remove(&path) {
            Some(others) => others.merge(handler),
            None => handler,
        };
        paths.insert(path, merged);
    }
    let mut router = Router::new();
    for (path, handler) in paths {
        if path != "/" {
            router = router.route(&format!("{path}/"), handler.clone());
        }
        router = router.route(&path, handler);
    }
    let body_limit = usize::try_from(app.config.server.body_limit).unwrap_or(usize::MAX);
    router
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(
            // The first layer is the outermost.
            ServiceBuilder::new()
                .layer(from_fn_with_state(app.clone(), context::around))
                .layer(CatchPanicLayer::custom(failure::panicked))
                .layer(DefaultBodyLimit::max(body_limit)),
        )
        .with_state(app)
}

/// Wraps the handler of a route in what its area demands.
fn prepared(app: &App, route: Route) -> MethodRouter<App> {
    let (area, path) = (route.area, route.path);
    let demands_token = route.wants_csrf();
    let mut handler = route.handler;
    if demands_token {
        handler = handler.layer(from_fn_with_state(app.clone(), csrf::demand));
    }
    if area == Area::Assets {
        // Nothing here is secret, so that compression tells nothing.
        handler = handler.layer(CompressionLayer::new());
    }
    handler.layer(from_fn_with_state((app.clone(), area, path), secure::gate))
}
