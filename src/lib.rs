//! Symbolon: an identity provider and a multi-factor engine in one program. This crate is the root: it wires the libraries
//! together and is the only one that knows HTTP and the command line.
//!
//! Follow a request: [`http::assemble`] (what every request passes) -> the table of its area ([`routes`]) -> one handler, which
//! parses, calls a library and renders.

pub mod api;
pub mod app;
pub mod cli;
pub mod clients;
pub mod config;
pub mod federations;
pub mod http;
mod identity;
pub mod jobs;
pub mod key_records;
pub mod mail;
pub mod pages;
pub mod portal;
pub mod ports;
pub mod protocol;
mod settings_of;
pub mod sps;
pub mod start;

/// Every route there is: the tables of all areas.
pub fn routes() -> Vec<http::Route> {
    [
        api::routes(),
        http::health::routes(),
        http::metrics::routes(),
        pages::routes(),
        protocol::oidc::routes(),
        protocol::saml::routes(),
        protocol::scim::routes(),
        portal::routes(),
    ]
    .concat()
}
