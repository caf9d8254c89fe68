//! `/policy`

use http::Method;
use mfa::policy::ops::{CheckPolicy, DeletePolicy, EnablePolicy, ListPolicies, PolicyDefs, RenamePolicy, SetPolicy};

use crate::http::Route;

use super::operation::operation;

const FIELDS: &[&str] = &[
    "name",
    "scope",
    "action",
    "active",
    "priority",
    "realm",
    "resolver",
    "user",
    "user_case_insensitive",
    "adminrealm",
    "adminuser",
    "client",
    "user_agents",
    "time",
    "pinode",
    "conditions",
    "check_all_resolvers",
    "description",
];
const QUESTION: &[&str] = &["user", "realm", "resolver", "scope", "action", "client"];
const FILTER: &[&str] = &["name", "realm", "scope", "active"];

pub(super) fn routes() -> Vec<Route> {
    vec![
        operation(Method::GET, "/policy", ListPolicies).about("List policies.", FILTER),
        operation(Method::GET, "/policy/{name}", ListPolicies).about("Show a policy.", FILTER),
        operation(Method::GET, "/policy/check", CheckPolicy).about("Which policies would let an action through.", QUESTION),
        operation(Method::GET, "/policy/defs", PolicyDefs).about("Which actions can be written.", &[]),
        operation(Method::GET, "/policy/defs/{scope}", PolicyDefs).about("Which actions can be written in a scope.", &["scope"]),
        operation(Method::POST, "/policy/{name}", SetPolicy).about("Create or change a policy.", FIELDS),
        operation(Method::PATCH, "/policy/{old_name}", RenamePolicy).about("Rename a policy.", &["old_name", "name"]),
        operation(Method::DELETE, "/policy/{name}", DeletePolicy).about("Remove a policy.", &["name"]),
        operation(Method::POST, "/policy/enable/{name}", EnablePolicy(true)).about("Let a policy count.", &["name"]),
        operation(Method::POST, "/policy/disable/{name}", EnablePolicy(false)).about("Let a policy count no more.", &["name"]),
    ]
}
