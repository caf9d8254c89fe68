//! Symbolon: an identity provider and a multi-factor engine in one program. This crate is the root: it wires the libraries
//! together and is the only one that knows HTTP and the command line.

pub mod app;
pub mod config;
pub mod http;
pub mod api;
