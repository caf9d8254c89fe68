//! `/samlsp`: registered SAML service providers.

use http::Method;

use crate::http::{Route, Who};
use crate::sps::{AddSp, ChangeSp, DeleteSp, ListSps, RefreshSp, ShowExchanged, WatchSp};

use super::operation::performed;
use super::request::{Outcome, Request, verb};

const SETTINGS: &[&str] = &[
    "id",
    "metadata",
    "metadata_url",
    "metadata_certificate",
    "metadata_refresh",
    "name",
    "sign",
    "signature_algorithm",
    "encrypt",
    "response_binding",
    "require_signed_requests",
    "name_id_format",
    "name_id_attribute",
    "scopes",
    "claims",
    "only_requested",
    "attribute_format",
    "attribute_names",
    "consent",
    "required_acr",
    "assertion_lifetime",
    "session_lifetime",
    "clock_skew",
    "audiences",
    "idp_initiated",
    "subject_id",
    "authn_factors",
    "allow_cbc",
    "ecp",
    "attribute_query",
    "only_by_query",
    "enabled",
    "version",
];

pub(super) fn routes() -> Vec<Route> {
    let admin = Who::Admin;
    vec![
        verb(Method::GET, "/samlsp", admin, list).about("List service providers.", &[]),
        verb(Method::GET, "/samlsp/{id}", admin, list).about("Show a service provider and its metadata.", &["id"]),
        verb(Method::POST, "/samlsp/{id}", admin, put).about("Add a service provider, or change what is given.", SETTINGS),
        verb(Method::POST, "/samlsp/{id}/refresh", admin, refresh)
            .about("Fetch the metadata of a service provider from its URL now.", &["id"]),
        verb(Method::GET, "/samlsp/{id}/debug", admin, exchanged)
            .about("Show what was exchanged with a service provider.", &["id"]),
        verb(Method::POST, "/samlsp/{id}/debug", admin, watch)
            .about("Keep what is exchanged with a service provider for an hour, or stop that.", &["id", "on"]),
        verb(Method::DELETE, "/samlsp/{id}", admin, delete).about("Remove a service provider.", &["id"]),
    ]
}

async fn list(request: Request) -> Outcome {
    performed(&ListSps(request.app.sps.clone()), request).await
}

/// Adds what does not exist and changes what does.
async fn put(request: Request) -> Outcome {
    let sps = request.app.sps.clone();
    let id = request.params.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
    match sps.find(id).is_some() {
        true => performed(&ChangeSp(sps), request).await,
        false => performed(&AddSp(sps), request).await,
    }
}

async fn refresh(request: Request) -> Outcome {
    performed(&RefreshSp(request.app.sps.clone()), request).await
}

async fn exchanged(request: Request) -> Outcome {
    performed(&ShowExchanged(request.app.sps.clone(), request.app.saml.clone()), request).await
}

async fn watch(request: Request) -> Outcome {
    performed(&WatchSp(request.app.sps.clone(), request.app.saml.clone()), request).await
}

async fn delete(request: Request) -> Outcome {
    performed(&DeleteSp(request.app.sps.clone(), request.app.logins.consents().clone()), request).await
}
