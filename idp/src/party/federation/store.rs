//! Rows of `saml_federation` and `saml_entity`.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

use super::settings::FederationSettings;
use crate::party::sp::Standing;

db::statements! {
    /// All federations of an issuer, by name.
    FEDERATIONS = "SELECT id, name, version, enabled, settings, generation, entities, services, unreadable, digest, valid_until, made_at,
        created_at, updated_at FROM saml_federation WHERE issuer = ? ORDER BY name";
    /// One of them.
    FEDERATION = "SELECT id, name, version, enabled, settings, generation, entities, services, unreadable, digest, valid_until, made_at,
        created_at, updated_at FROM saml_federation WHERE issuer = ? AND name = ?";
    /// A new one, without entities; refused by `saml_federation_name` when the name is taken.
    FEDERATION_ADD = "INSERT INTO saml_federation (id, issuer, name, version, enabled, settings, generation, entities, services, unreadable,
        digest, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, 0, 0, 0, 0, '', ?, ?)";
    /// Other settings, if nobody changed it meanwhile.
    /// What is held was looked at under the old ones: the same document is taken again.
    FEDERATION_UPDATE = "UPDATE saml_federation SET version = version + 1, enabled = ?, settings = ?, digest = '', updated_at = ?
        WHERE id = ? AND version = ?";
    /// What is held comes from elsewhere than what comes next: when it was made says nothing of that.
    FEDERATION_OTHER_SOURCE = "UPDATE saml_federation SET made_at = NULL WHERE id = ?";
    /// Settings with what was learned from a document, under the same version.
    FEDERATION_LEARNED = "UPDATE saml_federation SET settings = ? WHERE id = ? AND version = ?";
    /// Gone, if nobody changed it meanwhile.
    FEDERATION_DELETE = "DELETE FROM saml_federation WHERE id = ? AND version = ?";
    /// From now on this generation counts, if the one before still does, and what is configured is what it was looked at under.
    PUBLISH = "UPDATE saml_federation SET generation = ?, entities = ?, services = ?, unreadable = ?, digest = ?, valid_until = ?,
        made_at = ? WHERE id = ? AND generation = ? AND version = ?";
    /// An entity of a generation that does not count yet.
    ENTITY_ADD = "INSERT INTO saml_entity (federation_id, generation, entity_id, row_id, valid_until, metadata, said_of_groups)
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    /// Removes what does not count.
    ENTITIES_PURGE = "DELETE FROM saml_entity WHERE federation_id = ? AND generation <> ?";
    /// Removes what counts no longer.
    ENTITIES_OLDER = "DELETE FROM saml_entity WHERE federation_id = ? AND generation < ?";
    /// Removes what was written for nothing.
    ENTITIES_DROP = "DELETE FROM saml_entity WHERE federation_id = ? AND generation = ?";
    /// One entity of a generation, if there is any.
    ENTITY_ANY = "SELECT entity_id FROM saml_entity WHERE federation_id = ? AND generation = ? LIMIT 1";
    /// An entity in every federation that has it; first in the one that was added first: a later one takes nobody over.
    ENTITY_BY_NAME = "SELECT e.federation_id, e.row_id, e.valid_until, e.metadata, e.said_of_groups FROM saml_entity e
        JOIN saml_federation f ON f.id = e.federation_id AND f.generation = e.generation
        WHERE f.issuer = ? AND e.entity_id = ? ORDER BY f.created_at, f.name";
    /// The same by the row of the entity.
    ENTITY_BY_ROW = "SELECT e.federation_id, e.row_id, e.valid_until, e.metadata, e.said_of_groups FROM saml_entity e
        JOIN saml_federation f ON f.id = e.federation_id AND f.generation = e.generation
        WHERE f.issuer = ? AND e.row_id = ? ORDER BY f.created_at, f.name";
}

/// One federation.
#[derive(Clone)]
pub(crate) struct FederationRow {
    pub(crate) id: RowId,
    pub(crate) name: String,
    pub(crate) version: i64,
    pub(crate) enabled: bool,
    pub(crate) settings: FederationSettings,
    pub(crate) held: Held,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What is held of the metadata of a federation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Which rows count; zero: none were imported yet.
    pub generation: i64,
    /// How many entities there are.
    pub entities: i64,
    /// How many of them are service providers that can be used.
    pub services: i64,
    /// How many are service providers that cannot.
    pub unreadable: i64,
    /// SHA-256 of the document.
    pub digest: String,
    /// When it expires.
    pub valid_until: Option<Timestamp>,
    /// When it says that it was made.
    pub made_at: Option<Timestamp>,
}

/// One entity.
pub(crate) struct EntityRow {
    pub(crate) federation: RowId,
    pub(crate) id: RowId,
    pub(crate) entity_id: String,
    pub(crate) valid_until: Option<Timestamp>,
    pub(crate) metadata: String,
    /// What is said of the groups that it stands in.
    pub(crate) groups: Standing,
}

