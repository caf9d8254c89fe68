//! The discovery document. It names what is truly supported and nothing else.

use serde_json::{Value, json};

use super::authorize::ResponseMode;
use super::provider::Endpoints;
use super::scope::{OFFLINE_ACCESS, OPENID};
use super::token::GRANT_NAMES;
use crate::assurance::Level;
use crate::claims;
use crate::party::client::jwks::ALGORITHMS;
use crate::party::client::{AuthMethod, IdTokenAlg, SubjectType};

/// Claims of ID tokens beside those about the person.
const PROTOCOL_CLAIMS: &[&str] = &["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"];

/// The document of an issuer.
pub(crate) fn metadata(issuer: &str, endpoints: &Endpoints, ui_locales: &[String]) -> Value {
    let methods: Vec<&str> = AuthMethod::ALL.iter().map(|method| method.name()).collect();
    let confidential: Vec<&str> = methods.iter().copied().filter(|method| *method != AuthMethod::None.name()).collect();
    let scopes: Vec<&str> = [OPENID, "profile", "email", "address", "phone", OFFLINE_ACCESS].to_vec();
    json!({
        "issuer": issuer,
        "authorization_endpoint": endpoints.authorization,
        "token_endpoint": endpoints.token,
        "userinfo_endpoint": endpoints.userinfo,
        "jwks_uri": endpoints.jwks,
        "introspection_endpoint": endpoints.introspection,
        "revocation_endpoint": endpoints.revocation,
        "end_session_endpoint": endpoints.end_session,
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::ALL,
        "grant_types_supported": GRANT_NAMES,
        "subject_types_supported": SubjectType::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "acr_values_supported": Level::names().collect::<Vec<_>>(),
        "id_token_signing_alg_values_supported": IdTokenAlg::ALL.iter().map(|alg| alg.name()).collect::<Vec<_>>(),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page"],
        "claim_types_supported": ["normal"],
        "claims_supported": PROTOCOL_CLAIMS.iter().chain(claims::NAMES).collect::<Vec<_>>(),
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "ui_locales_supported": ui_locales,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_certification_looks_for() {
        let issuer = "https://id.example";
        let document = metadata(issuer, &Endpoints::of(issuer), &["en".to_owned(), "de".to_owned()]);
        for (name, value) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                assert!(value.as_str().unwrap().starts_with("https://id.example/oidc/"), "{name}");
            }
        }
        let has = |member: &str, value: &str| document[member].as_array().unwrap().iter().any(|v| v == value);
        assert!(has("scopes_supported", "openid") && has("response_types_supported", "code"));
        assert!(has("id_token_signing_alg_values_supported", "RS256") && has("code_challenge_methods_supported", "S256"));
        assert!(has("grant_types_supported", "refresh_token") && has("subject_types_supported", "public"));
        assert!(
            !has("code_challenge_methods_supported", "plain") && !has("introspection_endpoint_auth_methods_supported", "none")
        );
        // Its default is true.
        assert_eq!(document["request_uri_parameter_supported"], false);
        assert_eq!(document["issuer"], issuer);
    }
}
