//! `[api]`

use std::time::Duration;

use ipnet::IpNet;

use super::declare::section;
use super::setting::choice;

choice! {
    /// Which API answers carry a signature.
    SignResponses {
        /// All of them.
        Always = "always",
        /// Those to requests with a `nonce`.
        Nonce = "nonce",
        /// None.
        Never = "never",
    }
}

section! {
    /// The management API.
    Api = "api" {
        /// Which answers are signed with RSA-PSS: `always`, `nonce` (when the request has one) or `never`.
        sign_responses: SignResponses = SignResponses::Always;
        /// How long the token that `POST /auth` issues is valid.
        token_lifetime: Duration = Duration::from_secs(3600);
        /// Refused checks of `/validate` are answered this long after the request came, so that the time tells nothing. Set it above
        /// what the password hashes of one person's tokens take.
        failed_after: Duration = Duration::from_millis(250);
        /// Relays (RADIUS servers, login plugins) that may name the end user's address in the parameter `client`.
        relays: Vec<IpNet> = Vec::new();
    }
}
