//! Integration tests of the root package, one binary: the real router on a real database, with a clock that stands still.

#![allow(unreachable_pub, missing_docs, reason = "nobody imports a test binary")]

mod api;
mod architecture;
mod authorization;
mod cli;
mod http;
mod nodes;
mod oidc;
mod pages;
mod saml;
mod scim;
mod snapshot;
mod statements;
mod support;
