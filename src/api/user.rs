//! `/user`

use http::Method;
use mfa::people::ops::{
    AddUser, DeleteAttribute, DeleteUser, EditableAttributes, GetAttributes, InternalAttributes, ListUsers, SetAttribute,
    UpdateUser,
};

use crate::http::Route;

use super::operation::operation;

const ATTRIBUTES: &[&str] = &["user", "resolver", "password", "givenname", "surname", "email", "phone", "mobile", "description"];

pub(super) fn routes() -> Vec<Route> {
    vec![
        operation(Method::GET, "/user", ListUsers).about(
            "Search people; * stands for any characters.",
            &["username", "realm", "resolver", "email", "surname", "attributes", "include_custom_attributes"],
        ),
        operation(Method::POST, "/user", AddUser).about("Create a person in an editable resolver.", ATTRIBUTES),
        operation(Method::PUT, "/user", UpdateUser).about("Change attributes or password of a person.", ATTRIBUTES),
        operation(Method::DELETE, "/user/{resolvername}/{username}", DeleteUser)
            .about("Remove a person.", &["resolvername", "username"]),
        operation(Method::GET, "/user/attribute", GetAttributes)
            .about("Show custom attributes of a person.", &["user", "realm", "key"]),
        operation(Method::POST, "/user/attribute", SetAttribute)
            .about("Set a custom attribute of a person.", &["user", "realm", "key", "value", "type"]),
        operation(Method::DELETE, "/user/attribute/{attrkey}/{username}/{realm}", DeleteAttribute)
            .about("Delete a custom attribute of a person.", &["attrkey", "username", "realm"]),
        operation(Method::GET, "/user/editable_attributes", EditableAttributes)
            .about("Tell which custom attributes of a person the caller may set and delete.", &["user", "realm"]),
        operation(Method::GET, "/user/internal_attribute", InternalAttributes)
            .about("Show what the engine keeps about a person.", &["user", "realm", "key"]),
    ]
}
