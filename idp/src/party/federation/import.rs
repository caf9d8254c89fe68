//! From the document of a federation to rows: verified whole, then cut into entities, a few at a time.

use std::collections::HashSet;
use std::time::Duration;

use data_encoding::HEXLOWER;
use db::lease::Lease;
use db::{Batch, DbError, WriteError, revision};
use kernel::Timestamp;
use kernel::ids::RowId;
use kernel::outbound::Tuning;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::entity::row_id;
use super::registry::FederationRecord;
use super::settings::{ANY_NAME, FederationSettings, is_name};
use super::store::{self, EntityRow, Held};
use crate::party::source::{self, Order, SourceProblem, State};
use crate::party::sp::{Metadata, MetadataProblem, Sps};
use crate::saml::signed::{self, About, Entity};
use crate::saml::time;
use crate::saml::xml::{Limits, XmlError};

/// Entities that are written at a time: few enough that nobody waits for them.
const AT_A_TIME: usize = 50;
/// Who imports a federation has so long; then another may begin.
const HELD: Duration = Duration::from_secs(900);
/// A federation is fetched within this time.
const TIMEOUT: Duration = Duration::from_secs(300);

/// What a refresh found.
#[derive(Debug)]
pub enum Imported {
    /// The document that is held already.
    Same,
    /// Another one: its entities are written, and the batch makes them count. The lease is to be given up after that.
    Newer(Held, Lease),
}

/// What was counted while entities were cut.
#[derive(Default)]
struct Counted {
    entities: i64,
    services: i64,
    unreadable: i64,
}

/// What the reading side says: rows in portions, then how it ended.
enum Piece {
    Rows(Vec<EntityRow>),
    End(Result<(About, Counted), SourceProblem>),
}

fn fault(error: impl std::fmt::Display) -> SourceProblem {
    SourceProblem::Fault(error.to_string())
}

/// From now on what this document calls itself is expected, where nothing is: one key may sign several documents.
fn learn(batch: &mut Batch, federation: &FederationRecord, name: Option<String>) -> Result<(), SourceProblem> {
    let settings = &federation.settings;
    let Some(name) = name.filter(|name| settings.metadata_name.is_none() && is_name(name) && name != ANY_NAME) else {
        return Ok(());
    };
    let settings = FederationSettings { metadata_name: Some(name), ..settings.clone() };
    let text = serde_json::to_string(&settings).map_err(fault)?;
    store::learned(batch, (federation.id, federation.version), text);
    Ok(())
}

impl Sps {
    /// Fetches the document of a federation.
    ///
    /// # Errors
    /// [`SourceProblem`].
    pub async fn fetch_federation(&self, url: &str) -> Result<String, SourceProblem> {
        let outbound = self.outbound.as_ref().ok_or_else(|| fault("no outbound client"))?;
        let tuning = Tuning { timeout: Some(TIMEOUT), max_body: Some(Limits::FEDERATION.bytes()), ..Tuning::default() };
        source::fetch(&outbound.tuned(tuning).map_err(fault)?, url).await
    }

    /// Verifies the document of a federation and writes its entities under a new generation, which the batch then makes the one that
    /// counts, beside a note of how it went. When that is committed: [`Sps::reload`] and [`Sps::tidy_federation`].
    ///
    /// # Errors
    /// [`SourceProblem`]: what was held is held as before; [`Sps::note_failure`].
    pub async fn import_federation(
        &self,
        batch: &mut Batch,
        federation: &FederationRecord,
        (document, order): (String, Order),
        now: Timestamp,
    ) -> Result<Imported, SourceProblem> {
        let (name, holder) = (format!("saml_federation {}", federation.id), self.new_row(now).to_string());
        let lease = Lease::acquire(&self.db, &name, &holder, now, HELD).await.map_err(fault)?.ok_or(SourceProblem::Busy)?;
        let imported = match self.federation(&federation.name).await {
            // While the document was fetched another may have imported it: what counts is what is held now.
            Ok(present) if present.id == federation.id && present.version == federation.version => {
                self.import(batch, &present, (document, order), &lease, now).await
            }
            Ok(_) => Err(SourceProblem::Busy),
            Err(error) => Err(fault(error)),
        };
        match imported {
            Ok(Some(held)) => Ok(Imported::Newer(held, lease)),
            other => {
                lease.release(&self.db).await.map_err(fault)?;
                other.map(|_| Imported::Same)
            }
        }
    }

