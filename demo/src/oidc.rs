//! The conversation with the provider, on the `openidconnect` crate.

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreUserInfoClaims};
use openidconnect::{
    AccessToken, AsyncHttpClient, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse,
};
use url::Url;

use crate::state::{Pending, SignedIn};

/// The identity provider, discovered anew for each sign-in so that it may restart or rotate its keys at any time.
pub(crate) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    home: PostLogoutRedirectUrl,
    http: Http,
}

struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = openidconnect::HttpClientError<reqwest::Error>;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(Box::new)?;
            let response = self.0.execute(request).await.map_err(Box::new)?;
            let mut builder = axum::http::Response::builder().status(response.status());
            for (name, value) in response.headers() {
                builder = builder.header(name, value);
            }
            let body = response.bytes().await.map_err(Box::new)?.to_vec();
            builder.body(body).map_err(openidconnect::HttpClientError::Http)
        })
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(e) = cause {
        text = format!("{text}: {e}");
        cause = e.source();
    }
    text
}

impl Provider {
    /// A provider that is not spoken to yet.
    ///
    /// # Errors
    /// When a URL is none.
    #[allow(clippy::disallowed_methods, reason = "an application of its own, outside the provider's guarded client")]
    pub(crate) fn new(issuer: &str, client: &str, secret: Option<String>, url: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let base = url.trim_end_matches('/');
        // Redirects of the provider are never followed: its endpoints answer themselves.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self {
            issuer: IssuerUrl::new(issuer.to_owned())?,
            client_id: ClientId::new(client.to_owned()),
            secret: secret.map(ClientSecret::new),
            redirect: RedirectUrl::new(format!("{base}/callback"))?,
            home: PostLogoutRedirectUrl::new(format!("{base}/"))?,
            http: Http(http),
        })
    }

    async fn discover(&self) -> Result<ProviderMetadataWithLogout, String> {
        ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http).await.map_err(|e| chain(&e))
    }

    /// The URL to send the browser to, and what to remember until it comes back.
    ///
    /// # Errors
    /// A sentence for the person when the provider does not answer.
    pub(crate) async fn authorize(
        &self,
        scopes: &[String],
        acr: Option<&str>,
        prompt: Option<&str>,
    ) -> Result<(Url, Pending), String> {
        let metadata = self.discover().await?;
        let client = CoreClient::from_provider_metadata(metadata, self.client_id.clone(), self.secret.clone())
            .set_redirect_uri(self.redirect.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge)
            .add_scopes(scopes.iter().cloned().map(Scope::new));
        if let Some(acr) = acr {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.to_owned()));
        }
        if let Some(prompt) = prompt {
            request = request.add_extra_param("prompt", prompt);
        }
        let (url, state, nonce) = request.url();
        Ok((url, Pending { state: state.secret().clone(), nonce, verifier }))
    }

    /// Redeems a code, verifies the ID token and asks for the person's claims.
    ///
    /// # Errors
    /// A sentence that says what did not hold.
    pub(crate) async fn redeem(&self, code: String, pending: Pending) -> Result<SignedIn, String> {
        let metadata = self.discover().await?;
        let client = CoreClient::from_provider_metadata(metadata, self.client_id.clone(), self.secret.clone())
            .set_redirect_uri(self.redirect.clone());
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|e| chain(&e))?
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await
            .map_err(|e| chain(&e))?;
        let id_token: &CoreIdToken = tokens.id_token().ok_or("The provider sent no ID token.")?;
        let claims = id_token.claims(&client.id_token_verifier(), &pending.nonce).map_err(|e| chain(&e))?;
        let subject = claims.subject().clone();
        let access: AccessToken = tokens.access_token().clone();
        let userinfo: CoreUserInfoClaims = client
            .user_info(access, Some(subject))
            .map_err(|e| chain(&e))?
            .request_async(&self.http)
            .await
            .map_err(|e| chain(&e))?;
        let raw = id_token.to_string();
        Ok(SignedIn {
            claims: payload(&raw).ok_or("The ID token cannot be read.")?,
            userinfo: serde_json::to_value(&userinfo).map_err(|e| e.to_string())?,
            id_token: raw,
        })
    }

    /// Where to send the browser to end the session at the provider.
    ///
    /// # Errors
    /// A sentence for the person when the provider does not answer or offers no logout.
    pub(crate) async fn logout_url(&self, id_token: Option<String>) -> Result<Url, String> {
        let metadata = self.discover().await?;
        let endpoint = metadata.additional_metadata().end_session_endpoint.clone();
        let endpoint = endpoint.ok_or("The provider offers no logout.")?;
        let mut request =
            LogoutRequest::from(endpoint).set_client_id(self.client_id.clone()).set_post_logout_redirect_uri(self.home.clone());
        if let Some(token) = id_token.and_then(|t| t.parse::<CoreIdToken>().ok()) {
            request = request.set_id_token_hint(&token);
        }
        Ok(request.http_get_url())
    }
}

/// The payload of a JWT whose signature has been verified already, with every member it has.
fn payload(jwt: &str) -> Option<serde_json::Value> {
    use base64::Engine;
    let middle = jwt.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(middle).ok()?;
    serde_json::from_slice(&bytes).ok()
}
