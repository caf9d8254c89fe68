//! The HTTP foundation: what every door shares, whatever it serves.
//!
//! * [`route`]: every route is a row of a table (method, path, area, who may); router, API document and the authorization test
//!   are made from it.
//! * [`context`]: what is known about a request before anyone handles it.
//! * [`secure`], [`host`], [`csrf`], [`cookie`]: the rules for browsers.
//! * [`failure`]: classes of error to status and log level, in one place.
//! * [`listener`]: TLS, plain http on loopback, graceful shutdown.
//!
//! To add a route: one line in the table of its area ([`route::Route`]). Everything on the way to it (limits, host check, CSRF for
//! forms, security headers) follows from its area.

pub mod accept;
pub mod assemble;
pub mod client;
pub mod context;
pub mod cookie;
pub mod csrf;
pub mod deadline;
pub mod failure;
pub mod fallback;
pub mod form;
pub mod health;
pub mod host;
pub mod listener;
pub mod logging;
pub mod metrics;
pub mod route;
pub mod secure;

pub use assemble::router;
pub use context::{CountedAs, Cx};
pub use form::Form;
pub use route::{Area, Route, Who};