    async fn import(
        &self,
        batch: &mut Batch,
        federation: &FederationRecord,
        (document, order): (String, Order),
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Option<Held>, SourceProblem> {
        let (held, every) = (&federation.held, Duration::from_secs(federation.settings.metadata_refresh.into()));
        let digest = HEXLOWER.encode(&Sha256::digest(document.as_bytes()));
        let is_there =
            || async { Ok::<bool, SourceProblem>(held.services == 0 || self.has_entities(federation).await.map_err(fault)?) };
        if held.generation > 0 && held.digest == digest && is_there().await? {
            if held.valid_until.is_some_and(|until| until <= now) {
                return Err(SourceProblem::Expired);
            }
            source::store::note(batch, federation.id, &State::good(now, source::due(now, every, None, held.valid_until)));
            return Ok(None);
        }
        // What an import that was interrupted has left.
        let mut rest = Batch::new();
        lease.guard(&mut rest, now);
        store::purge(&mut rest, federation.id, held.generation);
        self.db.write(rest).await.map_err(fault)?;
        let generation = now.0.max(held.generation + 1);
        let (send, receive) = mpsc::channel(2);
        let (federation_read, issuer) = (federation.clone(), self.issuer.clone());
        let until = self.held_until(federation).await?;
        let reader = Reader { document, order, until, federation: federation_read, issuer, now, send };
        let reading = tokio::task::spawn_blocking(move || reader.run());
        let written = self.write(receive, generation, lease, now).await;
        reading.await.map_err(fault)?;
        let (about, counted) = match written {
            Ok(done) => done,
            Err(problem) => {
                // Its own and nothing else: another may have begun, if this one took too long.
                let mut mine = Batch::new();
                store::drop_generation(&mut mine, federation.id, generation);
                self.db.write(mine).await.map_err(fault)?;
                return Err(problem);
            }
        };
        let newer = Held {
            generation,
            entities: counted.entities,
            services: counted.services,
            unreadable: counted.unreadable,
            digest,
            valid_until: about.valid_until,
            made_at: about.created,
        };
        lease.guard(batch, now);
        learn(batch, federation, about.name)?;
        store::publish(batch, (federation.id, federation.version), held.generation, &newer);
        let due = source::due(now, every, about.cache, about.valid_until);
        source::store::note(batch, federation.id, &State::good(now, due));
        revision::bump(batch, Self::TOPIC);
        Ok(Some(newer))
    }

    async fn write(
        &self,
        mut pieces: mpsc::Receiver<Piece>,
        generation: i64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(About, Counted), SourceProblem> {
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::End(outcome) => return outcome,
                Piece::Rows(rows) => {
                    let mut batch = Batch::new();
                    lease.guard(&mut batch, now);
                    for row in &rows {
                        store::add_entity(&mut batch, generation, row).map_err(fault)?;
                    }
                    self.db.write(batch).await.map_err(fault)?;
                }
            }
        }
        Err(fault("the document was not read to its end"))
    }

    /// Removes the entities of a federation that are older than the generation that counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy_federation(&self, id: RowId, generation: i64) -> Result<(), WriteError> {
        let mut batch = Batch::new();
        store::purge_older(&mut batch, id, generation);
        self.db.write(batch).await.map(drop)
    }

    /// Until when what is held counts, if it was taken under the present settings: else that says nothing of what comes.
    async fn held_until(&self, federation: &FederationRecord) -> Result<Option<Timestamp>, SourceProblem> {
        let state = source::store::get(&self.db, federation.id).await.map_err(fault)?;
        Ok(federation.held.valid_until.filter(|_| state.is_some_and(|state| state.fetched_at.is_some())))
    }

    async fn has_entities(&self, federation: &FederationRecord) -> Result<bool, DbError> {
        store::any_of(&self.db, federation.id, federation.held.generation).await
    }
}

/// The side that reads: it blocks, and holds nothing but the document, the names of its entities and one portion of rows.
struct Reader {
    document: String,
    order: Order,
    /// Until when what is held counts, as far as that says anything of this document.
    until: Option<Timestamp>,
    federation: FederationRecord,
    issuer: String,
    now: Timestamp,
    send: mpsc::Sender<Piece>,
}

