//! Settings of a client out of parameters.

use idp::party::client::Settings;
use mfa::operation::{Failure, Params};
use serde_json::{Value, json};

use crate::settings_of;

/// Settings that are left out of the stored form while they are unset, with a value of their type.
fn unset() -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&'static str, Value)> =
        ["jwks_uri", "required_acr", "client_uri", "logo_uri", "policy_uri", "tos_uri"].map(|name| (name, json!(""))).to_vec();
    all.extend([
        ("default_acr_values", json!([])),
        ("jwks", json!({})),
        ("client_names", json!({})),
        ("claim_attributes", json!({})),
        ("claims", json!([])),
    ]);
    all
}

/// `base` with whatever parameters say otherwise.
///
/// # Errors
/// When a value is not of the setting's type.
pub(super) fn changed(base: &Settings, params: &Params) -> Result<Settings, Failure> {
    settings_of::changed(base, &unset(), params, "client")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_by_type() {
        let params = Params::of([
            ("redirect_uris", "https://a.example/cb https://b.example/cb"),
            ("require_pkce", "true"),
            ("access_token_lifetime", "60"),
            ("client_uri", "https://a.example/"),
        ]);
        let settings = changed(&Settings::default(), &params).unwrap();
        assert_eq!(settings.redirect_uris.len(), 2);
        assert!(settings.require_pkce);
        assert_eq!(settings.access_token_lifetime, 60);
        let cleared = changed(&settings, &Params::of([("client_uri", "")])).unwrap();
        assert_eq!(cleared.client_uri, None);
        assert_eq!(cleared.redirect_uris.len(), 2);
        assert!(changed(&settings, &Params::of([("access_token_lifetime", "soon")])).is_err());
        assert!(changed(&settings, &Params::of([("token_endpoint_auth_method", "magic")])).is_err());
    }
}
