//! Issuing: access token, ID token and refresh token of a decided grant, signed, and recorded in the same commit.

use std::time::Duration;

use db::Batch;
use kernel::Timestamp;
use kernel::ids::GrantId;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Ask;
use crate::claims::{Destination, Granted};
use crate::oidc::Provider;
use crate::oidc::problem::{Fault, Refusal};
use crate::oidc::scope::{OPENID, Scopes};
use crate::oidc::signing::{AccessClaims, half_hash};
use crate::oidc::store::grant::Grant;
use crate::oidc::store::{access, refresh};
use crate::party::client::Client;
use crate::ports::{Event, EventKind, Person};

/// The answer of the token endpoint (RFC 6749 section 5.1). No `Debug`: it holds tokens.
#[derive(Clone, Serialize)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds that the access token lives.
    pub expires_in: i64,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// What was granted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

/// For whom.
pub(crate) enum Subject {
    /// A person, by a grant.
    Person(Box<Grant>, Box<Person>),
    /// The client itself.
    Client,
}

/// An ID token is wanted.
pub(crate) struct NewIdToken {
    /// Only in the first one (OpenID Connect Core 12.2).
    pub(crate) nonce: Option<String>,
}

/// A refresh token is wanted.
pub(crate) struct NewRefresh {
    pub(crate) generation: i64,
    pub(crate) expires_at: Timestamp,
}

/// What a grant decided.
pub(crate) struct Plan {
    pub(crate) subject: Subject,
    /// Scopes of this access token.
    pub(crate) scopes: Scopes,
    pub(crate) id_token: Option<NewIdToken>,
    pub(crate) refresh: Option<NewRefresh>,
    /// Guarded changes: everything that the decision rests on.
    pub(crate) batch: Batch,
}

impl Provider {
    /// Makes the tokens of a plan and adds to `batch` all that has to be stored for them.
    pub(super) async fn issue(&self, ask: &Ask<'_>, grant_name: &str, plan: Plan, batch: &mut Batch) -> Result<Tokens, Refusal> {
        let Plan { subject, scopes, id_token, refresh, batch: guarded } = plan;
        let (now, client) = (ask.origin.at, ask.client);
        batch.append(guarded);
        let (grant, person) = match subject {
            Subject::Person(grant, person) => (Some(*grant), Some(*person)),
            Subject::Client => (None, None),
        };
        let grant = grant.as_ref();
        let lifetime = Duration::from_secs(client.settings().access_token_lifetime.into());
        // No token outlives its grant.
        let expires_at = grant.map_or(now + lifetime, |grant| grant.expires_at.min(now + lifetime));
        let about = grant.zip(person.as_ref());
        let about = about.map(|(grant, person)| released(client, Destination::AccessToken, grant, &scopes, person));
        let (access_token, claims) = self.access_token(client, grant, (&scopes, about), (now, expires_at))?;
        access::add(batch, claims.jti, grant.map(|grant| grant.id), client.id(), expires_at);
        let id_token = match (id_token, grant, &person) {
            (Some(wanted), Some(grant), Some(person)) => {
                Some(self.id_token(client, (grant, &scopes, person), wanted, &access_token, now)?)
            }
            _ => None,
        };
        let refresh_token = match (refresh, grant) {
            (Some(wanted), Some(grant)) => Some(self.refresh_token(batch, grant.id, &wanted, now)),
            _ => None,
        };
        let info = format!("{grant_name}, scopes {scopes}");
        let session = grant.map(|grant| grant.session);
        let event = Event { info, session, person, ..self.event(EventKind::TokenIssued, client) };
        self.events.record(ask.origin, batch, event).await?;
        let expires_in = claims.exp - claims.iat;
        Ok(Tokens { access_token, token_type: "Bearer", expires_in, refresh_token, id_token, scope: scopes.to_string() })
    }

    fn access_token(
        &self,
        client: &Client,
        grant: Option<&Grant>,
        (scopes, about): (&Scopes, Option<Map<String, Value>>),
        (now, expires_at): (Timestamp, Timestamp),
    ) -> Result<(String, AccessClaims), Fault> {
        let mut aud = client.settings().audiences.clone();
        // UserInfo is a resource of ours.
        if aud.is_empty() || scopes.contains(OPENID) {
            aud.push(self.issuer().to_owned());
        }
        let claims = AccessClaims {
            iss: self.issuer().to_owned(),
            sub: grant.map_or_else(|| client.client_id().to_owned(), |grant| grant.person.to_string()),
            aud,
            client_id: client.client_id().to_owned(),
            iat: now.seconds(),
            exp: expires_at.seconds(),
            jti: self.ids().row(now),
            scope: scopes.to_string(),
            auth_time: grant.map(|grant| grant.auth_time.seconds()),
            acr: grant.map(|grant| grant.acr.clone()),
            amr: grant.map(|grant| grant.amr.clone()).unwrap_or_default(),
            about: about.unwrap_or_default(),
        };
        Ok((self.sign_access(&claims)?, claims))
    }

    /// The ID token: what section 2 of OpenID Connect Core names, and claims about the person only if the request or a rule of
    /// the client names them for it.
    fn id_token(
        &self,
        client: &Client,
        (grant, scopes, person): (&Grant, &Scopes, &Person),
        wanted: NewIdToken,
        access_token: &str,
        now: Timestamp,
    ) -> Result<String, Fault> {
        let settings = client.settings();
        let alg = settings.id_token_signed_response_alg;
        let mut claims = released(client, Destination::IdToken, grant, scopes, person);
        let mut set = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
        set("iss", json!(self.issuer()));
        set("sub", json!(grant.person));
        set("aud", json!(client.client_id()));
        set("exp", json!((now + Duration::from_secs(settings.id_token_lifetime.into())).seconds()));
        set("iat", json!(now.seconds()));
        set("auth_time", json!(grant.auth_time.seconds()));
        set("acr", json!(grant.acr));
        set("amr", json!(grant.amr));
        set("sid", json!(grant.sid));
        set("at_hash", json!(half_hash(alg, access_token)));
        if let Some(nonce) = wanted.nonce {
            set("nonce", json!(nonce));
        }
        self.sign_id_token(alg, &claims)
    }

    fn refresh_token(&self, batch: &mut Batch, grant: GrantId, wanted: &NewRefresh, now: Timestamp) -> String {
        let token = self.chance.token();
        refresh::add(batch, &self.hash("refresh", &token), grant, wanted.generation, now, wanted.expires_at);
        token
    }
}

/// What of a person a token says.
fn released(client: &Client, to: Destination, grant: &Grant, scopes: &Scopes, person: &Person) -> Map<String, Value> {
    let ask = Granted { scopes, named: &grant.claims, allowed: client.scopes() };
    client.claims().release(to, &ask, person)
}
