//! Scope `authorization`: who may use a factor that was right.

use crate::policy::{Flag, Scope, Words};

crate::choices! {
    /// Whether an authentication that succeeded is let through.
    Authorized {
        /// Let through.
        Grant = "grant_access",
        /// Refused.
        Deny = "deny_access",
    }
}

crate::actions! { Scope::Authorization;
    /// Let a successful authentication through or not.
    AUTHORIZED: Authorized = "authorized", group "modifying response";
    /// Token kinds that may be used, space separated.
    TOKENTYPE: Words = "tokentype", group "conditions";
    /// Answer a success without detail.
    NO_DETAIL_ON_SUCCESS: Flag = "no_detail_on_success", group "setting actions";
    /// Answer a failure without detail.
    NO_DETAIL_ON_FAIL: Flag = "no_detail_on_fail", group "setting actions";
    /// Add the attributes of the person to the answer.
    ADD_USER_IN_RESPONSE: Flag = "add_user_in_response", group "setting actions";
    /// Add resolver and realm of the person to the answer.
    ADD_RESOLVER_IN_RESPONSE: Flag = "add_resolver_in_response", group "setting actions";
}
