//! SCIM 2.0 over HTTP (RFC 7644). What is done is decided in `mfa::scim`; here requests are read and answers rendered.
//!
//! Every route but those of discovery needs the token of a client; there are no cookies. To add a route: a function that takes a
//! [`Request`] and a line in [`routes`].

pub mod answer;
mod auth;
mod bulk;
mod discovery;
pub mod limit;
mod request;
mod resources;
mod search;

use http::Method;
use mfa::scim::ops::How;

use crate::http::Route;

use request::{open, verb};
use resources::Kind;

/// Where everything is.
pub const BASE: &str = "/scim/v2";

/// The routes of the protocol.
pub fn routes() -> Vec<Route> {
    let mut routes = vec![
        open("/scim/v2/ServiceProviderConfig", discovery::config),
        open("/scim/v2/ResourceTypes", discovery::resource_types),
        open("/scim/v2/ResourceTypes/{id}", discovery::resource_type),
        open("/scim/v2/Schemas", discovery::schemas),
        open("/scim/v2/Schemas/{id}", discovery::schema),
        verb(Method::POST, "/scim/v2/Bulk", bulk::run),
        verb(Method::POST, "/scim/v2/.search", search::everywhere),
    ];
    for (kind, all, search, one) in [
        (Kind::User, "/scim/v2/Users", "/scim/v2/Users/.search", "/scim/v2/Users/{id}"),
        (Kind::Group, "/scim/v2/Groups", "/scim/v2/Groups/.search", "/scim/v2/Groups/{id}"),
    ] {
        routes.extend([
            verb(Method::GET, all, move |request| search::query(request, kind)),
            verb(Method::POST, all, move |request| resources::add(request, kind)),
            verb(Method::POST, search, move |request| search::body(request, kind)),
            verb(Method::GET, one, move |request| resources::get(request, kind)),
            verb(Method::PUT, one, move |request| resources::change(request, kind, How::Replace)),
            verb(Method::PATCH, one, move |request| resources::change(request, kind, How::Patch)),
            verb(Method::DELETE, one, move |request| resources::remove(request, kind)),
        ]);
    }
    // A client is no user (RFC 7644 section 3.11).
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        routes.push(verb(method, "/scim/v2/Me", resources::me));
    }
    routes
}
