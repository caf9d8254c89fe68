//! `/auth`: tokens of the API.

mod sign_in;

use http::Method;

use crate::http::{Route, Who};

use super::request::verb;

pub(super) fn routes() -> Vec<Route> {
    vec![
        verb(Method::POST, "/auth", Who::Anyone, sign_in::post)
            .about("Sign in and obtain a token for the other calls.", &["username", "password", "realm"]),
    ]
}
