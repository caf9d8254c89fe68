//! Scopes `admin` and `user`: what administrators may do to others, and people to themselves.

crate::rights! {
    /// Enrol tokens of this kind.
    ENROLL = "enroll{KIND}" for "" in admin user, group "enrollment", menus "tokens";
    /// Set the PIN while enrolling.
    ENROLLPIN = "enrollpin" in admin user, group "enrollment", menus "tokens";
    /// Delete tokens.
    DELETE = "delete" in admin user, group "token", menus "tokens";
    /// Disable tokens.
    DISABLE = "disable" in admin user, group "token", menus "tokens";
    /// Enable tokens.
    ENABLE = "enable" in admin user, group "token", menus "tokens";
    /// Revoke tokens for good.
    REVOKE = "revoke" in admin user, group "token", menus "tokens";
    /// Reset fail counters.
    RESET = "reset" in admin user, group "token", menus "tokens";
    /// Resynchronise tokens.
    RESYNC = "resync" in admin user, group "token", menus "tokens";
    /// Set the PIN of a token.
    SETPIN = "setpin" in admin user, group "pin", menus "tokens";
    /// Set attributes of a token.
    SET = "set" in admin, group "token", menus "tokens";
    /// Set the description of a token.
    SETDESCRIPTION = "setdescription" in admin user, group "token", menus "tokens";
    /// Assign tokens to people.
    ASSIGN = "assign" in admin user, group "token", menus "tokens" "users";
    /// Take tokens from people.
    UNASSIGN = "unassign" in admin user, group "token", menus "tokens";
    /// List tokens.
    TOKENLIST = "tokenlist" in admin, group "token", menus "tokens";
    /// Trigger challenges for people.
    TRIGGERCHALLENGE = "triggerchallenge" in admin, group "general";
    /// Read the audit log (people: their own entries).
    AUDITLOG = "auditlog" in admin user, group "system", menus "audit";
    /// Download the audit log as a file.
    AUDITLOG_DOWNLOAD = "auditlog_download" in admin, group "system", menus "audit";
    /// List people (people: themselves).
    USERLIST = "userlist" in admin user, group "general", menus "users";
    /// Create people in editable resolvers.
    ADDUSER = "adduser" in admin, group "user", menus "users";
    /// Change people in editable resolvers (people: themselves).
    UPDATEUSER = "updateuser" in admin user, group "user", menus "users";
    /// Delete people from editable resolvers.
    DELETEUSER = "deleteuser" in admin, group "user", menus "users";
    /// See what the engine keeps about people.
    GET_USER_INTERNAL_ATTRIBUTES = "get_user_internal_attributes" in admin, group "user", menus "users";
    /// Read policies.
    POLICYREAD = "policyread" in admin, group "system", menus "config";
    /// Write policies.
    POLICYWRITE = "policywrite" in admin, group "system", menus "config";
    /// Delete policies.
    POLICYDELETE = "policydelete" in admin, group "system", menus "config";
    /// Read resolvers.
    RESOLVERREAD = "resolverread" in admin, group "system";
    /// Write resolvers and realms.
    RESOLVERWRITE = "resolverwrite" in admin, group "system", menus "config";
    /// Delete resolvers and realms.
    RESOLVERDELETE = "resolverdelete" in admin, group "system", menus "config";
    /// Read event handlers.
    EVENTHANDLING_READ = "eventhandling_read" in admin, group "system", menus "config";
    /// Write event handlers.
    EVENTHANDLING_WRITE = "eventhandling_write" in admin, group "system", menus "config";
    /// Read system settings.
    CONFIGREAD = "configread" in admin, group "system", menus "config";
    /// Write system settings.
    CONFIGWRITE = "configwrite" in admin, group "system", menus "config";
    /// Delete system settings.
    CONFIGDELETE = "configdelete" in admin, group "system", menus "config";
    /// List applications that sign people in.
    OIDC_CLIENT_READ = "oidcclientread" in admin, group "applications", menus "config";
    /// Register and change applications that sign people in.
    OIDC_CLIENT_WRITE = "oidcclientwrite" in admin, group "applications", menus "config";
    /// See what a person would release to an application.
    OIDC_CLIENT_CLAIMS = "oidcclientclaims" in admin, group "applications", menus "config";
    /// Remove applications that sign people in.
    OIDC_CLIENT_DELETE = "oidcclientdelete" in admin, group "applications", menus "config";
    /// List SAML service providers.
    SAML_SP_READ = "samlspread" in admin, group "applications", menus "config";
    /// Register and change SAML service providers.
    SAML_SP_WRITE = "samlspwrite" in admin, group "applications", menus "config";
    /// See what was exchanged with a SAML service provider, with everything it says of people.
    SAML_SP_DEBUG = "samlspdebug" in admin, group "applications", menus "config";
    /// Remove SAML service providers.
    SAML_SP_DELETE = "samlspdelete" in admin, group "applications", menus "config";
}
