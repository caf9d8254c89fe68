//! SAML service providers: what is registered, compiled once, looked up without a query.
//!
//! [`Sps`] is the registry: changes go to the database as part of the caller's batch; look-ups go to an immutable snapshot, which
//! [`Sps::reload`] replaces. A service provider has a short id, under which it is managed, and the name of its entity, by which
//! messages, policies and consents know it. To add a setting: one field in [`Settings`] and its check in `check`.

mod check;
mod metadata;
mod refresh;
mod registry;
mod settings;
mod snapshot;
mod standing;
pub(crate) mod store;

use kernel::Timestamp;
use kernel::ids::RowId;

pub use check::id_is_good;
pub(crate) use check::problems as settings_problems;
pub use metadata::{Consumer, Display, EncryptionKey, Endpoint, Metadata, MetadataProblem, Requested, Service};
pub use refresh::Refreshed;
pub(crate) use registry::compile;
pub use registry::{NewSp, SpError, SpRecord, Sps};
pub use settings::{Algorithm, AttributeName, Encrypt, NameFormat, NameIdFormat, ResponseBinding, Settings, Sign, SubjectId};
pub use standing::Standing;

use crate::claims::Mapping;
use crate::oidc::scope::Scopes;
use crate::party::client::ConsentRule;
use crate::party::federation::Release;
use crate::party::{Party, PartyKind};
use crate::saml::{PartyKey, Recipient, Way};

/// A service provider, compiled.
pub struct Sp {
    id: RowId,
    sp_id: String,
    enabled: bool,
    settings: Settings,
    metadata: Metadata,
    keys: Vec<PartyKey>,
    recipient: Option<Recipient>,
    scopes: Scopes,
    claims: Mapping,
    /// Of a federation: what its categories let it know.
    release: Option<Vec<Release>>,
}

impl Sp {
    /// Its row: the name that is never given twice.
    pub fn id(&self) -> RowId {
        self.id
    }

    /// The id under which it is managed.
    pub fn sp_id(&self) -> &str {
        &self.sp_id
    }

    /// The name of its entity.
    pub fn entity_id(&self) -> &str {
        &self.metadata.entity_id
    }

    /// Whether it may be used at this moment.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.enabled && !self.is_expired(now)
    }

    /// Whether its metadata has expired.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.metadata.valid_until.is_some_and(|until| until <= now)
    }

    /// What is configured.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it says of itself.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Keys that sign its messages.
    pub fn keys(&self) -> &[PartyKey] {
        &self.keys
    }

    /// Whom assertions are encrypted to, if they are.
    pub fn recipient(&self) -> Option<&Recipient> {
        self.recipient.as_ref()
    }

    /// Scopes whose claims become attributes.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// What of people it gets.
    pub fn claims(&self) -> &Mapping {
        &self.claims
    }

    /// Whether a look-up need not look any further. What is known of a member of a federation, and has expired, may be known anew from
    /// another.
    pub(crate) fn is_at_hand(&self, now: Timestamp) -> bool {
        self.release.is_none() || self.is_usable(now)
    }

    /// Of a service provider of a federation, the rules of the categories that it belongs to: nothing beyond them is released.
    pub fn release(&self) -> Option<&[Release]> {
        self.release.as_deref()
    }

    /// It stands in groups of which this is said.
    pub(crate) fn stands_in(&mut self, groups: &Standing) {
        self.metadata.standing = std::mem::take(&mut self.metadata.standing).within(groups);
    }

    /// It belongs to a federation, with these rules and until this moment.
    pub(crate) fn belongs_to(&mut self, rules: Vec<Release>, valid_until: Option<Timestamp>) {
        self.release = Some(rules);
        self.metadata.valid_until = valid_until;
    }

    /// Whether its requests have to be signed.
    pub fn signs_requests(&self) -> bool {
        self.metadata.requests_signed || self.settings.require_signed_requests
    }

    /// Those of these ways on which it can be answered, most wanted first. What it has to fetch, it has to sign for.
    pub fn ways(&self, of: &[Way]) -> impl Iterator<Item = Way> {
        let mut ways: Vec<Way> = of.to_vec();
        ways.retain(|way| *way != Way::Artifact || !self.keys.is_empty());
        ways.sort_by_key(|way| *way != self.settings.response_binding.way());
        ways.into_iter()
    }

    /// What people read: what is configured, or what its metadata says, in the first of the languages for which it does.
    pub fn name(&self, languages: &[String]) -> &str {
        let names = &self.metadata.display.names;
        let primary = |language: &str| names.get(language.split('-').next().unwrap_or_default());
        let localized = languages.iter().find_map(|language| names.get(language).or_else(|| primary(language)));
        match localized.or_else(|| names.get("en")).or_else(|| names.values().next()) {
            _ if !self.settings.name.is_empty() => &self.settings.name,
            Some(name) => name,
            None => self.entity_id(),
        }
    }

    /// The party as login flow, sessions, consent and policies see it.
    pub fn party(&self, languages: &[String]) -> Party {
        let display = &self.metadata.display;
        Party {
            kind: PartyKind::Saml,
            id: self.entity_id().to_owned(),
            name: self.name(languages).to_owned(),
            logo_uri: display.logo.clone(),
            policy_uri: display.privacy.clone(),
            tos_uri: None,
            home_uri: display.information.clone(),
            trusted: self.settings.consent == ConsentRule::Trusted,
        }
    }
}
