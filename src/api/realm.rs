//! `/realm` and `/defaultrealm`

use http::Method;
use mfa::people::ops::{
    ClearDefaultRealm, DeleteRealm, GetDefaultRealm, ListRealms, ListSuperuserRealms, SetDefaultRealm, SetRealm, SetRealmDomains,
    SetRealmOnNode,
};

use crate::http::Route;

use super::operation::operation;

pub(super) fn routes() -> Vec<Route> {
    vec![
        operation(Method::GET, "/realm", ListRealms).about("List realms with their resolvers.", &[]),
        operation(Method::POST, "/realm/{realm}", SetRealm)
            .about("Create or change a realm.", &["realm", "resolvers", "priority.<resolver>"]),
        operation(Method::DELETE, "/realm/{realm}", DeleteRealm).about("Remove a realm.", &["realm", "delete_custom_attributes"]),
        operation(Method::POST, "/realm/{realm}/node/{nodeid}", SetRealmOnNode)
            .about("Give a realm resolvers that count on one node alone.", &["realm", "nodeid", "resolver"]),
        operation(Method::POST, "/realm/{realm}/domains", SetRealmDomains)
            .about("Say whose mail addresses lead to a realm at sign-in.", &["realm", "domains"]),
        operation(Method::GET, "/realm/superuser", ListSuperuserRealms).about("List realms of administrators.", &[]),
        operation(Method::GET, "/defaultrealm", GetDefaultRealm).about("Show the default realm.", &[]),
        operation(Method::POST, "/defaultrealm/{realm}", SetDefaultRealm).about("Set the default realm.", &["realm"]),
        operation(Method::DELETE, "/defaultrealm", ClearDefaultRealm).about("Have no default realm.", &[]),
    ]
}
