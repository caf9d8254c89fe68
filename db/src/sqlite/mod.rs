//! SQLite: one writer thread that groups waiting batches into one durable commit, and reader connections.

mod backup;
mod constraint;
mod read;
#[cfg(test)]
mod tests;
mod writer;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::Limits;
use crate::batch::{Batch, Written};
use crate::error::{DbError, OpenError, WriteError};
use crate::remote::storable;
use crate::stmt::Stmt;
use crate::value::{Row, Value};

/// Statements that a connection keeps prepared.
const PREPARED: usize = 512;
/// How long a connection waits for another process that holds the database.
const BUSY_MILLIS: u32 = 10_000;

pub(crate) struct Sqlite {
    path: PathBuf,
    writer: writer::Writer,
    readers: Arc<read::Readers>,
}

impl Sqlite {
    pub(crate) fn open(path: PathBuf, limits: Limits) -> Result<Self, OpenError> {
        let failed = |e: &dyn std::fmt::Display| OpenError::Failed(format!("{}: {e}", path.display()));
        create_private(&path).map_err(|e| failed(&e))?;
        let connection = writable(&path).map_err(|e| failed(&e))?;
        let writer = writer::Writer::start(connection, limits.patience).map_err(|e| failed(&e))?;
        let readers = read::Readers::open(&path, limits.connections).map_err(|e| failed(&e))?;
        Ok(Self { path, writer, readers: Arc::new(readers) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Rows of a point statement, read here and now: it takes microseconds.
    pub(crate) fn fetch(&self, sql: &str, name: &'static str, args: &[Value]) -> Result<Vec<Row>, DbError> {
        self.readers.fetch(sql, name, args)
    }

    /// Rows of a list, read on a thread that may block.
    pub(crate) async fn fetch_list(
        &self,
        sql: Cow<'static, str>,
        name: &'static str,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || readers.fetch(&sql, name, &args))
            .await
            .map_err(|_| DbError::Failed("the reader stopped".to_owned(), name))?
    }

    pub(crate) async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        for step in batch.steps() {
            check(&step.args, step.stmt.text())?;
        }
        self.writer.write(batch).await
    }

    /// Runs a script and then a batch in one transaction.
    pub(crate) async fn script(&self, sql: String, then: Batch) -> Result<(), WriteError> {
        self.writer.script(sql, then).await
    }

    /// Copies the whole database, as of now, into the new file `to`.
    pub(crate) async fn backup_to(&self, to: PathBuf) -> Result<(), DbError> {
        let from = self.path.clone();
        tokio::task::spawn_blocking(move || backup::copy(&from, &to))
            .await
            .map_err(|_| DbError::Failed("the copying thread stopped".to_owned(), "backup"))?
    }

    /// Compiles a statement without running it.
    pub(crate) fn prepare(&self, stmt: &'static Stmt) -> Result<(), DbError> {
        self.readers.prepare(stmt)
    }
}

/// The database file holds secrets (sealed) and sessions: it is created for its owner only. Journal files inherit the mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

fn writable(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!(
        "PRAGMA busy_timeout={BUSY_MILLIS}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; \
         PRAGMA wal_autocheckpoint=2000; PRAGMA trusted_schema=OFF;"
    ))?;
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    if mode != "wal" || synchronous != 2 {
        let text =
            format!("journal mode {mode}, synchronous {synchronous}: a write-ahead log and full synchronisation are needed");
        return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN), Some(text)));
    }
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

/// The meaning of an error that is no violated constraint.
fn fault(error: &rusqlite::Error, name: &'static str) -> DbError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            DbError::Unavailable("another process holds the database".to_owned())
        }
        _ => DbError::Failed(error.to_string(), name),
    }
}

fn check(args: &[Value], name: &'static str) -> Result<(), DbError> {
    for value in args {
        if let Value::Text(Some(text)) = value {
            storable(text).map_err(|what| DbError::Refused(what, name))?;
        }
    }
    Ok(())
}

pub(crate) struct Bound<'a>(pub(crate) &'a Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Bool(Some(b)) => ValueRef::Integer(i64::from(*b)),
            Value::Int(Some(n)) => ValueRef::Integer(*n),
            Value::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Value::Bool(None) | Value::Int(None) | Value::Text(None) | Value::Bytes(None) => ValueRef::Null,
        }))
    }
}
