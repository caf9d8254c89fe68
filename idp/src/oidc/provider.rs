//! The assembled provider.

use std::ops::Deref;
use std::sync::Arc;

use db::{Db, WriteError};
use kernel::ids::{GrantId, PersonId, RowId};
use kernel::{Entropy, Timestamp};
use keys::MacKey;
use keys::ring::Ring;
use serde_json::Value;

use super::discovery;
use super::problem::Refusal;
use super::store::grant::{self, Grant};
use crate::party::client::published::Published;
use crate::party::client::{Client, Clients};
use crate::ports::{ClientGuesses, Event, EventKind, Events, People, Person};
use crate::session::Sessions;

/// Where the endpoints are. Absolute URLs below the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Authorization endpoint.
    pub authorization: String,
    /// Token endpoint.
    pub token: String,
    /// UserInfo endpoint.
    pub userinfo: String,
    /// JWK set.
    pub jwks: String,
    /// Introspection endpoint.
    pub introspection: String,
    /// Revocation endpoint.
    pub revocation: String,
    /// Logout endpoint.
    pub end_session: String,
}

impl Endpoints {
    /// The endpoints of an issuer, which is an origin without a slash at the end.
    pub fn of(issuer: &str) -> Self {
        let at = |path: &str| format!("{issuer}/oidc/{path}");
        Self {
            authorization: at("authorize"),
            token: at("token"),
            userinfo: at("userinfo"),
            jwks: at("jwks"),
            introspection: at("introspect"),
            revocation: at("revoke"),
            end_session: at("logout"),
        }
    }
}

/// What a provider is made of.
pub struct Parts {
    /// The issuer, as it stands in metadata and tokens.
    pub issuer: String,
    /// The name of the issuer in rows, which stays when the URL changes.
    pub issuer_name: String,
    /// Languages of the pages, as BCP 47 tags.
    pub ui_locales: Vec<String>,
    /// The database.
    pub db: Db,
    /// Chance.
    pub chance: Entropy,
    /// Signing keys.
    pub ring: Ring,
    /// The key for look-up hashes.
    pub lookup: MacKey,
    /// The client registry.
    pub clients: Clients,
    /// Keys that clients publish.
    pub published: Published,
    /// Sessions.
    pub sessions: Sessions,
    /// People.
    pub people: Arc<dyn People>,
    /// Guesses at secrets of clients.
    pub guesses: Arc<dyn ClientGuesses>,
    /// Audit and event handlers.
    pub events: Arc<dyn Events>,
}

/// The OpenID Connect provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

/// What functions of the provider see.
pub(crate) struct Inner {
    parts: Parts,
    endpoints: Endpoints,
    metadata: Value,
}

impl Deref for Provider {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}

impl Provider {
    /// Assembles the provider.
    pub fn new(mut parts: Parts) -> Self {
        parts.issuer.truncate(parts.issuer.trim_end_matches('/').len());
        let endpoints = Endpoints::of(&parts.issuer);
        let metadata = discovery::metadata(&parts.issuer, &endpoints, &parts.ui_locales);
        Self(Arc::new(Inner { parts, endpoints, metadata }))
    }

    /// The issuer, as it stands in metadata and tokens.
    pub fn issuer(&self) -> &str {
        &self.0.parts.issuer
    }

    /// Where the endpoints are.
    pub fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    /// The discovery document (OpenID Connect Discovery 1.0, RFC 8414).
    pub fn metadata(&self) -> &Value {
        &self.0.metadata
    }

    /// The public keys for ID tokens and access tokens (RFC 7517).
    pub fn jwks(&self) -> Value {
        self.ring.jwks(&[keys::ring::Use::IdToken, keys::ring::Use::AccessToken])
    }

    /// Ends what a person has let a client have: codes, access tokens, refresh tokens. For withdrawn consent. Adds to `batch`.
    pub fn end_grants(&self, batch: &mut db::Batch, person: PersonId, client_id: &str, now: Timestamp) {
        if let Some(client) = self.clients.find(client_id) {
            grant::end_person(batch, person, client.id(), now);
        }
    }

    /// Removes rows that expired more than a day ago; returns how many. For a job.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, WriteError> {
        super::store::purge::purge(&self.db, now).await
    }

    pub(crate) fn issuer_name(&self) -> &str {
        &self.0.parts.issuer_name
    }

    /// The form in which a token is stored. `kind` separates kinds of token.
    pub(crate) fn hash(&self, kind: &str, token: &str) -> String {
        self.lookup.text([kind, "\n", token].concat().as_bytes())
    }

    pub(crate) fn ids(&self) -> Ids<'_> {
        Ids(&self.chance)
    }

    /// An event about a client, to be completed.
    pub(crate) fn event(&self, kind: EventKind, client: &Client) -> Event {
        Event {
            kind,
            success: true,
            person: None,
            party: Some(client.party(&[])),
            flow: None,
            session: None,
            serial: None,
            info: String::new(),
            reasons: Vec::new(),
        }
    }

    /// The person behind a grant, if what hangs on it may still be used: the person exists, is enabled, was not reset or revoked
    /// since; and what was not granted beyond the session ends with it, whoever ended it.
    pub(crate) async fn owner(&self, grant: &Grant, now: Timestamp) -> Result<Option<Person>, Refusal> {
        if !grant.is_offline && self.sessions.by_id(grant.session, now).await?.is_none() {
            return Ok(None);
        }
        let person = self.people.person(grant.person).await?;
        Ok(person.filter(|person| person.enabled && person.auth_epoch == grant.auth_epoch))
    }
}

/// Makes identifiers.
pub(crate) struct Ids<'a>(&'a Entropy);

impl Ids<'_> {
    pub(crate) fn grant(&self, now: Timestamp) -> GrantId {
        GrantId::new(self.0, now)
    }

    pub(crate) fn row(&self, now: Timestamp) -> RowId {
        RowId::new(self.0, now)
    }
}
