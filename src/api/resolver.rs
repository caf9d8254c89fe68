//! `/resolver`

use http::Method;
use mfa::people::ops::{DefaultResolver, DeleteResolver, ListResolvers, SetResolver, TestResolver};

use crate::http::Route;

use super::operation::operation;

pub(super) fn routes() -> Vec<Route> {
    vec![
        operation(Method::GET, "/resolver", ListResolvers).about("List resolvers; secrets are censored.", &["type", "editable"]),
        operation(Method::GET, "/resolver/{resolver}", ListResolvers).about("Show a resolver.", &["resolver"]),
        operation(Method::GET, "/resolver/{resolver}/default", DefaultResolver)
            .about("Show the defaults of a type.", &["resolver"]),
        operation(Method::POST, "/resolver/{resolver}", SetResolver).about("Create or change a resolver.", &["resolver", "type"]),
        operation(Method::DELETE, "/resolver/{resolver}", DeleteResolver).about("Remove a resolver.", &["resolver"]),
        operation(Method::POST, "/resolver/test", TestResolver).about("Try parameters of a resolver.", &["type", "resolver"]),
    ]
}
