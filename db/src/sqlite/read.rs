//! Reader connections: any number of threads, none of which waits for the writer.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::{BUSY_MILLIS, Bound, PREPARED, check, fault};
use crate::error::DbError;
use crate::stmt::{Dialect, Stmt};
use crate::value::{Row, Value};

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    keep: usize,
}

impl Readers {
    /// Opens one, so that a file that cannot be read is told at once.
    pub(super) fn open(path: &Path, keep: u32) -> rusqlite::Result<Self> {
        let first = open(path)?;
        Ok(Self { path: path.to_owned(), idle: Mutex::new(vec![first]), keep: keep as usize })
    }

    pub(super) fn fetch(&self, sql: &str, name: &'static str, args: &[Value]) -> Result<Vec<Row>, DbError> {
        check(args, name)?;
        let connection = self.take()?;
        let rows = select(&connection, sql, name, args);
        // A connection that has seen an error is not used again; opening one takes a fraction of a millisecond.
        if rows.is_ok() {
            self.give_back(connection);
        }
        rows
    }

    pub(super) fn prepare(&self, stmt: &'static Stmt) -> Result<(), DbError> {
        let connection = self.take()?;
        let prepared = connection.prepare(stmt.sql(Dialect::Sqlite)).map(drop);
        prepared.map_err(|e| fault(&e, stmt.text()))?;
        self.give_back(connection);
        Ok(())
    }

    fn take(&self) -> Result<Connection, DbError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => open(&self.path).map_err(|e| DbError::Unavailable(e.to_string())),
        }
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.keep {
            idle.push(connection);
        }
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // No URI: a file name is a file name, whatever characters it has.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_millis(BUSY_MILLIS.into()))?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

fn select(connection: &Connection, sql: &str, name: &'static str, args: &[Value]) -> Result<Vec<Row>, DbError> {
    let failed = |e: rusqlite::Error| fault(&e, name);
    let mut prepared = connection.prepare_cached(sql).map_err(failed)?;
    let columns = prepared.column_count();
    let mut rows = prepared.query(rusqlite::params_from_iter(args.iter().map(Bound))).map_err(failed)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            let value = decode(row.get_ref(column).map_err(failed)?);
            values.push(value.map_err(|what| DbError::Broken { statement: name, column, what: what.to_owned() })?);
        }
        out.push(Row { values: values.into(), statement: name });
    }
    Ok(out)
}

fn decode(value: ValueRef<'_>) -> Result<Value, &'static str> {
    Ok(match value {
        ValueRef::Null => Value::Int(None),
        ValueRef::Integer(n) => Value::Int(Some(n)),
        ValueRef::Real(_) => return Err("a real number"),
        ValueRef::Text(text) => Value::Text(Some(std::str::from_utf8(text).map_err(|_| "not UTF-8")?.to_owned())),
        ValueRef::Blob(bytes) => Value::Bytes(Some(bytes.to_vec())),
    })
}
