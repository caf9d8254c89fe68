//! The management API in its wire format: a table of verbs for each resource. Most verbs perform an operation of the engine
//! and are one line; those that do more have a file `<resource>/<verb>.rs`.
//!
//! A request is read by [`request`]: parameters merged ([`params`]), the caller identified ([`caller`]), the operation performed, the
//! outcome put into its envelope ([`envelope`]) and signed. The API never accepts or sets cookies.
//!
//! To add a verb: one line in its resource's `routes`, with its summary and parameters for `/openapi.json`.

mod audit;
mod auth;
pub mod caller;
pub mod envelope;
pub mod error;
mod event;
mod oidcclient;
pub mod openapi;
mod operation;
pub mod params;
mod policy;
pub mod python_json;
mod realm;
pub mod request;
mod resolver;
mod samlfederation;
mod samlsp;
mod system;
mod token;
mod user;
mod validate;

use crate::http::Route;

/// The routes.
pub fn routes() -> Vec<Route> {
    [
        auth::routes(),
        validate::routes(),
        token::routes(),
        audit::routes(),
        user::routes(),
        realm::routes(),
        resolver::routes(),
        policy::routes(),
        event::routes(),
        system::routes(),
        oidcclient::routes(),
        samlsp::routes(),
        samlfederation::routes(),
        openapi::routes(),
    ]
    .concat()
}
