//! Rows of `signing_key`.

use db::{Batch, Db, DbError, Row};
use kernel::Timestamp;
use kernel::ids::KeyId;

use crate::ring::{Alg, KeyState, Use};

db::statements! {
    /// All keys of an issuer and of the installation.
    KEYS = "SELECT id, issuer, key_use, alg, generation, state, public_jwk, private_key, created_at, activates_at, \
            retires_at, expires_at FROM signing_key WHERE issuer = ? OR issuer = '' ORDER BY generation, id";
    /// A new key. Two nodes that make the same generation collide at `signing_key_generation`.
    INSERT = "INSERT INTO signing_key (id, issuer, key_use, alg, generation, state, public_jwk, private_key, created_at, \
              activates_at, retires_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    /// The next key begins to sign.
    ACTIVATE = "UPDATE signing_key SET state = 'active', activates_at = ? WHERE id = ? AND state = 'next'";
    /// The active key signs no more; its private half is gone for good.
    RETIRE = "UPDATE signing_key SET state = 'retired', private_key = '', retires_at = ?, expires_at = ? \
              WHERE id = ? AND state = 'active'";
    /// A key that never signs.
    DROP_NEXT = "DELETE FROM signing_key WHERE id = ? AND state = 'next'";
    /// What a key signed is not accepted any longer.
    EXPIRE = "UPDATE signing_key SET expires_at = ? WHERE id = ? AND state = 'retired'";
    /// What the retired keys of a use signed is not accepted any longer.
    EXPIRE_USE = "UPDATE signing_key SET expires_at = ? WHERE issuer = ? AND key_use = ? AND state = 'retired' \
                  AND (expires_at IS NULL OR expires_at > ?)";
    /// Forgets keys that have expired.
    DELETE_EXPIRED = "DELETE FROM signing_key WHERE state = 'retired' AND expires_at <= ?";
}

crate::sealed_columns! {
    /// Private halves.
    PRIVATE_KEY = "signing_key", "private_key", "id";
}

/// Nodes reload the ring when this number rises.
pub(crate) const TOPIC: &str = "signing_keys";

/// A row.
#[derive(Clone)]
pub(crate) struct StoredKey {
    pub(crate) id: KeyId,
    pub(crate) issuer: String,
    pub(crate) key_use: Use,
    pub(crate) alg: Alg,
    pub(crate) generation: i64,
    pub(crate) state: KeyState,
    pub(crate) public_jwk: String,
    /// Sealed PKCS#8; empty once retired.
    pub(crate) private_key: String,
    pub(crate) created: Timestamp,
    pub(crate) activates: Timestamp,
    pub(crate) retires: Option<Timestamp>,
    /// None: never.
    pub(crate) expires: Option<Timestamp>,
}

fn read(row: &Row) -> Result<StoredKey, DbError> {
    let mut c = row.reader();
    Ok(StoredKey {
        id: c.next()?,
        issuer: c.next()?,
        key_use: c.parse(|s| Use::parse(s).ok_or("unknown use"))?,
        alg: c.parse(|s| Alg::parse(s).ok_or("unknown algorithm"))?,
        generation: c.next()?,
        state: c.parse(|s| KeyState::parse(s).ok_or("unknown state"))?,
        public_jwk: c.next()?,
        private_key: c.next()?,
        created: c.next()?,
        activates: c.next()?,
        retires: c.next()?,
        expires: c.next()?,
    })
}

pub(crate) async fn all(db: &Db, issuer: &str) -> Result<Vec<StoredKey>, DbError> {
    db.fetch_all(&KEYS, db::args![issuer]).await?.iter().map(read).collect()
}

pub(crate) fn insert(batch: &mut Batch, key: &StoredKey) {
    let args = db::args![
        key.id,
        &key.issuer,
        key.key_use.name(),
        key.alg.name(),
        key.generation,
        key.state.name(),
        &key.public_jwk,
        &key.private_key,
        key.created,
        key.activates,
        key.retires,
        key.expires,
    ];
    batch.run(&INSERT, args);
    db::revision::bump(batch, TOPIC);
}

/// Swaps the signing key: the present one retires, the next one signs.
pub(crate) fn succeed(batch: &mut Batch, old: KeyId, next: KeyId, now: Timestamp, expires: Option<Timestamp>) {
    batch.guard("the active signing key", &RETIRE, db::args![now, expires, old]);
    batch.guard("the next signing key", &ACTIVATE, db::args![now, next]);
    db::revision::bump(batch, TOPIC);
}

/// A key that was published is gone before it has signed anything.
pub(crate) fn drop_next(batch: &mut Batch, id: KeyId) {
    batch.guard("the next signing key", &DROP_NEXT, db::args![id]);
    db::revision::bump(batch, TOPIC);
}

/// A retired key is accepted no longer.
pub(crate) fn expire(batch: &mut Batch, id: KeyId, now: Timestamp) {
    batch.guard("the retired signing key", &EXPIRE, db::args![now, id]);
    db::revision::bump(batch, TOPIC);
}

/// The retired keys of a use are accepted no longer.
pub(crate) fn expire_use(batch: &mut Batch, issuer: &str, key_use: Use, now: Timestamp) {
    batch.run(&EXPIRE_USE, db::args![now, issuer, key_use.name(), now]);
    db::revision::bump(batch, TOPIC);
}

pub(crate) fn delete_expired(batch: &mut Batch, now: Timestamp) {
    batch.run(&DELETE_EXPIRED, db::args![now]);
}
