//! OpenID Connect over HTTP. What is answered is decided in `idp::oidc`; here parameters are read and answers rendered.
//!
//! To add an endpoint: a function of the provider, a handler here, a line in [`routes`].

pub mod answer;
pub mod authorize;
pub mod back;
pub mod logout;
pub mod metadata;

use http::Method;
use idp::oidc::{Params, params::FormError};
use kernel::{Class, Classified};

use crate::app::App;
use crate::http::{Area, Route, Who};

/// The routes of the protocol.
pub fn routes() -> Vec<Route> {
    let mut routes = vec![
        Route::get("/.well-known/openid-configuration", Area::Oidc, Who::Anyone, metadata::discovery),
        Route::get("/.well-known/oauth-authorization-server", Area::Oidc, Who::Anyone, metadata::discovery),
        Route::get("/oidc/jwks", Area::Oidc, Who::Anyone, metadata::jwks),
        Route::get("/oidc/authorize", Area::Pages, Who::Anyone, authorize::get),
        Route::post("/oidc/authorize", Area::Pages, Who::Anyone, authorize::post).cross_site(),
        Route::post("/oidc/token", Area::Oidc, Who::Client, back::token),
        Route::get("/oidc/userinfo", Area::Oidc, Who::Bearer, back::userinfo_get),
        Route::post("/oidc/userinfo", Area::Oidc, Who::Bearer, back::userinfo_post),
        Route::post("/oidc/introspect", Area::Oidc, Who::Client, back::introspect),
        Route::post("/oidc/revoke", Area::Oidc, Who::Client, back::revoke),
        Route::get("/oidc/logout", Area::Pages, Who::Anyone, logout::get),
        Route::post("/oidc/logout", Area::Pages, Who::Anyone, logout::post).cross_site(),
    ];
    // What applications in a browser call from their own origin. Introspection is for servers.
    for path in ["/oidc/token", "/oidc/userinfo", "/oidc/revoke"] {
        routes.push(Route::new(Method::OPTIONS, path, Area::Oidc, Who::Anyone, answer::preflight));
    }
    routes
}

/// The origins of a client's redirect URIs, for `form-action` of pages whose last form leads there.
pub fn redirect_origins(app: &App, client_id: &str) -> Vec<String> {
    let Some(client) = app.oidc.clients.find(client_id) else { return Vec::new() };
    let mut origins: Vec<String> =
        client.settings().redirect_uris.iter().filter_map(|uri| idp::party::client::redirect::origin(uri)).collect();
    origins.sort();
    origins.dedup();
    origins
}

/// The parameters cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("parameters: {0}")]
pub struct Unreadable(#[from] FormError);

impl Classified for Unreadable {
    fn class(&self) -> Class {
        Class::Invalid
    }
    fn code(&self) -> &'static str {
        "oidc_parameters"
    }
}

/// Reads a query or a form body.
///
/// # Errors
/// [`Unreadable`] when it cannot be decoded without loss.
pub fn read(raw: &str) -> Result<Params, Unreadable> {
    Ok(Params::from_form(raw)?)
}
