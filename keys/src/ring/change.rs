//! What becomes of keys, for whoever writes it down: in the very batch that does it.

use db::Batch;
use kernel::Timestamp;
use kernel::ids::KeyId;
use serde_json::Value;

use super::{Alg, Use};
use crate::store::signing_key::StoredKey;

/// What has become of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was made, is published, and signs from this moment on.
    Published(Timestamp),
    /// It signs from now on.
    Signs,
    /// It signs no more; what it has signed is accepted until this moment, or for good.
    Retired(Option<Timestamp>),
    /// What it has signed is accepted no longer.
    Distrusted,
    /// It was published, and never signs.
    Dropped,
}

/// One change of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its identifier.
    pub id: KeyId,
    /// Its thumbprint.
    pub kid: String,
    /// What it is for.
    pub key_use: Use,
    /// Its algorithm.
    pub alg: Alg,
    /// What has become of it.
    pub fate: Fate,
}

impl Change {
    pub(super) fn of(stored: &StoredKey, fate: Fate) -> Self {
        let jwk: Value = serde_json::from_str(&stored.public_jwk).unwrap_or_default();
        let kid = jwk["kid"].as_str().unwrap_or_default().to_owned();
        Self { id: stored.id, kid, key_use: stored.key_use, alg: stored.alg, fate }
    }
}

/// Who writes down what becomes of keys.
pub trait Witness: Send + Sync {
    /// Adds to `batch` that this is done with it: both commit, or neither.
    fn note(&self, batch: &mut Batch, change: &Change);
}

/// Nothing is written down: keys that an installation is made with, or that belong to a change which is written down itself.
pub struct Unnoted;

impl Witness for Unnoted {
    fn note(&self, _: &mut Batch, _: &Change) {}
}
