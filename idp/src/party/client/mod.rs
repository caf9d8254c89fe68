//! OpenID Connect clients: what is registered, compiled once, looked up without a query.
//!
//! [`Clients`] is the registry: changes go to the database as part of the caller's batch; look-ups go to an immutable
//! snapshot, which [`Clients::reload`] replaces. To add a setting: one field in [`Settings`] and its check in `check`.

pub mod check;
pub mod jwks;
pub mod published;
pub mod redirect;
mod registry;
mod secret;
mod settings;
pub(crate) mod store;

use kernel::ids::RowId;
use kernel::{SecretText, Timestamp};

pub use check::Problem;
pub use registry::{Added, ClientError, ClientRecord, Clients, GivenSecret, NewClient};
pub use secret::SHORTEST as SHORTEST_SECRET;
pub use settings::{
    Appearance, ApplicationType, AuthMethod, ConsentRule, IdTokenAlg, IntrospectionRule, OfflineRule, Settings, SubjectType,
};

use crate::claims::Mapping;
use crate::oidc::scope::Scopes;
use crate::party::{Party, PartyKind};
use secret::Secrets;

/// A client, compiled.
pub struct Client {
    id: RowId,
    client_id: String,
    enabled: bool,
    settings: Settings,
    scopes: Scopes,
    claims: Mapping,
    secrets: Secrets,
    keys: Option<jwks::KeySet>,
}

impl Client {
    /// Its row: the name that is never given twice.
    pub fn id(&self) -> RowId {
        self.id
    }

    /// Its public name.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether it may be used.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// What is configured.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Scopes that it may be granted.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// What of people it gets.
    pub fn claims(&self) -> &Mapping {
        &self.claims
    }

    /// Keys that were registered with it.
    pub fn keys(&self) -> Option<&jwks::KeySet> {
        self.keys.as_ref()
    }

    /// What people read, in the first of the languages for which there is a name; `de` will do for `de-AT`.
    pub fn name(&self, languages: &[String]) -> &str {
        let names = &self.settings.client_names;
        let primary = |language: &str| names.get(language.split('-').next().unwrap_or_default());
        let localized = languages.iter().find_map(|language| names.get(language).or_else(|| primary(language)));
        let name = localized.unwrap_or(&self.settings.client_name);
        if name.is_empty() { &self.client_id } else { name }
    }

    /// Whether it may use this grant.
    pub fn may(&self, grant: &str) -> bool {
        self.settings.grant_types.iter().any(|g| g == grant)
    }

    /// Whether browsers may be sent to `uri` with an answer.
    pub fn allows_redirect(&self, uri: &str) -> bool {
        let any_port = self.settings.is_native();
        self.settings.redirect_uris.iter().any(|registered| redirect::matches(registered, uri, any_port))
    }

    /// Whether browsers may be sent to `uri` after a logout.
    pub fn allows_post_logout(&self, uri: &str) -> bool {
        let any_port = self.settings.is_native();
        self.settings.post_logout_redirect_uris.iter().any(|registered| redirect::matches(registered, uri, any_port))
    }

    /// Whether `secret` is one of its secrets at this moment.
    pub fn accepts_secret(&self, secret: &SecretText, now: Timestamp) -> bool {
        self.secrets.accept(secret, now)
    }

    /// The client as login flow, sessions, consent and policies see it.
    pub fn party(&self, languages: &[String]) -> Party {
        Party {
            kind: PartyKind::Oidc,
            id: self.client_id.clone(),
            name: self.name(languages).to_owned(),
            logo_uri: self.settings.logo_uri.clone(),
            policy_uri: self.settings.policy_uri.clone(),
            tos_uri: self.settings.tos_uri.clone(),
            home_uri: self.settings.client_uri.clone(),
            trusted: self.settings.consent == ConsentRule::Trusted,
        }
    }
}
