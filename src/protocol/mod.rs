//! The doors: each parses its requests, calls `idp` and renders the answer. Nothing is decided here.

pub mod oidc;
pub mod saml;
pub mod scim;
