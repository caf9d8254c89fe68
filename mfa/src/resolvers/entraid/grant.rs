//! The client credentials grant: with a secret, or with an assertion that a certificate's key signs (RFC 7523).

use async_trait::async_trait;
use kernel::outbound::Outbound;
use kernel::{Clock, Entropy, SecretText};
use keys::assertion::{self, ClientKey};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::resolvers::web::request::Prepared;
use crate::resolvers::web::token::{Grant, Granted, fetch};
use crate::resolvers::{Env, ParamValues, ResolverError};

/// How long an assertion holds, in seconds.
const ASSERTION: i64 = 300;

/// What the application proves itself by.
pub(super) enum Credential {
    Secret(SecretText),
    Certificate(ClientKey),
}

#[derive(Deserialize)]
struct Certificate {
    private_key_file: String,
    #[serde(default)]
    private_key_password: Option<SecretText>,
    certificate_fingerprint: String,
}

impl Credential {
    /// Reads the parameters, and the file with the key.
    ///
    /// # Errors
    /// Names the parameter that is wrong.
    pub(super) fn read(params: &ParamValues) -> Result<Self, ResolverError> {
        let wrong = |what: String| ResolverError::Parameters(what);
        match params.text("client_credential_type").trim().to_ascii_lowercase().as_str() {
            "secret" if params.text("client_secret").is_empty() => Err(wrong("client_secret: the secret is needed".to_owned())),
            "secret" => Ok(Self::Secret(SecretText::new(params.text("client_secret")))),
            "certificate" => {
                let text = params.text("client_certificate");
                let written: Certificate = serde_json::from_str(text).map_err(|_| {
                    wrong(
                        "client_certificate: a JSON object with private_key_file and certificate_fingerprint is needed"
                            .to_owned(),
                    )
                })?;
                let password = written.private_key_password.filter(|password| !password.is_empty());
                let key = ClientKey::read(&written.private_key_file, password.as_ref(), &written.certificate_fingerprint);
                Ok(Self::Certificate(key.map_err(|e| wrong(format!("client_certificate: {e}")))?))
            }
            other => Err(wrong(format!("client_credential_type: `{other}` is not known: secret and certificate are"))),
        }
    }
}

/// How the application gets its tokens.
pub(super) struct ClientGrant {
    url: String,
    client: String,
    scope: String,
    credential: Credential,
    clock: Clock,
    chance: Entropy,
}

impl ClientGrant {
    /// Tokens of an authority, for the API at this origin.
    ///
    /// # Errors
    /// When the authority is no URL.
    pub(super) fn new(
        authority: &str,
        client: &str,
        api: &str,
        credential: Credential,
        env: &Env,
    ) -> Result<Self, ResolverError> {
        let wrong = |what: &str| ResolverError::Parameters(what.to_owned());
        let parsed =
            url::Url::parse(authority).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none());
        if parsed.is_none_or(|url| !url.username().is_empty()) {
            return Err(wrong("authority: a URL is needed"));
        }
        if client.is_empty() {
            return Err(wrong("client_id: the id of the application is needed"));
        }
        let (clock, chance) = (env.clock.clone(), env.chance.clone());
        let (url, scope) = (format!("{authority}/oauth2/v2.0/token"), format!("{api}/.default"));
        Ok(Self { url, client: client.to_owned(), scope, credential, clock, chance })
    }

    fn assertion(&self, key: &ClientKey) -> Result<SecretText, ResolverError> {
        let now = self.clock.now().seconds();
        let claims = json!({
            "aud": self.url, "iss": self.client, "sub": self.client, "jti": self.chance.token(),
            "nbf": now, "iat": now, "exp": now + ASSERTION,
        });
        let claims: Map<String, Value> = claims.as_object().cloned().unwrap_or_default();
        assertion::sign(key, &claims).map_err(|e| ResolverError::Internal(e.to_string()))
    }
}

#[async_trait]
impl Grant for ClientGrant {
    async fn ask(&self, out: &Outbound) -> Result<Granted, ResolverError> {
        let field = |name: &str, value: &str| (name.to_owned(), SecretText::new(value));
        let mut fields =
            vec![field("grant_type", "client_credentials"), field("client_id", &self.client), field("scope", &self.scope)];
        match &self.credential {
            Credential::Secret(secret) => fields.push(field("client_secret", secret.expose())),
            Credential::Certificate(key) => {
                fields.push(field("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
                fields.push(("client_assertion".to_owned(), self.assertion(key)?));
            }
        }
        Granted::bearer(&fetch(out, &Prepared::form(&self.url, &fields)).await?)
    }
}
