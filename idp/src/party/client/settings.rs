//! What is configured for a client. Names follow RFC 7591 and OpenID Connect Dynamic Client Registration where these have
//! one, so that the API, the command line and stored JSON speak the same language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claims::Rule;

/// Declares an enum of words: variant, wire name, one line each.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The wire name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the wire name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }
    };
}

words! {
    /// Where the client runs.
    ApplicationType {
        /// On a server, or as a page in a browser.
        Web = "web",
        /// Installed on a device of the user.
        Native = "native",
    }
}

words! {
    /// How the client proves who it is at the token endpoint.
    AuthMethod {
        /// Id and secret in the `Authorization` header.
        Basic = "client_secret_basic",
        /// Id and secret in the body.
        Post = "client_secret_post",
        /// A signed assertion (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
        /// Not at all: a public client.
        None = "none",
    }
}

words! {
    /// Signature algorithm of ID tokens.
    IdTokenAlg {
        /// RSA with PKCS#1 v1.5 padding and SHA-256; what everybody understands.
        Rs256 = "RS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

words! {
    /// Which identifier of the person the client sees.
    SubjectType {
        /// The same for every client.
        Public = "public",
    }
}

words! {
    /// Whether people are asked before data is released.
    ConsentRule {
        /// They are, and the answer is remembered.
        Ask = "ask",
        /// The client belongs to the house: only when the request insists (`prompt=consent`).
        Trusted = "trusted",
    }
}

words! {
    /// When `offline_access` is granted: a refresh token that outlives the session.
    OfflineRule {
        /// Never; the scope is ignored.
        Never = "never",
        /// When the request has `prompt=consent` (OpenID Connect Core 11) and the person agrees.
        WithConsent = "with_consent",
        /// Whenever it is asked for.
        Always = "always",
    }
}

words! {
    /// Which tokens the client may introspect.
    IntrospectionRule {
        /// Those issued to it, and those whose audience it is.
        Own = "own",
        /// All; for resource servers and gateways.
        Any = "any",
    }
}

/// How the login pages look for this client; what is missing comes from the realm or the house.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Appearance {
    /// Accent colour, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// A line under the title, by language tag; the empty tag is the fallback.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub welcome: BTreeMap<String, String>,
}

/// Everything that is configured for a client, as given. Compiled into a [`Client`](super::Client) when it is loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What people read. Empty: the client id.
    pub client_name: String,
    /// The name in other languages, by language tag.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub client_names: BTreeMap<String, String>,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// How it authenticates.
    pub token_endpoint_auth_method: AuthMethod,
    /// Its public keys (RFC 7517), for `private_key_jwt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where its public keys are published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Where browsers may be sent with an answer; compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where browsers may be sent after a logout; compared byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may redeem at the token endpoint.
    pub grant_types: Vec<String>,
    /// What it may ask for at the authorization endpoint.
    pub response_types: Vec<String>,
    /// Scopes that it may be granted; others are ignored in requests.
    pub scopes: Vec<String>,
    /// Audiences of its access tokens; none: the issuer.
    pub audiences: Vec<String>,
    /// Signature algorithm of its ID tokens.
    pub id_token_signed_response_alg: IdTokenAlg,
    /// Whether an authorization request without PKCE is refused. Public clients always need it.
    pub require_pkce: bool,
    /// Which identifier of the person it sees.
    pub subject_type: SubjectType,
    /// Whether people are asked.
    pub consent: ConsentRule,
    /// When it gets refresh tokens that outlive the session.
    pub offline_access: OfflineRule,
    /// Which tokens it may introspect.
    pub introspection: IntrospectionRule,
    /// Levels asked for when a request names none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// The level that every sign-in for it must reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_acr: Option<String>,
    /// Seconds that an access token lives.
    pub access_token_lifetime: u32,
    /// Seconds that an ID token lives.
    pub id_token_lifetime: u32,
    /// Seconds after which a refresh token that is not used dies.
    pub refresh_token_idle: u32,
    /// Seconds after which a chain of refresh tokens dies, however often it is used.
    pub refresh_token_lifetime: u32,
    /// Claims taken from another attribute of the person than usual: claim name to attribute name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub claim_attributes: BTreeMap<String, String>,
    /// How its claims are filled, where that differs from the standard claims.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Rule>,
    /// Home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// How the login pages look for it.
    pub appearance: Appearance,
}

impl Default for Settings {
    fn default() -> Self {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        Self {
            client_name: String::new(),
            client_names: BTreeMap::new(),
            application_type: ApplicationType::Web,
            token_endpoint_auth_method: AuthMethod::Basic,
            jwks: None,
            jwks_uri: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: owned(&["authorization_code", "refresh_token"]),
            response_types: owned(&["code"]),
            scopes: owned(&["openid", "profile", "email", "address", "phone", "offline_access"]),
            audiences: Vec::new(),
            id_token_signed_response_alg: IdTokenAlg::Rs256,
            require_pkce: false,
            subject_type: SubjectType::Public,
            consent: ConsentRule::Ask,
            offline_access: OfflineRule::WithConsent,
            introspection: IntrospectionRule::Own,
            default_acr_values: Vec::new(),
            required_acr: None,
            access_token_lifetime: 600,
            id_token_lifetime: 600,
            refresh_token_idle: 30 * 86_400,
            refresh_token_lifetime: 180 * 86_400,
            claim_attributes: BTreeMap::new(),
            claims: Vec::new(),
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            appearance: Appearance::default(),
        }
    }
}

impl Settings {
    /// Whether the client has no credentials.
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    /// Whether it is a public native application, which may use any loopback port and a scheme of its own (RFC 8252).
    pub fn is_native(&self) -> bool {
        self.is_public() && self.application_type == ApplicationType::Native
    }

    /// Whether it authenticates with a secret.
    pub fn has_secret(&self) -> bool {
        matches!(self.token_endpoint_auth_method, AuthMethod::Basic | AuthMethod::Post)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_form_is_stable() {
        let text = serde_json::to_string(&Settings::default()).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), Settings::default());
        let given: Settings = serde_json::from_str(r#"{"redirect_uris":["https://rp.example/cb"],"consent":"trusted"}"#).unwrap();
        assert_eq!(given.consent, ConsentRule::Trusted);
        assert_eq!(given.access_token_lifetime, 600);
        assert!(serde_json::from_str::<Settings>(r#"{"redirect_uri":[]}"#).is_err());
        assert_eq!(AuthMethod::from_name("private_key_jwt"), Some(AuthMethod::PrivateKeyJwt));
        assert_eq!(AuthMethod::from_name("tls_client_auth"), None);
    }
}
