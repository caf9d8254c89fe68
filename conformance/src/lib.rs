//! Real peers against a started Symbolon: it starts the program as a person would, drives it with a real browser, real relying
//! parties and reference tools, and stops all of them again.
//!
//! Rules: servers listen on free loopback ports and live in temporary directories; whatever a test starts ends with the value
//! that it holds. What is tested is the program: of its
//! code only `db` is linked, for the database servers of the tests and the bare limits of the measurements. To add a peer: one
//! file that starts it, one file under `tests/it/` that uses it.

pub mod apache;
pub mod api;
pub mod authority;
pub mod bench;
pub mod browser;
pub mod demo;
pub mod guide;
pub mod httpd;
pub mod mariadb;
pub mod mellon;
pub mod oath;
pub mod openssl;
pub mod postgres;
pub mod process;
pub mod scripted;
pub mod separable;
pub mod server;
pub mod service_provider;
pub mod shibboleth;
pub mod sign_in;
pub mod simplesamlphp;
pub mod slow;
pub mod smtp;

pub use browser::Browser;
pub use db::testing::full_scale;
pub use server::Server;
