//! Rows of `administrator`.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

db::statements! {
    /// All local administrators.
    ADMINISTRATORS = "SELECT id, name, email, password, auth_epoch, last_login_at FROM administrator ORDER BY name_folded";
    /// The local administrator of this name.
    ADMINISTRATOR_BY_NAME =
        "SELECT id, name, email, password, auth_epoch, last_login_at FROM administrator WHERE name_folded = ?";
    /// A new one.
    ADMINISTRATOR_INSERT =
        "INSERT INTO administrator (id, name, name_folded, email, password, auth_epoch, created_at, last_login_at)
         VALUES (?, ?, ?, ?, ?, 0, ?, NULL)";
    /// Another password or address; what rests on the older epoch is void.
    ADMINISTRATOR_UPDATE =
        "UPDATE administrator SET email = ?, password = ?, auth_epoch = auth_epoch + 1 WHERE id = ? AND auth_epoch = ?";
    /// A newer hash of the same password, if it is still the one that was checked.
    ADMINISTRATOR_REHASH = "UPDATE administrator SET password = ? WHERE id = ? AND password = ?";
    /// A sign-in.
    ADMINISTRATOR_SEEN = "UPDATE administrator SET last_login_at = ? WHERE id = ?";
    /// No administrator any more.
    ADMINISTRATOR_DELETE = "DELETE FROM administrator WHERE id = ?";
}

/// One row.
pub(crate) struct Stored {
    pub(crate) id: RowId,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) auth_epoch: i64,
    pub(crate) last_login_at: Option<Timestamp>,
}

fn read(row: &Row) -> Result<Stored, DbError> {
    let mut r = row.reader();
    Ok(Stored {
        id: r.next()?,
        name: r.next()?,
        email: r.next()?,
        password: r.next()?,
        auth_epoch: r.next()?,
        last_login_at: r.next()?,
    })
}

/// All local administrators.
pub(crate) async fn all(db: &Db) -> Result<Vec<Stored>, DbError> {
    db.fetch_all(&ADMINISTRATORS, args![]).await?.iter().map(read).collect()
}

/// The local administrator of this name.
pub(crate) async fn by_name(db: &Db, name: &str) -> Result<Option<Stored>, DbError> {
    db.fetch_optional(&ADMINISTRATOR_BY_NAME, args![name.to_lowercase()]).await?.as_ref().map(read).transpose()
}

/// Adds one.
pub(crate) fn insert(batch: &mut Batch, (id, name): (RowId, &str), email: &str, password: &str, now: Timestamp) {
    batch.run(&ADMINISTRATOR_INSERT, args![id, name, name.to_lowercase(), email, password, now]);
}

/// Changes one that was read.
pub(crate) fn update(batch: &mut Batch, old: &Stored, email: &str, password: &str) {
    batch.guard("administrator", &ADMINISTRATOR_UPDATE, args![email, password, old.id, old.auth_epoch]);
}

/// Stores a newer hash of the same password.
pub(crate) fn rehash(batch: &mut Batch, old: &Stored, password: &str) {
    batch.run(&ADMINISTRATOR_REHASH, args![password, old.id, &old.password]);
}

/// Remembers a sign-in.
pub(crate) fn seen(batch: &mut Batch, id: RowId, now: Timestamp) {
    batch.run(&ADMINISTRATOR_SEEN, args![now, id]);
}

/// Removes one.
pub(crate) fn delete(batch: &mut Batch, id: RowId) {
    batch.guard("administrator", &ADMINISTRATOR_DELETE, args![id]);
}