fn read(row: &Row) -> Result<FederationRow, DbError> {
    let mut r = row.reader();
    Ok(FederationRow {
        id: r.next()?,
        name: r.next()?,
        version: r.next()?,
        enabled: r.next()?,
        settings: r.parse(|text| serde_json::from_str(text))?,
        held: Held {
            generation: r.next()?,
            entities: r.next()?,
            services: r.next()?,
            unreadable: r.next()?,
            digest: r.next()?,
            valid_until: r.next()?,
            made_at: r.next()?,
        },
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

fn read_entity(row: &Row) -> Result<EntityRow, DbError> {
    let mut r = row.reader();
    let (federation, id) = (r.next()?, r.next()?);
    let (valid_until, metadata) = (r.next()?, r.next()?);
    let groups: Option<String> = r.next()?;
    let groups = groups.map(|text| serde_json::from_str(&text).map_err(|e| row.broken(4, e.to_string()))).transpose()?;
    Ok(EntityRow { federation, id, entity_id: String::new(), valid_until, metadata, groups: groups.unwrap_or_default() })
}

pub(crate) async fn all(db: &Db, issuer: &str) -> Result<Vec<Result<FederationRow, DbError>>, DbError> {
    Ok(db.fetch_all(&FEDERATIONS, args![issuer]).await?.iter().map(read).collect())
}

pub(super) async fn by_name(db: &Db, issuer: &str, name: &str) -> Result<Option<FederationRow>, DbError> {
    db.fetch_optional(&FEDERATION, args![issuer, name]).await?.as_ref().map(read).transpose()
}

pub(super) fn add(batch: &mut Batch, issuer: &str, row: &FederationRow, settings: String) {
    batch.run(&FEDERATION_ADD, args![row.id, issuer, &row.name, row.enabled, settings, row.created_at, row.updated_at]);
}

pub(super) fn update(batch: &mut Batch, row: &FederationRow, settings: String, at: Timestamp) {
    batch.guard("federation", &FEDERATION_UPDATE, args![row.enabled, settings, at, row.id, row.version]);
}

pub(super) fn learned(batch: &mut Batch, (id, version): (RowId, i64), settings: String) {
    batch.guard("federation", &FEDERATION_LEARNED, args![settings, id, version]);
}

pub(super) fn other_source(batch: &mut Batch, id: RowId) {
    batch.run(&FEDERATION_OTHER_SOURCE, args![id]);
}

pub(super) fn delete(batch: &mut Batch, row: &FederationRow) {
    batch.guard("federation", &FEDERATION_DELETE, args![row.id, row.version]);
    // No generation is minus one: all of them go.
    purge(batch, row.id, -1);
}

pub(super) fn publish(batch: &mut Batch, (id, version): (RowId, i64), before: i64, held: &Held) {
    let stored = args![
        held.generation,
        held.entities,
        held.services,
        held.unreadable,
        &held.digest,
        held.valid_until,
        held.made_at,
        id,
        before,
        version,
    ];
    batch.guard("the generation of the federation", &PUBLISH, stored);
}

pub(super) fn add_entity(batch: &mut Batch, generation: i64, row: &EntityRow) -> Result<(), serde_json::Error> {
    let groups = if row.groups == Standing::default() { None } else { Some(serde_json::to_string(&row.groups)?) };
    let stored = args![row.federation, generation, &row.entity_id, row.id, row.valid_until, &row.metadata, groups];
    batch.run(&ENTITY_ADD, stored);
    Ok(())
}

pub(super) fn purge(batch: &mut Batch, federation: RowId, generation: i64) {
    batch.run(&ENTITIES_PURGE, args![federation, generation]);
}

pub(super) fn purge_older(batch: &mut Batch, federation: RowId, generation: i64) {
    batch.run(&ENTITIES_OLDER, args![federation, generation]);
}

pub(super) fn drop_generation(batch: &mut Batch, federation: RowId, generation: i64) {
    batch.run(&ENTITIES_DROP, args![federation, generation]);
}

pub(super) async fn any_of(db: &Db, federation: RowId, generation: i64) -> Result<bool, DbError> {
    Ok(db.fetch_optional(&ENTITY_ANY, args![federation, generation]).await?.is_some())
}

pub(crate) async fn by_entity(db: &Db, issuer: &str, entity_id: &str) -> Result<Vec<EntityRow>, DbError> {
    db.fetch_all(&ENTITY_BY_NAME, args![issuer, entity_id]).await?.iter().map(read_entity).collect()
}

pub(crate) async fn by_row(db: &Db, issuer: &str, id: RowId) -> Result<Vec<EntityRow>, DbError> {
    db.fetch_all(&ENTITY_BY_ROW, args![issuer, id]).await?.iter().map(read_entity).collect()
}
