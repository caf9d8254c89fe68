//! Client authentication (RFC 6749 section 2.3, RFC 7523): who calls the token, introspection and revocation endpoints.
//!
//! Outward every failure is the same `invalid_client`; the log tells them apart. Guesses at secrets are counted by the port
//! [`ClientGuesses`](crate::ports::ClientGuesses). An assertion is spent in the same commit as
//! what it was sent for.

mod assertion;
mod presented;
mod problem;

use std::sync::Arc;

use audit::Origin;
use db::{Batch, WriteError};
use kernel::SecretText;
use serde_json::{Map, Value};

pub use problem::ClientProblem;

use super::Provider;
use super::params::Params;
use super::problem::{Refusal, Scheme};
use super::store::assertion as spent;
use crate::party::client::jwks::{Compact, JwtError};
use crate::party::client::{AuthMethod, Client};
use crate::ports::{ClientGuess, Event, EventKind, Permit};
use presented::Presented;

/// What a client sends besides the query: the header `Authorization` and the form in the body.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Where the call comes from.
    pub origin: &'a Origin,
    /// The header `Authorization`, if there is one.
    pub authorization: Option<&'a str>,
    /// The form.
    pub params: &'a Params,
}

/// A client that is known, and what has to be stored for it to stay so.
pub(crate) struct Known {
    pub(crate) client: Arc<Client>,
    /// The assertion that is spent by this call, if it came with one.
    pub(crate) batch: Batch,
}

fn refused(internal: impl Into<String>) -> Refusal {
    Refusal::from(ClientProblem::Refused).because(internal.into()).with(Scheme::Basic)
}

/// What a failed commit means for a call whose batch holds a spent assertion.
pub(crate) fn commit_error(error: WriteError) -> Refusal {
    if error.violates(spent::ONCE) { refused("the assertion was used before") } else { error.into() }
}

impl Provider {
    /// Finds out which client calls. `endpoint` is the URL that was called, one of the audiences of assertions.
    ///
    /// # Errors
    /// [`ClientProblem`] as [`Refusal`].
    pub(crate) async fn identify(&self, call: Call<'_>, endpoint: &str) -> Result<Known, Refusal> {
        let presented = Presented::read(call.authorization, call.params).map_err(|problem| match problem {
            ClientProblem::Missing | ClientProblem::Refused => Refusal::from(problem).with(Scheme::Basic),
            other => other.into(),
        })?;
        match presented {
            Presented::Secret { client_id, secret, method } => self.by_secret(call.origin, &client_id, &secret, method).await,
            Presented::Public { client_id } => match self.client(&client_id, AuthMethod::None) {
                Ok(client) => Ok(Known { client, batch: Batch::new() }),
                Err(why) => Err(refused(why)),
            },
            Presented::Assertion { client_id, jwt } => self.by_assertion(call.origin, client_id, &jwt, endpoint).await,
        }
    }

    fn client(&self, client_id: &str, method: AuthMethod) -> Result<Arc<Client>, &'static str> {
        let client = self.clients.find(client_id).ok_or("there is no such client")?;
        match client.settings().token_endpoint_auth_method {
            _ if !client.is_enabled() => Err("the client is disabled"),
            registered if registered != method => Err("the client is registered for another method"),
            _ => Ok(client),
        }
    }

    async fn by_secret(
        &self,
        origin: &Origin,
        client_id: &str,
        secret: &SecretText,
        method: AuthMethod,
    ) -> Result<Known, Refusal> {
        let client = self.client(client_id, method);
        let right = client.as_ref().is_ok_and(|client| client.accepts_secret(secret, origin.at));
        let mut batch = Batch::new();
        let guess = ClientGuess { client_id, known: client.is_ok(), right };
        if let Permit::Limited { .. } = self.guesses.count(origin, guess, &mut batch).await? {
            return Err(refused("too many wrong secrets"));
        }
        let why = match client {
            Ok(client) if right => return Ok(Known { client, batch }),
            Ok(client) => {
                let why = "the secret is wrong";
                let event = Event { success: false, info: why.to_owned(), ..self.event(EventKind::ClientRefused, &client) };
                self.events.record(origin, &mut batch, event).await?;
                why
            }
            Err(why) => why,
        };
        self.db.write(batch).await?;
        Err(refused(why))
    }

    async fn by_assertion(
        &self,
        origin: &Origin,
        client_id: Option<String>,
        jwt: &str,
        endpoint: &str,
    ) -> Result<Known, Refusal> {
        let unread = Compact::parse(jwt).map_err(|e| refused(e.to_string()))?;
        let named = unread.claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        if client_id.is_some_and(|client_id| client_id != named) {
            return Err(refused("client_id and assertion name different clients"));
        }
        let client = self.client(&named, AuthMethod::PrivateKeyJwt).map_err(refused)?;
        let claims = self.verify_assertion(&client, jwt, origin).await.map_err(|why| refused(why.to_string()))?;
        let audiences = [self.issuer(), &self.endpoints().token, endpoint];
        let once = assertion::check(&claims, client.client_id(), &audiences, origin.at).map_err(refused)?;
        let hash = self.hash("assertion", &format!("{}\n{}", client.id(), once.jti));
        let mut batch = Batch::new();
        spent::add(&mut batch, self.ids().row(origin.at), &hash, once.until);
        Ok(Known { client, batch })
    }

    /// Verifies with the registered keys, or with those that the client publishes; an unknown key makes us look again.
    async fn verify_assertion(&self, client: &Client, jwt: &str, origin: &Origin) -> Result<Map<String, Value>, JwtError> {
        if let Some(keys) = client.keys() {
            return keys.verify(jwt);
        }
        let Some(uri) = &client.settings().jwks_uri else { return Err(JwtError::UnknownKey) };
        let known = self.published.get(uri, origin.at, false).await;
        match known.as_ref().map(|keys| keys.verify(jwt)) {
            None | Some(Err(JwtError::UnknownKey)) => {}
            Some(verdict) => return verdict,
        }
        let newer = self.published.get(uri, origin.at, true).await.ok_or(JwtError::UnknownKey)?;
        newer.verify(jwt)
    }
}