impl Reader {
    fn run(self) {
        let outcome = self.read();
        // Whoever has stopped listening knows why.
        let _ = self.send.blocking_send(Piece::End(outcome));
    }

    fn read(&self) -> Result<(About, Counted), SourceProblem> {
        let settings = &self.federation.settings;
        let keys = source::pinned(&settings.metadata_certificate)?;
        let document = self.document.trim_start_matches('\u{feff}');
        let verified = signed::verify(document, &keys, &Limits::FEDERATION)?;
        let about = verified.about.clone();
        self.check(&about)?;
        let (mut counted, mut names, mut rows) = (Counted::default(), HashSet::new(), Vec::new());

        verified.entities(|entity| {
            counted.entities += 1;
            if !names.insert(entity.entity_id.clone()) {
                return Err(Stop(SourceProblem::Twice(entity.entity_id)));
            }
            match self.row(entity) {
                Ok(Some(row)) => {
                    counted.services += 1;
                    rows.push(row);
                }
                Ok(None) => {}
                Err(()) => counted.unreadable += 1,
            }
            if rows.len() < AT_A_TIME { Ok(()) } else { self.pass(&mut rows) }
        })?;
        self.pass(&mut rows)?;
        if counted.services == 0 {
            return Err(SourceProblem::Empty);
        }
        Ok((about, counted))
    }

    /// Whether what the document says of itself as a whole is as it must be.
    fn check(&self, about: &About) -> Result<(), SourceProblem> {
        let (settings, held) = (&self.federation.settings, &self.federation.held);
        let expected = settings.metadata_name.as_ref().filter(|name| *name != ANY_NAME);
        if expected.is_some() && expected != about.name.as_ref() {
            return Err(SourceProblem::OtherName(about.name.clone().unwrap_or_else(|| "nobody".to_owned())));
        }
        let longest = self.now + Duration::from_secs(settings.max_validity.into());
        match about.valid_until {
            Some(until) if until <= self.now => return Err(SourceProblem::Expired),
            Some(until) if until > longest => return Err(SourceProblem::TooLong(time::written(until))),
            None if settings.require_valid_until => return Err(SourceProblem::Endless),
            _ => {}
        }
        if self.order == Order::Waived {
            return source::in_order(about.created, None, self.now);
        }
        let is_undated = about.created.is_none() && held.made_at.is_none();
        if is_undated && about.valid_until.zip(self.until).is_some_and(|(until, held)| until < held) {
            return Err(SourceProblem::Sooner);
        }
        source::in_order(about.created, held.made_at, self.now)
    }

    fn pass(&self, rows: &mut Vec<EntityRow>) -> Result<(), Stop> {
        let gone = |_| Stop(fault("the database does not take the entities"));
        self.send.blocking_send(Piece::Rows(std::mem::take(rows))).map_err(gone)
    }

    /// The row of a service provider; none for other entities, an error for one that cannot be used.
    fn row(&self, entity: Entity) -> Result<Option<EntityRow>, ()> {
        if !entity.text.contains("SPSSODescriptor") {
            return Ok(None);
        }
        // Names are URIs (SAML core 8.3.6). Others could be those of OpenID clients, for which policies may have been written.
        if url::Url::parse(&entity.entity_id).is_err() {
            tracing::debug!(federation = self.federation.name, entity = entity.entity_id, "its name is no URI");
            return Err(());
        }
        match Metadata::read(&entity.text) {
            Ok(_) => {}
            Err(MetadataProblem::Role) => return Ok(None),
            Err(problem) => {
                tracing::debug!(federation = self.federation.name, entity = entity.entity_id, %problem, "not usable");
                return Err(());
            }
        }
        let id = row_id(&self.issuer, &entity.entity_id).ok_or(())?;
        let Entity { entity_id, text, valid_until, groups } = entity;
        Ok(Some(EntityRow { federation: self.federation.id, id, entity_id, valid_until, metadata: text, groups }))
    }
}

/// Why cutting has stopped.
struct Stop(SourceProblem);

impl From<XmlError> for Stop {
    fn from(error: XmlError) -> Self {
        Self(SourceProblem::Metadata(error.into()))
    }
}

impl From<Stop> for SourceProblem {
    fn from(stop: Stop) -> Self {
        stop.0
    }
}
