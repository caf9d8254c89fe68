//! The registry: changes as parts of a batch, look-ups from a snapshot.

use std::sync::Arc;

use arc_swap::ArcSwap;
use db::revision::{self, Held, Revisions};
use db::{Batch, Db, DbError, WriteError};
use kernel::ids::RowId;
use kernel::outbound::Outbound;
use kernel::{Class, Classified, Entropy, Timestamp};
use keys::ring::{Ring, RingError};

use super::check::{mapping, problems};
use super::refresh::{accepted, good};
use super::snapshot::Snapshot;
use super::store::{self, SpRow};
use super::{Encrypt, Metadata, MetadataProblem, ResponseBinding, Settings, Sp};
use crate::oidc::scope::Scopes;
use crate::party::client::Problem;
use crate::party::federation::{self, Federation};
use crate::party::source::{self, SourceProblem};
use crate::saml::{PartyKey, Recipient, Way};

/// Why a change of a service provider was not prepared.
#[derive(Debug, thiserror::Error)]
pub enum SpError {
    /// What was given is wrong; all of it is listed.
    #[error("the service provider is not valid: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Problem>),
    /// Its metadata cannot be used.
    #[error("the metadata is not valid: {0}")]
    Metadata(#[from] MetadataProblem),
    /// It describes another entity than the one that was registered.
    #[error("the metadata describes another entity than this service provider; add that one as a new service provider")]
    OtherEntity,
    /// What it publishes cannot be had, or not be taken.
    #[error(transparent)]
    Source(#[from] SourceProblem),
    /// There is no such service provider.
    #[error("there is no such service provider")]
    Unknown,
    /// There is one of that id or entity already.
    #[error("there is a service provider with this {0} already")]
    Exists(&'static str),
    /// Somebody changed it meanwhile.
    #[error("the service provider was changed meanwhile; read it again")]
    Changed,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<WriteError> for SpError {
    /// What a failed commit of a change means.
    fn from(error: WriteError) -> Self {
        match error {
            e if e.violates("saml_sp_name") => Self::Exists("id"),
            e if e.violates("saml_sp_entity") => Self::Exists("entityID"),
            WriteError::Guard(_) => Self::Changed,
            WriteError::Constraint(name) => Self::Db(DbError::Failed(name, "saml_sp")),
            WriteError::Db(e) => Self::Db(e),
        }
    }
}

impl Classified for SpError {
    fn class(&self) -> Class {
        match self {
            Self::Invalid(_) | Self::Metadata(_) | Self::OtherEntity => Class::Invalid,
            Self::Source(e) => e.class(),
            Self::Unknown => Class::NotFound,
            Self::Exists(_) | Self::Changed => Class::Conflict,
            Self::Db(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "sp_invalid",
            Self::Metadata(_) => "sp_metadata",
            Self::Source(e) => e.code(),
            Self::OtherEntity => "sp_metadata_other_entity",
            Self::Unknown => "sp_unknown",
            Self::Exists(_) => "sp_exists",
            Self::Changed => "sp_changed",
            Self::Db(e) => e.code(),
        }
    }
}

/// A service provider to be.
pub struct NewSp {
    /// The id under which it is managed.
    pub sp_id: String,
    /// Its metadata, as text.
    pub metadata: String,
    /// What is configured.
    pub settings: Settings,
    /// Whether it may be used at once.
    pub enabled: bool,
}

/// A service provider as administrators see it.
#[derive(Clone, Debug, PartialEq)]
pub struct SpRecord {
    /// Its row.
    pub id: RowId,
    /// The id under which it is managed.
    pub sp_id: String,
    /// The name of its entity.
    pub entity_id: String,
    /// Rises with every change; given back with the next one.
    pub version: i64,
    /// Whether it may be used.
    pub enabled: bool,
    /// What is configured.
    pub settings: Settings,
    /// Its metadata, as given.
    pub metadata: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl From<SpRow> for SpRecord {
    fn from(row: SpRow) -> Self {
        let SpRow { id, sp_id, entity_id, version, enabled, settings, metadata, created_at, updated_at } = row;
        Self { id, sp_id, entity_id, version, enabled, settings, metadata, created_at, updated_at }
    }
}

impl From<SpRecord> for SpRow {
    fn from(record: SpRecord) -> Self {
        let SpRecord { id, sp_id, entity_id, version, enabled, settings, metadata, created_at, updated_at } = record;
        Self { id, sp_id, entity_id, version, enabled, settings, metadata, created_at, updated_at }
    }
}

/// The registry of one issuer. Cheap to clone; all clones share the snapshot.
#[derive(Clone)]
pub struct Sps {
    pub(crate) db: Db,
    chance: Entropy,
    pub(crate) issuer: String,
    pub(crate) outbound: Option<Outbound>,
    pub(super) ring: Option<Ring>,
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    held: Arc<Held>,
}

impl Sps {
    /// Topic of the revision that rises with every change.
    pub(crate) const TOPIC: &str = "saml_sp";

    /// Loads the registry. `issuer` is the name of the issuer in rows (not its URL, which may change).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(db: Db, chance: Entropy, issuer: &str) -> Result<Self, DbError> {
        let held = Arc::new(Held::nothing(Self::TOPIC));
        let sps = Self { db, chance, issuer: issuer.to_owned(), outbound: None, ring: None, snapshot: Arc::default(), held };
        sps.reload().await?;
        Ok(sps)
    }

    /// Replaces the snapshot by what the database holds. One that cannot be read is left out, and logged.
    ///
    /// # Errors
    /// When the database fails; the snapshot stays as it was.
    pub async fn reload(&self) -> Result<(), DbError> {
        self.held.load(&revision::read(&self.db).await?, self.load_all()).await
    }

    /// Reloads if another node has changed something since.
    ///
    /// # Errors
    /// As [`Sps::reload`].
    pub async fn refresh(&self, revisions: &Revisions) -> Result<(), DbError> {
        self.held.refresh(revisions, self.load_all()).await
    }

    async fn load_all(&self) -> Result<(), DbError> {
        let mut snapshot = Snapshot::default();
        for (entity_id, row) in store::all(&self.db, &self.issuer).await? {
            match row.map_err(|e| e.to_string()).and_then(compile) {
                Ok(sp) => snapshot.insert(Arc::new(sp)),
                Err(problem) => {
                    tracing::error!(%problem, entity_id, "a service provider cannot be read and is not available");
                    snapshot.unreadable.insert(entity_id);
                }
            }
        }
        for row in federation::store::all(&self.db, &self.issuer).await? {
            match row {
                Ok(row) if row.enabled => snapshot.federations.push(row.into()),
                Ok(_) => {}
                Err(problem) => tracing::error!(%problem, "a federation cannot be read and is not available"),
            }
        }
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    /// A new row.
    pub(crate) fn new_row(&self, now: Timestamp) -> RowId {
        RowId::new(&self.chance, now)
    }

    /// The service provider that is managed under this id. No query.
    pub fn find(&self, sp_id: &str) -> Option<Arc<Sp>> {
        self.snapshot.load().by_name.get(sp_id).cloned()
    }

    /// The service provider that calls itself so: one that is registered, or one of a federation that was looked up lately
    /// ([`Sps::look_up`]). No query.
    pub fn by_entity(&self, entity_id: &str) -> Option<Arc<Sp>> {
        let snapshot = self.snapshot.load();
        snapshot.by_entity.get(entity_id).cloned().or_else(|| snapshot.lately.get(entity_id))
    }

    /// The service provider with this row, as [`Sps::by_entity`]. No query.
    pub fn by_row(&self, id: RowId) -> Option<Arc<Sp>> {
        let snapshot = self.snapshot.load();
        snapshot.by_row.get(&id).cloned().or_else(|| snapshot.lately_by_row.get(&id))
    }

    /// Whether any service provider, or all those of a federation, have settings like that; beside them stands whether they may be used
    /// at this moment. No query.
    pub fn any(&self, now: Timestamp, is_like_that: impl Fn(&Settings, bool) -> bool) -> bool {
        let snapshot = self.snapshot.load();
        let of_federation = |one: &Federation| is_like_that(one.parties(), one.is_usable(now));
        snapshot.by_row.values().any(|sp| is_like_that(&sp.settings, sp.is_usable(now)))
            || snapshot.federations.iter().any(of_federation)
    }

    /// One service provider, from the database.
    ///
    /// # Errors
    /// [`SpError::Unknown`], or when the database fails.
    pub async fn get(&self, sp_id: &str) -> Result<SpRecord, SpError> {
        self.row(sp_id).await.map(SpRecord::from)
    }

    /// All service providers, from the database, by id.
    ///
    /// # Errors
    /// When the database fails, or a row cannot be read.
    pub async fn list(&self) -> Result<Vec<SpRecord>, SpError> {
        let rows = store::all(&self.db, &self.issuer).await?;
        rows.into_iter().map(|(_, row)| Ok(row?.into())).collect()
    }

    async fn row(&self, sp_id: &str) -> Result<SpRow, SpError> {
        store::by_name(&self.db, &self.issuer, sp_id).await?.ok_or(SpError::Unknown)
    }

    /// Keys with which answers are signed: those that few parties want are made when the first is set to one.
    #[must_use]
    pub fn with_ring(mut self, ring: Ring) -> Self {
        self.ring = Some(ring);
        self
    }

    /// Sees to it that there is a key for what these settings say.
    ///
    /// # Errors
    /// [`RingError`].
    pub async fn provide_key(&self, settings: &Settings) -> Result<(), RingError> {
        match &self.ring {
            Some(ring) => ring.provide(settings.signature_algorithm.into()).await,
            None => Ok(()),
        }
    }

    /// Prepares a new one. When the batch is committed, [`Sps::reload`].
    ///
    /// # Errors
    /// [`SpError`]. A taken id or entity shows at the commit: [`SpError::from`] its error.
    pub fn add(&self, batch: &mut Batch, new: NewSp, now: Timestamp) -> Result<RowId, SpError> {
        let (metadata, read) = accepted(&new.settings, new.metadata, now)?;
        let settings = stored(&new.sp_id, &new.settings, &read)?;
        let state = good(&new.settings, &read, now);
        let row = SpRow {
            id: RowId::new(&self.chance, now),
            sp_id: new.sp_id,
            entity_id: read.entity_id,
            version: 1,
            enabled: new.enabled,
            settings: new.settings,
            metadata,
            created_at: now,
            updated_at: now,
        };
        store::add(batch, &self.issuer, &row, settings);
        if row.settings.metadata_url.is_some() {
            source::store::note(batch, row.id, &state);
        }
        revision::bump(batch, Self::TOPIC);
        Ok(row.id)
    }

    /// Prepares other settings, and other metadata if some are given. `version` is the one that was read.
    ///
    /// # Errors
    /// [`SpError`]; a change by somebody else shows here or at the commit.
    pub async fn update(
        &self,
        batch: &mut Batch,
        (sp_id, version): (&str, i64),
        (settings, enabled): (Settings, bool),
        metadata: Option<String>,
        now: Timestamp,
    ) -> Result<(), SpError> {
        let mut row = self.row(sp_id).await?;
        if version != row.version {
            return Err(SpError::Changed);
        }
        let read = match metadata {
            Some(metadata) => {
                let (metadata, read) = accepted(&settings, metadata, now)?;
                // Names and consents hang on it: another entity is another service provider.
                if read.entity_id != row.entity_id {
                    return Err(SpError::OtherEntity);
                }
                row.metadata = metadata;
                if settings.metadata_url.is_some() {
                    source::store::note(batch, row.id, &good(&settings, &read, now));
                }
                read
            }
            None => {
                if !settings.has_source_of(&row.settings) {
                    // What is held comes from elsewhere than what comes next.
                    source::store::forget(batch, row.id);
                }
                Metadata::read(&row.metadata)?
            }
        };
        let text = stored(sp_id, &settings, &read)?;
        row.enabled = enabled;
        store::update(batch, &row, text, now);
        revision::bump(batch, Self::TOPIC);
        Ok(())
    }

    /// Prepares the end of a service provider.
    ///
    /// # Errors
    /// [`SpError::Unknown`], or when the database fails.
    pub async fn delete(&self, batch: &mut Batch, sp_id: &str) -> Result<SpRecord, SpError> {
        let row = self.row(sp_id).await?;
        store::delete(batch, &row);
        source::store::forget(batch, row.id);
        revision::bump(batch, Self::TOPIC);
        Ok(row.into())
    }
}

/// A service provider, compiled.
///
/// # Errors
/// Says why it cannot be used.
pub(crate) fn compile(row: SpRow) -> Result<Sp, String> {
    let named = |problem: &str| format!("{}: {problem}", row.sp_id);
    let metadata = Metadata::read(&row.metadata).map_err(|e| named(&e.to_string()))?;
    let claims = mapping(&row.settings).map_err(|problems| named(&problems.join("; ")))?;
    let keys: Result<Vec<PartyKey>, String> = metadata.signing.iter().map(|der| PartyKey::read(der)).collect();
    let keys = keys.map_err(|problem| named(&format!("a certificate {problem}")))?;
    let recipient = match row.settings.encrypt {
        Encrypt::Never => None,
        Encrypt::WhenPossible | Encrypt::Always => Recipient::of(&metadata.encryption, row.settings.allow_cbc),
    };
    // A key that cannot be used must not count as none: then nothing would be encrypted, unnoticed.
    let wanted = match row.settings.encrypt {
        Encrypt::Never => false,
        Encrypt::WhenPossible => !metadata.encryption.is_empty(),
        Encrypt::Always => true,
    };
    if recipient.is_none() && wanted {
        return Err(named("the metadata has no key that assertions could be encrypted to"));
    }
    if recipient.as_ref().is_some_and(Recipient::is_cbc) {
        tracing::warn!(
            sp = row.sp_id,
            "assertions are encrypted with AES-CBC, which does not notice changes: have the party offer AES-GCM"
        );
    }
    let mut scopes = Scopes::default();
    row.settings.scopes.iter().for_each(|scope| scopes.insert(scope));
    let SpRow { id, sp_id, enabled, settings, .. } = row;
    Ok(Sp { id, sp_id, enabled, settings, metadata, keys, recipient, scopes, claims, release: None })
}

/// The settings as they are stored, if they are good and fit the metadata.
///
/// # Errors
/// [`SpError::Invalid`].
pub(super) fn stored(sp_id: &str, settings: &Settings, metadata: &Metadata) -> Result<String, SpError> {
    let mut problems = problems(sp_id, settings);
    let wanted = match settings.encrypt {
        Encrypt::Never => false,
        // A key that cannot be used must not count as none: then nothing would be encrypted, unnoticed.
        Encrypt::WhenPossible => !metadata.encryption.is_empty(),
        Encrypt::Always => true,
    };
    if wanted && Recipient::of(&metadata.encryption, settings.allow_cbc).is_none() {
        let text = "the metadata has no key that assertions could be encrypted to with AES-GCM and RSA-OAEP".to_owned();
        problems.push(Problem { setting: "encrypt", text });
    }
    let fetches = !metadata.signing.is_empty() && metadata.default_of(Way::Artifact).is_some();
    if settings.response_binding == ResponseBinding::Artifact && !fetches {
        let text = "the metadata has no AssertionConsumerService for artifacts, or no key to sign for them with".to_owned();
        problems.push(Problem { setting: "response_binding", text });
    }
    if settings.ecp && metadata.default_of(Way::Paos).is_none() {
        let text = "the metadata has no AssertionConsumerService with the binding PAOS".to_owned();
        problems.push(Problem { setting: "ecp", text });
    }
    if settings.attribute_query && metadata.signing.is_empty() {
        let text = "the metadata has no key to sign queries with".to_owned();
        problems.push(Problem { setting: "attribute_query", text });
    }
    if settings.only_by_query && !settings.attribute_query {
        let text = "attributes would never be told: it may not ask for them (attribute_query)".to_owned();
        problems.push(Problem { setting: "only_by_query", text });
    }
    if !problems.is_empty() {
        return Err(SpError::Invalid(problems));
    }
    serde_json::to_string(settings).map_err(|e| SpError::Invalid(vec![Problem { setting: "settings", text: e.to_string() }]))
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
