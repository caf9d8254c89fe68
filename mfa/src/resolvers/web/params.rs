//! Parameters, with the names that existing configurations have.

use crate::resolvers::{Param, ParamType};

/// One parameter.
pub(in crate::resolvers) const fn param(
    name: &'static str,
    ty: ParamType,
    default: Option<&'static str>,
    doc: &'static str,
) -> Param {
    Param { name, ty, default, doc }
}

/// The parameters of a store with requests of its own, with these defaults, and `more` before them.
macro_rules! request_params {
    (
        base_url: $base_url:expr, attribute_mapping: $mapping:expr, advanced: $advanced:expr, headers: $headers:expr,
        authorization: $authorization:expr, user_auth: $user_auth:expr, by_id: $by_id:expr, by_name: $by_name:expr, list: $list:expr,
        create: $create:expr, edit: $edit:expr, delete: $delete:expr, groups: $groups:expr;
        $($more:expr),* $(,)?
    ) => {{
        use $crate::resolvers::ParamType::{Bool, Int, Password, Text};
        use $crate::resolvers::web::params::param;
        &[
            $($more,)*
            param("base_url", Text, Some($base_url), "The URL that relative endpoints follow."),
            param("attribute_mapping", Text, Some($mapping), "JSON object: our attribute to the name in the store's answers, such as `emails.0.value`."),
            param("called_by", Text, Some("username"), "What of a record may be the name that somebody types, separated by commas: username, userid, email. List nothing that people can set for themselves: they would be whom they name."),
            param("Editable", Bool, Some("false"), "People can be created, changed and deleted through us."),
            param("username", Text, Some(""), "The service account: the tag {username} of config_authorization."),
            param("password", Password, Some(""), "Its password: the tag {password} of config_authorization."),
            param("verify_tls", Bool, Some("true"), "Check the certificate. Without it, anybody on the way reads everything."),
            param("tls_ca_path", Text, Some(""), "PEM file with the certificates that are trusted, and no others; those of the system without it."),
            param("timeout", Int, Some("60"), "Seconds to wait for an answer, 60 at most. A whole question takes twice that, 30 seconds at most."),
            param("headers", Text, Some($headers), "JSON object: headers of requests that name none."),
            param("advanced", Bool, Some($advanced), "The config_ parameters count, and not those of a single request."),
            param("config_authorization", Text, Some($authorization), "The request that lets us in; its responseMapping gives headers for all others."),
            param("config_user_auth", Text, Some($user_auth), "The request that checks a password. Tags: {username}, {userid}, {password}."),
            param("config_get_user_by_id", Text, Some($by_id), "The request for one person by uid. Tag: {userid}."),
            param("config_get_user_by_name", Text, Some($by_name), "The request for one person by login name. Tag: {username}."),
            param("config_get_user_list", Text, Some($list), "The request for many people."),
            param("config_create_user", Text, Some($create), "The request that creates a person. Tags: all mapped attributes, {password}."),
            param("config_edit_user", Text, Some($edit), "The request that changes a person. Tags: {userid}, all mapped attributes, {password}."),
            param("config_delete_user", Text, Some($delete), "The request that deletes a person. Tag: {userid}."),
            param("config_get_user_groups", Text, Some($groups), "The request for the groups of a person, with active, user_groups_attribute and pi_user_groups_key. Tags: {userid}, {username}."),
        ]
    }};
}
pub(in crate::resolvers) use request_params;
