//! Service providers whose metadata is published at a URL.

use std::collections::HashMap;
use std::time::Duration;

use db::{Batch, DbError, WriteError, revision};
use kernel::Timestamp;
use kernel::ids::RowId;
use kernel::outbound::Outbound;

use super::registry::{Sps, stored};
use super::{Metadata, Settings, SpRecord, store};
use crate::party::source::{self, Order, SourceProblem, State};
use crate::saml::signed;
use crate::saml::xml::Limits;

/// What a look at the metadata of a service provider found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// What is held already.
    Same,
    /// Something newer, which the batch puts in its place.
    Newer,
}

impl Sps {
    /// The client that fetches metadata.
    #[must_use]
    pub fn with_outbound(mut self, outbound: Outbound) -> Self {
        self.outbound = Some(outbound);
        self
    }

    /// Fetches the metadata at a URL; nothing in it is verified yet.
    ///
    /// # Errors
    /// [`SourceProblem`].
    pub async fn fetch(&self, url: &str) -> Result<String, SourceProblem> {
        let outbound = self.outbound.as_ref().ok_or_else(|| SourceProblem::Fault("no outbound client".to_owned()))?;
        source::fetch(outbound, url).await
    }

    /// How the looks at published metadata went, by the row of the service provider.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn states(&self) -> Result<HashMap<RowId, State>, DbError> {
        source::store::all(&self.db).await
    }

    /// The ids of service providers whose metadata is to be looked at now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<String>, DbError> {
        let states = self.states().await?;
        let is_due = |row: &store::SpRow| {
            row.enabled && row.settings.metadata_url.is_some() && states.get(&row.id).is_none_or(|state| state.due_at <= now)
        };
        let rows = store::all(&self.db, &self.issuer).await?;
        // One that cannot be read is told wherever they are loaded.
        Ok(rows.into_iter().filter_map(|(_, row)| row.ok()).filter(is_due).map(|row| row.sp_id).collect())
    }

    /// Looks at the published metadata of a service provider. What is newer is put into the batch, beside a note of how it went; when
    /// that is committed, [`Sps::reload`].
    ///
    /// # Errors
    /// [`SourceProblem`]: everything stays as it is; [`Sps::note_failure`].
    pub async fn refresh_metadata(
        &self,
        batch: &mut Batch,
        held: &SpRecord,
        order: Order,
        now: Timestamp,
    ) -> Result<Refreshed, SourceProblem> {
        let url = held.settings.metadata_url.as_deref().ok_or(SourceProblem::NoUrl)?;
        let (text, read) = accepted(&held.settings, self.fetch(url).await?, now)?;
        if read.entity_id != held.entity_id {
            return Err(SourceProblem::OtherEntity(read.entity_id));
        }
        let state = source::store::get(&self.db, held.id).await.map_err(|e| SourceProblem::Fault(e.to_string()))?;
        let is_from_there = order == Order::Kept && state.is_some_and(|state| state.fetched_at.is_some());
        // What is held and cannot be read, or is from elsewhere, has nothing that would be older.
        let made_at = Metadata::read(&held.metadata).ok().and_then(|held| held.created).filter(|_| is_from_there);
        source::in_order(read.created, made_at, now)?;
        source::store::note(batch, held.id, &good(&held.settings, &read, now));
        if text == held.metadata {
            return Ok(Refreshed::Same);
        }
        let settings = stored(&held.sp_id, &held.settings, &read).map_err(|e| SourceProblem::Unfit(e.to_string()))?;
        let row = store::SpRow { metadata: text, ..held.clone().into() };
        store::update(batch, &row, settings, now);
        revision::bump(batch, Self::TOPIC);
        Ok(Refreshed::Newer)
    }

    /// Notes that a look failed. Returns whether it failed in the same way before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_failure(&self, id: RowId, problem: &SourceProblem, now: Timestamp) -> Result<bool, WriteError> {
        let previous = source::store::get(&self.db, id).await?;
        let state = State::failed(previous.as_ref(), problem.to_string(), now);
        let known = previous.is_some_and(|previous| previous.problem == state.problem);
        let mut batch = Batch::new();
        source::store::note(&mut batch, id, &state);
        self.db.write(batch).await?;
        Ok(known)
    }
}

/// How it goes with metadata that was fetched now.
pub(super) fn good(settings: &Settings, read: &Metadata, now: Timestamp) -> State {
    let every = Duration::from_secs(settings.metadata_refresh.into());
    State::good(now, source::due(now, every, read.cache, read.valid_until))
}

/// Metadata that may be stored: signed by the pinned key, if there is one, and then reduced to what was signed; not expired, and not of
/// the future.
///
/// # Errors
/// [`SourceProblem`].
pub(super) fn accepted(settings: &Settings, text: String, now: Timestamp) -> Result<(String, Metadata), SourceProblem> {
    let text = match &settings.metadata_certificate {
        None => text,
        Some(certificate) => {
            let trimmed = text.trim_start_matches('\u{feff}');
            let verified = signed::verify(trimmed, &source::pinned(certificate)?, &Limits::ENTITY)?;
            verified.text().map_err(|e| SourceProblem::Metadata(e.into()))?
        }
    };
    let read = Metadata::read(&text)?;
    source::in_order(read.created, None, now)?;
    if read.valid_until.is_some_and(|until| until <= now) { Err(SourceProblem::Expired) } else { Ok((text, read)) }
}
