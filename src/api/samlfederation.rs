//! `/samlfederation`: federations of SAML service providers.

use http::Method;

use crate::federations::{AddFederation, ChangeFederation, DeleteFederation, ListFederations, RefreshFederation};
use crate::http::{Route, Who};

use super::operation::performed;
use super::request::{Outcome, Request, verb};

const SETTINGS: &[&str] = &[
    "name",
    "metadata_url",
    "metadata_certificate",
    "metadata_refresh",
    "metadata_name",
    "max_validity",
    "require_valid_until",
    "registrars",
    "refused_registrars",
    "release",
    "parties",
    "enabled",
    "version",
];

pub(super) fn routes() -> Vec<Route> {
    let admin = Who::Admin;
    vec![
        verb(Method::GET, "/samlfederation", admin, list).about("List federations.", &[]),
        verb(Method::GET, "/samlfederation/{name}", admin, list).about("Show a federation.", &["name"]),
        verb(Method::POST, "/samlfederation/{name}", admin, put).about("Add a federation, or change what is given.", SETTINGS),
        verb(Method::POST, "/samlfederation/{name}/refresh", admin, refresh)
            .about("Fetch the metadata of a federation from its URL now.", &["name"]),
        verb(Method::DELETE, "/samlfederation/{name}", admin, delete)
            .about("Remove a federation and its service providers.", &["name"]),
    ]
}

async fn list(request: Request) -> Outcome {
    performed(&ListFederations(request.app.sps.clone()), request).await
}

/// Adds what does not exist and changes what does.
async fn put(request: Request) -> Outcome {
    let sps = request.app.sps.clone();
    let name = request.params.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
    match sps.federation(name).await.is_ok() {
        true => performed(&ChangeFederation(sps), request).await,
        false => performed(&AddFederation(sps), request).await,
    }
}

/// Goes on when nobody waits for it any more: a large federation takes longer than a request may.
async fn refresh(request: Request) -> Outcome {
    kernel::task::to_its_end(async move { performed(&RefreshFederation::fetched(request.app.sps.clone()), request).await }).await
}

async fn delete(request: Request) -> Outcome {
    performed(&DeleteFederation(request.app.sps.clone()), request).await
}
