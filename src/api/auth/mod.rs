//! `/auth`: tokens of the API.

mod rights;
mod sign_in;

use http::Method;

use crate::http::{Route, Who};

use super::operation::operation;
use super::request::verb;
use rights::EnrollableKinds;

pub(super) fn routes() -> Vec<Route> {
    vec![
        verb(Method::POST, "/auth", Who::Anyone, sign_in::post)
            .about("Sign in and obtain a token for the other calls.", &["username", "password", "realm"]),
        operation(Method::GET, "/auth/rights", EnrollableKinds).about("Kinds of token that the caller may enrol.", &[]),
    ]
}
