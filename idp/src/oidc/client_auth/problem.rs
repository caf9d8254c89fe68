//! What is refused while a client says who it is.

use crate::oidc::problem::problems;

problems! {
    /// Problems of client authentication (RFC 6749 sections 2.3 and 5.2).
    ClientProblem {
        /// A parameter occurs twice.
        Repeated = "client_repeated", "invalid_request", Invalid, "A parameter occurs more than once.";
        /// The body cannot be read.
        Unreadable = "client_unreadable", "invalid_request", Invalid, "The request body cannot be read.";
        /// Two ways to authenticate at once.
        Several = "client_several_methods", "invalid_request", Invalid, "The client authenticates in more than one way.";
        /// No client is named.
        Missing = "client_missing", "invalid_client", Unauthenticated, "Client authentication is missing.";
        /// Unknown, disabled, wrong method, wrong secret, bad assertion: told apart in the log alone.
        Refused = "client_refused", "invalid_client", Unauthenticated, "Client authentication failed.";
    }
}
