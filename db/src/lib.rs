//! The database facade: the only crate that talks to a database.
//!
//! * SQL is written once, as static text with `?` ([`Stmt`], [`statements!`]); an override per dialect only where they truly
//!   differ.
//! * A change is a [`Batch`]: a list of statements that commit together or not at all. What a decision has read is repeated
//!   as a condition in a *guarded* statement that must touch exactly one row; if it does not, nothing of the batch happens
//!   and the caller decides again. There are no interactive transactions, hence no locks held across I/O.
//! * Reads are single statements outside any transaction.
//! * Rows are read by position, in the order of the SELECT list ([`Row::reader`]).
//!
//! To add a table: one migration file of the same name in each folder of `migrations/`, one `store` module in the crate that
//! owns the aggregate, its `statements!` block named in that crate's list.

mod batch;
mod error;
pub mod migrate;
mod sqlite;
mod stmt;
mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use batch::{Batch, Expect, Step, Written};
pub use error::{DbError, OpenError, WriteError};
pub use stmt::{Dialect, Stmt};
pub use value::{Args, FromValue, Reader, Row, Value};

/// Where the data is. Cheap to clone; all clones share connections.
#[derive(Clone)]
pub struct Db(Arc<Backend>);

enum Backend {
    Sqlite(sqlite::Sqlite),
}

impl Db {
    /// Opens (and, for SQLite, creates) the database named by `url`: `sqlite:PATH`, `postgres://...` or `mysql://...`.
    /// Does not migrate.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the URL or who does not answer.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        match url.split_once(':') {
            Some(("sqlite", path)) => Self::open_sqlite(Path::new(path.trim_start_matches("//"))),
            _ => Err(OpenError::Scheme(url.split(':').next().unwrap_or_default().to_owned())),
        }
    }

    /// Opens the SQLite database in the file `path`.
    ///
    /// # Errors
    /// When the file cannot be opened or is not a database.
    pub fn open_sqlite(path: &Path) -> Result<Self, OpenError> {
        let sqlite = sqlite::Sqlite::open(PathBuf::from(path))?;
        Ok(Self(Arc::new(Backend::Sqlite(sqlite))))
    }

    /// Which SQL the database speaks.
    pub fn dialect(&self) -> Dialect {
        match &*self.0 {
            Backend::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// All rows of a SELECT.
    ///
    /// # Errors
    /// When the database fails; never because there are no rows.
    pub async fn fetch_all(&self, stmt: &'static Stmt, args: Args) -> Result<Vec<Row>, DbError> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.fetch(stmt, &args),
        }
    }

    /// The first row of a SELECT, if there is one.
    ///
    /// # Errors
    /// When the database fails; never because there are no rows.
    pub async fn fetch_optional(&self, stmt: &'static Stmt, args: Args) -> Result<Option<Row>, DbError> {
        Ok(self.fetch_all(stmt, args).await?.into_iter().next())
    }

    /// Commits a batch: all of it, durably, or nothing. Serialization failures, deadlocks and busy answers are retried here.
    ///
    /// # Errors
    /// [`WriteError::Guard`] when a guarded statement did not touch exactly one row, [`WriteError::Constraint`] with the name of
    /// a violated constraint, [`WriteError::Db`] otherwise. In every case nothing was changed.
    pub async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        if batch.is_empty() {
            return Ok(Written::default());
        }
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.write(batch).await,
        }
    }

    /// One statement as its own batch; returns how many rows it touched.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn execute(&self, stmt: &'static Stmt, args: Args) -> Result<u64, WriteError> {
        let mut batch = Batch::new();
        batch.run(stmt, args);
        Ok(self.write(batch).await?.rows.first().copied().unwrap_or(0))
    }

    /// Runs a script of several statements (migrations only).
    pub(crate) async fn script(&self, sql: String) -> Result<(), DbError> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.script(sql).await,
        }
    }
}
