//! Rows of `custom_attribute` and `internal_attribute`.

use std::collections::{BTreeMap, HashMap};

use db::{Batch, Db, DbError, args};
use kernel::Timestamp;
use kernel::ids::{PersonId, RowId};

db::statements! {
    /// What was added for a person in a realm.
    CUSTOM = "SELECT name, value FROM custom_attribute WHERE person_id = ? AND realm_id = ?";
    /// What was added for everybody of a resolver in a realm.
    CUSTOM_OF_RESOLVER =
        "SELECT p.uid, c.name, c.value FROM custom_attribute c INNER JOIN person p ON p.id = c.person_id
          WHERE c.realm_id = ? AND p.resolver_id = ?";
    /// Whether anything was added for anybody in a realm.
    CUSTOM_IN_REALM = "SELECT COUNT(*) FROM custom_attribute WHERE realm_id = ?";
    /// One more.
    CUSTOM_INSERT =
        "INSERT INTO custom_attribute (person_id, realm_id, name, number, value, kind) VALUES (?, ?, ?, ?, ?, ?)";
    /// One less.
    CUSTOM_DELETE = "DELETE FROM custom_attribute WHERE person_id = ? AND realm_id = ? AND name = ?";
    /// None of a realm.
    CUSTOM_DELETE_OF_REALM = "DELETE FROM custom_attribute WHERE realm_id = ?";
    /// None of a person.
    CUSTOM_DELETE_OF_PERSON = "DELETE FROM custom_attribute WHERE person_id = ?";
    /// What is kept about a person.
    INTERNAL = "SELECT name, value FROM internal_attribute WHERE person_id = ?";
    /// One more.
    INTERNAL_INSERT = "INSERT INTO internal_attribute (person_id, name, value, changed_at, node) VALUES (?, ?, ?, ?, ?)";
    /// One less.
    INTERNAL_DELETE = "DELETE FROM internal_attribute WHERE person_id = ? AND name = ?";
    /// Nothing is kept about a person.
    INTERNAL_DELETE_OF_PERSON = "DELETE FROM internal_attribute WHERE person_id = ?";
}

/// What was added for a person in a realm.
pub(crate) async fn custom(db: &Db, person: PersonId, realm: RowId) -> Result<BTreeMap<String, String>, DbError> {
    let rows = db.fetch_all(&CUSTOM, args![person, realm]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// What was added for everybody of a resolver in a realm, by uid.
pub(crate) async fn custom_of_resolver(
    db: &Db,
    realm: RowId,
    resolver: RowId,
) -> Result<HashMap<String, Vec<(String, String)>>, DbError> {
    let mut all: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for row in db.fetch_all(&CUSTOM_OF_RESOLVER, args![realm, resolver]).await? {
        let mut r = row.reader();
        let uid: String = r.next()?;
        all.entry(uid).or_default().push((r.next()?, r.next()?));
    }
    Ok(all)
}

/// How many were added in a realm.
pub(crate) async fn custom_in_realm(db: &Db, realm: RowId) -> Result<i64, DbError> {
    db.fetch_optional(&CUSTOM_IN_REALM, args![realm]).await?.map_or(Ok(0), |row| row.get(0))
}

/// One attribute of a person in a realm, to be stored.
pub(crate) struct Custom<'a> {
    pub(crate) number: i64,
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    pub(crate) kind: &'a str,
}

/// Adds one, in place of one of the same name.
pub(crate) fn put_custom(batch: &mut Batch, (person, realm): (PersonId, RowId), custom: &Custom<'_>) {
    batch.run(&CUSTOM_DELETE, args![person, realm, custom.name]);
    batch.run(&CUSTOM_INSERT, args![person, realm, custom.name, custom.number, custom.value, custom.kind]);
}

/// Removes one.
pub(crate) fn delete_custom(batch: &mut Batch, (person, realm): (PersonId, RowId), name: &str) {
    batch.run(&CUSTOM_DELETE, args![person, realm, name]);
}

/// Removes those of a realm.
pub(crate) fn delete_of_realm(batch: &mut Batch, realm: RowId) {
    batch.run(&CUSTOM_DELETE_OF_REALM, args![realm]);
}

/// Removes everything that is known here about a person.
pub(crate) fn delete_of_person(batch: &mut Batch, person: PersonId) {
    batch.run(&CUSTOM_DELETE_OF_PERSON, args![person]).run(&INTERNAL_DELETE_OF_PERSON, args![person]);
}

/// What is kept about a person, as JSON by name.
pub(crate) async fn internal(db: &Db, person: PersonId) -> Result<BTreeMap<String, String>, DbError> {
    let rows = db.fetch_all(&INTERNAL, args![person]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Keeps something about a person, in place of what had the same name; or forgets it.
pub(crate) fn put_internal(batch: &mut Batch, person: PersonId, (name, value): (&str, Option<&str>), at: (Timestamp, &str)) {
    batch.run(&INTERNAL_DELETE, args![person, name]);
    if let Some(value) = value {
        batch.run(&INTERNAL_INSERT, args![person, name, value, at.0, at.1]);
    }
}
