//! Browsers on which a person has signed in before. The engine gives them guess budgets of their own, so that an outsider
//! who exhausts everybody's cannot lock the person out.

use std::time::Duration;

use db::{Batch, Db, DbError, WriteError, args};
use kernel::ids::{PersonId, RowId};
use kernel::{Entropy, SecretText, Timestamp};
use keys::{Keys, MacKey, Purpose};

use crate::ports::KnownDevice;

pub(crate) use super::device_store::STATEMENTS;
use super::device_store::{DEVICE_BY_TOKEN, DEVICE_DELETE, DEVICE_INSERT, DEVICES_DELETE_OF_PERSON, DEVICES_EXPIRED};

/// All known devices. Cheap to clone.
#[derive(Clone)]
pub struct Devices {
    db: Db,
    mac: MacKey,
}

impl Devices {
    /// The devices in `db`.
    pub fn new(db: Db, keys: &Keys) -> Self {
        Self { db, mac: keys.mac_key(Purpose::Lookup) }
    }

    /// The device of a cookie, if it is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recognise(&self, token: &SecretText, now: Timestamp) -> Result<Option<KnownDevice>, DbError> {
        if token.is_empty() || token.len() > 128 {
            return Ok(None);
        }
        let row = self.db.fetch_optional(&DEVICE_BY_TOKEN, args![self.token_hash(token), now]).await?;
        row.map(|row| Ok(KnownDevice { id: row.get(0)?, person: row.get(1)? })).transpose()
    }

    /// Adds to `batch`: the browser is known for `person` from now on. Returns the value of its cookie.
    pub(crate) fn remember(
        &self,
        batch: &mut Batch,
        chance: &Entropy,
        person: PersonId,
        now: Timestamp,
        span: Duration,
    ) -> SecretText {
        let token = SecretText::new(chance.token());
        let id = RowId::new(chance, now);
        batch.run(&DEVICE_INSERT, args![id, self.token_hash(&token), person, now, now + span]);
        token
    }

    /// Adds to `batch`: no browser is known for `person` any more.
    pub fn forget_all(&self, batch: &mut Batch, person: PersonId) {
        batch.run(&DEVICES_DELETE_OF_PERSON, args![person]);
    }

    /// Removes up to `limit` expired devices; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cleanup(&self, now: Timestamp, limit: u32) -> Result<usize, WriteError> {
        let expired = self.db.fetch_all(&DEVICES_EXPIRED, args![now, limit]).await?;
        let mut batch = Batch::new();
        for row in &expired {
            batch.run(&DEVICE_DELETE, args![row.get::<RowId>(0)?]);
        }
        self.db.write(batch).await?;
        Ok(expired.len())
    }

    fn token_hash(&self, token: &SecretText) -> String {
        self.mac.text(["device\n", token.expose()].concat().as_bytes())
    }
}
