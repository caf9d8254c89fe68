//! The introspection endpoint (RFC 7662): what a token stands for, for clients that authenticate and may know.

use db::Batch;
use serde_json::{Map, Value, json};

use super::Provider;
use super::client_auth::{Call, ClientProblem, commit_error};
use super::problem::{Refusal, Scheme};
use super::store::refresh;
use super::token::TokenProblem;
use crate::party::client::{Client, IntrospectionRule};

/// All that is said of a token that is not good, not known, or not for the asking client to know.
fn inactive() -> Map<String, Value> {
    Map::from_iter([("active".to_owned(), json!(false))])
}

impl Provider {
    /// Answers the introspection endpoint.
    ///
    /// # Errors
    /// [`ClientProblem`] when the client is not known or has no credentials, [`TokenProblem`] when no token is sent.
    pub async fn introspect(&self, call: Call<'_>) -> Result<Map<String, Value>, Refusal> {
        let known = self.identify(call, &self.endpoints().introspection).await?;
        if known.client.settings().is_public() {
            let why = "introspection needs a client that authenticates";
            return Err(Refusal::from(ClientProblem::Refused).because(why).with(Scheme::Basic));
        }
        self.commit_assertion(known.batch).await?;
        let token = call.params.get("token")?.ok_or(TokenProblem::ParameterMissing)?;
        if let Some(answer) = self.introspect_access(&known.client, token, call).await? {
            return Ok(answer);
        }
        Ok(self.introspect_refresh(&known.client, token, call).await?.unwrap_or_else(inactive))
    }

    pub(crate) async fn commit_assertion(&self, batch: Batch) -> Result<(), Refusal> {
        self.db.write(batch).await.map(drop).map_err(commit_error)
    }

    async fn introspect_access(
        &self,
        client: &Client,
        token: &str,
        call: Call<'_>,
    ) -> Result<Option<Map<String, Value>>, Refusal> {
        let Some(live) = self.live_access(token, call.origin).await? else { return Ok(None) };
        let claims = live.claims;
        let own = claims.client_id == client.client_id() || claims.aud.iter().any(|aud| aud == client.client_id());
        if !own && client.settings().introspection != IntrospectionRule::Any {
            return Ok(None);
        }
        let Ok(Value::Object(mut answer)) = serde_json::to_value(&claims) else { return Ok(None) };
        answer.insert("active".to_owned(), json!(true));
        answer.insert("token_type".to_owned(), json!("Bearer"));
        if let Some((_, person)) = live.owner {
            answer.insert("username".to_owned(), json!(person.login));
        }
        Ok(Some(answer))
    }

    /// Refresh tokens are shown to their own client alone.
    async fn introspect_refresh(
        &self,
        client: &Client,
        token: &str,
        call: Call<'_>,
    ) -> Result<Option<Map<String, Value>>, Refusal> {
        let now = call.origin.at;
        let Some((token, grant)) = refresh::by_hash(&self.db, &self.hash("refresh", token)).await? else { return Ok(None) };
        let good = token.used_at.is_none() && token.dead_at.is_none() && now < token.expires_at && grant.is_good(now);
        if !good || grant.client != client.id() || self.owner(&grant, now).await?.is_none() {
            return Ok(None);
        }
        let answer = json!({
            "active": true,
            "iss": self.issuer(),
            "client_id": client.client_id(),
            "sub": grant.person,
            "scope": grant.scopes.to_string(),
            "exp": token.expires_at.seconds(),
        });
        Ok(answer.as_object().cloned())
    }
}
