//! `/user`

use http::Method;
use mfa::people::ops::{AddUser, DeleteUser, ListUsers, UpdateUser};

use crate::http::Route;

use super::operation::operation;

const ATTRIBUTES: &[&str] = &["user", "resolver", "password", "givenname", "surname", "email", "phone", "mobile", "description"];

pub(super) fn routes() -> Vec<Route> {
    vec![
        operation(Method::GET, "/user", ListUsers).about(
            "Search people; * stands for any characters.",
            &["username", "realm", "resolver", "email", "surname", "attributes"],
        ),
        operation(Method::POST, "/user", AddUser).about("Create a person in an editable resolver.", ATTRIBUTES),
        operation(Method::PUT, "/user", UpdateUser).about("Change attributes or password of a person.", ATTRIBUTES),
        operation(Method::DELETE, "/user/{resolvername}/{username}", DeleteUser)
            .about("Remove a person.", &["resolvername", "username"]),
    ]
}
