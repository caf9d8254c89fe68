//! What the token endpoint refuses beside clients that it does not know.

use crate::oidc::params::Repeated;
use crate::oidc::problem::{Refusal, problems};

problems! {
    /// Problems of the token endpoint (RFC 6749 section 5.2).
    TokenProblem {
        /// A parameter occurs twice.
        Repeated = "token_repeated", "invalid_request", Invalid, "A parameter occurs more than once.";
        /// No grant_type.
        GrantTypeMissing = "token_grant_type_missing", "invalid_request", Invalid, "grant_type is missing.";
        /// A parameter that the grant cannot do without is missing.
        ParameterMissing = "token_parameter_missing", "invalid_request", Invalid, "A parameter that the grant_type needs is missing.";
        /// A grant_type that we do not know.
        GrantType = "token_grant_type", "unsupported_grant_type", Invalid, "The grant_type is not supported.";
        /// The client is not registered for it.
        NotAllowed = "token_not_allowed", "unauthorized_client", Invalid, "The client may not use this grant_type.";
        /// Unknown, used, expired, revoked, for another client, wrong redirect_uri or verifier: told apart in the log alone.
        Grant = "token_grant", "invalid_grant", Invalid, "The grant is invalid, expired, revoked, or was issued to another client.";
        /// More than was granted, or nothing that the client may have.
        Scope = "token_scope", "invalid_scope", Invalid, "scope is malformed or exceeds what was granted.";
    }
}

impl From<Repeated> for Refusal {
    fn from(repeated: Repeated) -> Self {
        Self::from(TokenProblem::Repeated).because(repeated.to_string())
    }
}
