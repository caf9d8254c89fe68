//! Rows of `person`.

use data_encoding::HEXLOWER;
use db::{Batch, Db, DbError, WriteError, args};
use kernel::ids::{PersonId, RowId};
use kernel::{Entropy, Timestamp};
use sha2::{Digest, Sha256};

db::statements! {
    /// A person by where they live.
    PERSON_BY_UID = "SELECT id, login FROM person WHERE resolver_id = ? AND uid_key = ?";
    /// Where a person lives.
    PERSON = "SELECT resolver_id, uid FROM person WHERE id = ?";
    /// What may change at any moment.
    PERSON_STATE = "SELECT disabled, auth_epoch FROM person WHERE id = ?";
    /// A person who is seen for the first time.
    PERSON_INSERT =
        "INSERT INTO person (id, resolver_id, uid_key, uid, login, disabled, auth_epoch, created_at, last_login_at)
         VALUES (?, ?, ?, ?, ?, FALSE, 0, ?, NULL)";
    /// The login name has changed.
    PERSON_LOGIN = "UPDATE person SET login = ? WHERE id = ?";
    /// Disables or enables; what rests on the older epoch is void.
    PERSON_DISABLE = "UPDATE person SET disabled = ?, auth_epoch = auth_epoch + 1 WHERE id = ?";
    /// What rests on the older epoch is void.
    PERSON_EPOCH = "UPDATE person SET auth_epoch = auth_epoch + 1 WHERE id = ?";
    /// A sign-in.
    PERSON_SEEN = "UPDATE person SET last_login_at = ? WHERE id = ?";
}

const UID_KEY: usize = 255;

/// The indexed form of a uid: itself, or its digest when it is long.
fn uid_key(uid: &str) -> String {
    if uid.len() <= UID_KEY && !uid.starts_with("sha256:") {
        return uid.to_owned();
    }
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(uid.as_bytes())))
}

/// What may change at any moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) disabled: bool,
    pub(crate) auth_epoch: i64,
}

/// The identifier of a person; made when they are seen for the first time.
pub(crate) async fn identify(
    db: &Db,
    (resolver, uid, login): (RowId, &str, &str),
    chance: &Entropy,
    now: Timestamp,
) -> Result<PersonId, WriteError> {
    let known = async || -> Result<Option<(PersonId, String)>, DbError> {
        let row = db.fetch_optional(&PERSON_BY_UID, args![resolver, uid_key(uid)]).await?;
        row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
    };
    let login: String = login.chars().take(255).collect();
    if let Some((id, old)) = known().await? {
        if old != login {
            db.execute(&PERSON_LOGIN, args![login, id]).await?;
        }
        return Ok(id);
    }
    let id = PersonId::new(chance, now);
    match db.execute(&PERSON_INSERT, args![id, resolver, uid_key(uid), uid, &login, now]).await {
        Ok(_) => Ok(id),
        // Another request or node was faster.
        Err(e) if e.violates("person_uid") => known().await?.map(|(id, _)| id).ok_or(e),
        Err(e) => Err(e),
    }
}

/// Adds the person of an account that is new in the same batch.
pub(crate) fn insert(batch: &mut Batch, id: PersonId, (resolver, uid, login): (RowId, &str, &str), now: Timestamp) {
    let login: String = login.chars().take(255).collect();
    batch.run(&PERSON_INSERT, args![id, resolver, uid_key(uid), uid, login, now]);
}

/// Where a person lives: resolver and uid.
pub(crate) async fn home(db: &Db, id: PersonId) -> Result<Option<(RowId, String)>, DbError> {
    let row = db.fetch_optional(&PERSON, args![id]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// What may change at any moment.
pub(crate) async fn state(db: &Db, id: PersonId) -> Result<Option<State>, DbError> {
    let row = db.fetch_optional(&PERSON_STATE, args![id]).await?;
    row.map(|row| Ok(State { disabled: row.get(0)?, auth_epoch: row.get(1)? })).transpose()
}

/// Disables or enables a person.
pub(crate) fn disable(batch: &mut Batch, id: PersonId, disabled: bool) {
    batch.guard("person", &PERSON_DISABLE, args![disabled, id]);
}

/// Voids what rests on the present epoch.
pub(crate) fn raise_epoch(batch: &mut Batch, id: PersonId) {
    batch.guard("person", &PERSON_EPOCH, args![id]);
}

/// Remembers a sign-in.
pub(crate) fn seen(batch: &mut Batch, id: PersonId, now: Timestamp) {
    batch.run(&PERSON_SEEN, args![now, id]);
}
