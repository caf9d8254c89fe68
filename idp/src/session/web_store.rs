//! What the pages remember of a browser: CSRF token, flash messages, the value that binds flows to it. Plain functions; the
//! root adapts them to the trait of its session layer.
//!
//! The row is found by the tag of the id and its content is sealed, so that the database alone opens no browser's session.

use db::{Db, WriteError, args};
use kernel::{SecretBytes, Timestamp};
use keys::{Keys, MacKey, Purpose, SealError, Sealer};

db::statements! {
    /// A live row.
    WEB_BY_ID = "SELECT data FROM web_session WHERE id = ? AND expires_at > ?";
    /// A new row.
    WEB_INSERT = "INSERT INTO web_session (id, data, expires_at) VALUES (?, ?, ?)";
    /// New content.
    WEB_PUT = "INSERT INTO web_session (id, data, expires_at) VALUES (?, ?, ?) \
        ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at",
        mysql "INSERT INTO web_session (id, data, expires_at) VALUES (?, ?, ?) \
        ON DUPLICATE KEY UPDATE data = VALUES(data), expires_at = VALUES(expires_at)";
    /// Forgets one.
    WEB_DELETE = "DELETE FROM web_session WHERE id = ?";
    /// Those that have expired.
    WEB_EXPIRED = "SELECT id FROM web_session WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";
}

keys::sealed_columns! {
    /// What the pages remember.
    WEB_DATA = "web_session", "data", "id";
}

/// A web session could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WebStoreError {
    /// The database failed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The content does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<db::DbError> for WebStoreError {
    fn from(error: db::DbError) -> Self {
        Self::Write(error.into())
    }
}

/// All web sessions. Cheap to clone.
#[derive(Clone)]
pub struct WebStore {
    db: Db,
    mac: MacKey,
    sealer: Sealer,
}

impl WebStore {
    /// The web sessions in `db`.
    pub fn new(db: Db, keys: &Keys) -> Self {
        Self { db, mac: keys.mac_key(Purpose::Lookup), sealer: keys.sealer().clone() }
    }

    /// Creates a session; `false` when the id is taken: draw another.
    ///
    /// # Errors
    /// [`WebStoreError::Write`] when the database fails.
    pub async fn create(&self, id: &str, data: &[u8], expires_at: Timestamp) -> Result<bool, WebStoreError> {
        let row = self.row(id);
        let sealed = self.sealer.seal(&WEB_DATA.place(&row), data);
        match self.db.execute(&WEB_INSERT, args![row, sealed, expires_at]).await {
            Ok(_) => Ok(true),
            Err(WriteError::Constraint(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a session, new or not.
    ///
    /// # Errors
    /// [`WebStoreError::Write`] when the database fails.
    pub async fn save(&self, id: &str, data: &[u8], expires_at: Timestamp) -> Result<(), WebStoreError> {
        let row = self.row(id);
        let sealed = self.sealer.seal(&WEB_DATA.place(&row), data);
        self.db.execute(&WEB_PUT, args![row, sealed, expires_at]).await?;
        Ok(())
    }

    /// The content of a live session.
    ///
    /// # Errors
    /// [`WebStoreError::Write`] when the database fails, [`WebStoreError::Seal`] when the row was tampered with.
    pub async fn load(&self, id: &str, now: Timestamp) -> Result<Option<SecretBytes>, WebStoreError> {
        let row = self.row(id);
        let found = self.db.fetch_causal(&WEB_BY_ID, args![&row, now]).await?;
        let Some(sealed) = found.first().map(|row| row.get::<String>(0)).transpose()? else { return Ok(None) };
        Ok(Some(self.sealer.open(&WEB_DATA.place(&row), &sealed)?))
    }

    /// Forgets a session.
    ///
    /// # Errors
    /// [`WebStoreError::Write`] when the database fails.
    pub async fn delete(&self, id: &str) -> Result<(), WebStoreError> {
        self.db.execute(&WEB_DELETE, args![self.row(id)]).await?;
        Ok(())
    }

    /// Removes up to `limit` expired sessions; returns how many. Call again while it returns `limit`.
    ///
    /// # Errors
    /// [`WebStoreError::Write`] when the database fails.
    pub async fn cleanup(&self, now: Timestamp, limit: u32) -> Result<usize, WebStoreError> {
        let expired = self.db.fetch_all(&WEB_EXPIRED, args![now, limit]).await?;
        let mut batch = db::Batch::new();
        for row in &expired {
            batch.run(&WEB_DELETE, args![row.get::<String>(0)?]);
        }
        self.db.write(batch).await?;
        Ok(expired.len())
    }

    fn row(&self, id: &str) -> String {
        self.mac.text(["web\n", id].concat().as_bytes())
    }
}
