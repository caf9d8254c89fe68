//! `/oidcclient`: registered OpenID Connect clients.

use http::Method;

use crate::clients::{AddClient, ChangeClient, DeleteClient, ExplainClaims, ListClients, RotateSecret};
use crate::http::{Route, Who};

use super::operation::performed;
use super::request::{Outcome, Request, verb};

const SETTINGS: &[&str] = &[
    "client_id",
    "client_name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "token_endpoint_auth_method",
    "client_secret",
    "scopes",
    "grant_types",
    "require_pkce",
    "consent",
    "jwks",
    "jwks_uri",
    "required_acr",
    "access_token_lifetime",
    "claims",
    "enabled",
    "version",
];

pub(super) fn routes() -> Vec<Route> {
    let admin = Who::Admin;
    vec![
        verb(Method::GET, "/oidcclient", admin, list).about("List clients.", &[]),
        verb(Method::GET, "/oidcclient/{client_id}", admin, list).about("Show a client.", &["client_id"]),
        verb(Method::POST, "/oidcclient/{client_id}", admin, put).about("Add a client, or change the settings given.", SETTINGS),
        verb(Method::DELETE, "/oidcclient/{client_id}", admin, delete)
            .about("Remove a client and everything it was granted.", &["client_id"]),
        verb(Method::GET, "/oidcclient/{client_id}/claims", admin, claims).about(
            "Show what a person would release to a client, and why.",
            &["client_id", "user", "realm", "resolver", "scope", "claims"],
        ),
        verb(Method::POST, "/oidcclient/{client_id}/secret", admin, rotate)
            .about("Draw a new secret; the former one stays good for a while.", &["client_id", "overlap"]),
    ]
}

async fn list(request: Request) -> Outcome {
    performed(&ListClients(request.app.clients.clone()), request).await
}

/// Adds what does not exist and changes what does.
async fn put(request: Request) -> Outcome {
    let clients = request.app.clients.clone();
    let id = request.params.get("client_id").and_then(serde_json::Value::as_str).unwrap_or_default();
    match clients.find(id).is_some() {
        true => performed(&ChangeClient(clients), request).await,
        false => performed(&AddClient(clients), request).await,
    }
}

async fn delete(request: Request) -> Outcome {
    performed(&DeleteClient(request.app.clients.clone()), request).await
}

async fn claims(request: Request) -> Outcome {
    performed(&ExplainClaims(request.app.clients.clone()), request).await
}

async fn rotate(request: Request) -> Outcome {
    performed(&RotateSecret(request.app.clients.clone()), request).await
}
