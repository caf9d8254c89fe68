//! The registry of federations: changes as parts of a batch, and look-ups of their service providers.

use std::sync::Arc;

use db::{Batch, DbError, revision};
use kernel::ids::RowId;
use kernel::{Class, Classified, Timestamp};

use super::settings::{FederationSettings, problems};
use super::store::{self, EntityRow, FederationRow, Held};
use crate::party::client::Problem;
use crate::party::source::{self, SourceProblem, State};
use crate::party::sp::{Sp, Sps};

/// Why a change of a federation was not prepared.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// What was given is wrong; all of it is listed.
    #[error("the federation is not valid: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Problem>),
    /// Its metadata cannot be had, or not be taken.
    #[error(transparent)]
    Source(#[from] SourceProblem),
    /// There is no such federation.
    #[error("there is no such federation")]
    Unknown,
    /// Somebody changed it meanwhile.
    #[error("the federation was changed meanwhile; read it again")]
    Changed,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Classified for FederationError {
    fn class(&self) -> Class {
        match self {
            Self::Invalid(_) => Class::Invalid,
            Self::Source(e) => e.class(),
            Self::Unknown => Class::NotFound,
            Self::Changed => Class::Conflict,
            Self::Db(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "federation_invalid",
            Self::Source(e) => e.code(),
            Self::Unknown => "federation_unknown",
            Self::Changed => "federation_changed",
            Self::Db(e) => e.code(),
        }
    }
}

/// A federation to be.
pub struct NewFederation {
    /// The name under which it is managed.
    pub name: String,
    /// What is configured.
    pub settings: FederationSettings,
    /// Whether its service providers may be used.
    pub enabled: bool,
}

/// A federation as administrators see it.
#[derive(Clone, Debug, PartialEq)]
pub struct FederationRecord {
    /// Its row.
    pub id: RowId,
    /// The name under which it is managed.
    pub name: String,
    /// Rises with every change of its settings.
    pub version: i64,
    /// Whether its service providers may be used.
    pub enabled: bool,
    /// What is configured.
    pub settings: FederationSettings,
    /// What is held of its metadata.
    pub held: Held,
    /// When it was added.
    pub created_at: Timestamp,
    /// When its settings were changed last.
    pub updated_at: Timestamp,
}

impl From<FederationRow> for FederationRecord {
    fn from(row: FederationRow) -> Self {
        let FederationRow { id, name, version, enabled, settings, held, created_at, updated_at } = row;
        Self { id, name, version, enabled, settings, held, created_at, updated_at }
    }
}

fn stored(name: &str, settings: &FederationSettings) -> Result<String, FederationError> {
    let found = problems(name, settings);
    if !found.is_empty() {
        return Err(FederationError::Invalid(found));
    }
    let wrong = |e: serde_json::Error| FederationError::Invalid(vec![Problem { setting: "settings", text: e.to_string() }]);
    serde_json::to_string(settings).map_err(wrong)
}

impl Sps {
    /// All federations, from the database, by name.
    ///
    /// # Errors
    /// When the database fails, or a row cannot be read.
    pub async fn federations(&self) -> Result<Vec<FederationRecord>, FederationError> {
        let rows = store::all(&self.db, &self.issuer).await?;
        rows.into_iter().map(|row| Ok(row?.into())).collect()
    }

    /// One federation, from the database.
    ///
    /// # Errors
    /// [`FederationError::Unknown`], or when the database fails.
    pub async fn federation(&self, name: &str) -> Result<FederationRecord, FederationError> {
        self.federation_row(name).await.map(FederationRecord::from)
    }

    async fn federation_row(&self, name: &str) -> Result<FederationRow, FederationError> {
        store::by_name(&self.db, &self.issuer, name).await?.ok_or(FederationError::Unknown)
    }

    /// Prepares a new federation, which has no entities before its first refresh. A taken name shows at the commit.
    ///
    /// # Errors
    /// [`FederationError`].
    pub fn add_federation(&self, batch: &mut Batch, new: NewFederation, now: Timestamp) -> Result<RowId, FederationError> {
        let settings = stored(&new.name, &new.settings)?;
        let row = FederationRow {
            id: self.new_row(now),
            name: new.name,
            version: 1,
            enabled: new.enabled,
            settings: new.settings,
            held: Held::default(),
            created_at: now,
            updated_at: now,
        };
        store::add(batch, &self.issuer, &row, settings);
        revision::bump(batch, Self::TOPIC);
        Ok(row.id)
    }

    /// Prepares other settings. `version` is the one that was read.
    ///
    /// # Errors
    /// [`FederationError`].
    pub async fn update_federation(
        &self,
        batch: &mut Batch,
        (name, version): (&str, i64),
        (settings, enabled): (FederationSettings, bool),
        now: Timestamp,
    ) -> Result<(), FederationError> {
        let mut row = self.federation_row(name).await?;
        if version != row.version {
            return Err(FederationError::Changed);
        }
        let text = stored(name, &settings)?;
        row.enabled = enabled;
        store::update(batch, &row, text, now);
        // Another place or key: what is held of the old one is looked at anew, and says nothing of when the next must be made.
        source::store::forget(batch, row.id);
        if !settings.has_source_of(&row.settings) {
            store::other_source(batch, row.id);
        }
        revision::bump(batch, Self::TOPIC);
        Ok(())
    }

    /// Prepares the end of a federation, and of all its service providers.
    ///
    /// # Errors
    /// [`FederationError::Unknown`], or when the database fails.
    pub async fn delete_federation(&self, batch: &mut Batch, name: &str) -> Result<(), FederationError> {
        let row = self.federation_row(name).await?;
        store::delete(batch, &row);
        source::store::forget(batch, row.id);
        revision::bump(batch, Self::TOPIC);
        Ok(())
    }

    /// The names of federations whose metadata is to be looked at now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn federations_due(&self, now: Timestamp) -> Result<Vec<String>, DbError> {
        let states = self.states().await?;
        let is_due = |row: &FederationRow| {
            // What a former version has read of it is read anew at once; when that fails, as often as anything that does.
            let is_stale = row.held.generation > 0 && row.held.digest.is_empty();
            let is_time = |state: &State| state.due_at <= now || (is_stale && state.failures == 0);
            row.enabled && row.settings.metadata_url.is_some() && states.get(&row.id).is_none_or(is_time)
        };
        let rows = store::all(&self.db, &self.issuer).await?;
        Ok(rows.into_iter().flatten().filter(is_due).map(|row| row.name).collect())
    }

    /// The service provider that calls itself so, also one of a federation, which is then kept at hand for [`Sps::by_entity`] and
    /// [`Sps::by_row`]. Whoever talks with a party looks it up so; at most one query, which does not depend on how large federations are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_up(&self, entity_id: &str, now: Timestamp) -> Result<Option<Arc<Sp>>, DbError> {
        let at_hand = || self.by_entity(entity_id).filter(|sp| sp.is_at_hand(now));
        if let Some(sp) = at_hand() {
            return Ok(Some(sp));
        }
        if self.snapshot.load().not_usable.contains_key(entity_id) {
            return Ok(self.by_entity(entity_id));
        }
        // What another node or the command line has registered a moment ago: nobody is told that it is not there.
        self.refresh(&revision::read(&self.db).await?).await?;
        if let Some(sp) = at_hand() {
            return Ok(Some(sp));
        }
        let snapshot = self.snapshot.load_full();
        let rows = match snapshot.federations.is_empty() {
            true => Vec::new(),
            false => store::by_entity(&self.db, &self.issuer, entity_id).await?,
        };
        let found = snapshot.keep(rows, now);
        if found.as_ref().is_none_or(|sp| !sp.is_at_hand(now)) {
            snapshot.not_usable.insert(entity_id.to_owned(), ());
        }
        Ok(found)
    }

    /// As [`Sps::look_up`], by the row.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_up_row(&self, id: RowId, now: Timestamp) -> Result<Option<Arc<Sp>>, DbError> {
        let at_hand = || self.by_row(id).filter(|sp| sp.is_at_hand(now));
        if let Some(sp) = at_hand() {
            return Ok(Some(sp));
        }
        self.refresh(&revision::read(&self.db).await?).await?;
        if let Some(sp) = at_hand() {
            return Ok(Some(sp));
        }
        let snapshot = self.snapshot.load_full();
        if snapshot.federations.is_empty() {
            return Ok(None);
        }
        let rows: Vec<EntityRow> = store::by_row(&self.db, &self.issuer, id).await?;
        Ok(snapshot.keep(rows, now))
    }
}
