//! Scope `webui`: sign-in to the management API and its user interface.

use crate::policy::Scope;

crate::choices! {
    /// What signs a person in to the management API.
    LoginMode {
        /// The password of the person.
        UserStore = "userstore",
        /// Nothing: sign-in is refused.
        Disable = "disable",
    }
}

crate::actions! { Scope::Webui;
    /// Lifetime of API tokens in seconds.
    JWT_VALIDITY: u32 = "jwt_validity", if |n| *n > 0;
    /// What signs a person in to the management API.
    LOGIN_MODE: LoginMode = "login_mode";
    /// Idle seconds after which the user interface signs out.
    LOGOUT_TIME: u32 = "logout_time", default 120;
}
