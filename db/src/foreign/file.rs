//! Tables in SQLite files: opened for reading only unless they may be changed, and never our own database.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, InterruptHandle, OpenFlags};
use tokio::sync::Semaphore;

use super::remote::sound;
use super::{Bounds, Cells, Expect, File, ForeignError, MOST_BYTES, Stage, Statement};
use crate::sqlite::Bound;

/// Device and number of a file.
type Identity = (u64, u64);

pub(super) struct Sqlite {
    file: File,
    bounds: Bounds,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<(Identity, Connection)>>,
}

/// Ends a question that nobody waits for any more.
struct Interrupt(Option<InterruptHandle>);

impl Drop for Interrupt {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.interrupt();
        }
    }
}

/// Runs statements on a thread that may block; the rows of the last one.
pub(super) async fn run(sqlite: &Arc<Sqlite>, statements: Vec<Statement>) -> Result<Vec<Cells>, ForeignError> {
    let patience = sqlite.bounds.patience;
    let busy = || ForeignError::Unavailable("no connection became free in time".to_owned());
    let place = tokio::time::timeout(patience, Arc::clone(&sqlite.places).acquire_owned()).await;
    let place = place.map_err(|_| busy())?.map_err(|_| busy())?;
    let (opened, wait) = tokio::sync::oneshot::channel();
    let work = {
        let sqlite = Arc::clone(sqlite);
        move || {
            let _place = place;
            let (identity, connection) = sqlite.take()?;
            // Nobody waits any more.
            if opened.send(connection.get_interrupt_handle()).is_err() {
                return Err(ForeignError::late());
            }
            let outcome = all(&connection, &statements);
            if outcome.is_ok() {
                sqlite.give_back(identity, connection);
            }
            outcome
        }
    };
    let answer = async {
        let task = tokio::task::spawn_blocking(work);
        let mut interrupt = Interrupt(wait.await.ok());
        let outcome = task.await;
        interrupt.0 = None;
        outcome.unwrap_or_else(|_| Err(ForeignError::Unavailable("the reader stopped".to_owned())))
    };
    tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| Err(ForeignError::late()))
}

/// Opens the file and reads its head.
pub(super) async fn enter(sqlite: &Arc<Sqlite>) -> Result<(), ForeignError> {
    let head = Statement { sql: "PRAGMA schema_version".to_owned(), args: Vec::new(), expect: Expect::Any };
    run(sqlite, vec![head]).await.map(drop)
}

impl Sqlite {
    pub(super) fn new(file: File, bounds: Bounds) -> Self {
        let places = Arc::new(Semaphore::new(bounds.connections.max(1)));
        Self { file, bounds, places, idle: Mutex::new(Vec::new()) }
    }

    /// The file, if it may be opened.
    fn check(&self) -> Result<Identity, ForeignError> {
        let closed = |what: String| ForeignError::Closed(Stage::File, format!("{}: {what}", self.file.path.display()));
        let meta = std::fs::metadata(&self.file.path).map_err(|e| closed(e.to_string()))?;
        if !meta.is_file() {
            return Err(closed("it is no regular file".to_owned()));
        }
        let identity = identity(&meta);
        if self
            .file
            .never
            .as_deref()
            .is_some_and(|never| std::fs::metadata(never).is_ok_and(|own| self::identity(&own) == identity))
        {
            return Err(closed("it is Symbolon's own database".to_owned()));
        }
        Ok(identity)
    }

    fn take(&self) -> Result<(Identity, Connection), ForeignError> {
        let identity = self.check()?;
        let kept = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            // Somebody may have put another file in its place.
            idle.retain(|(known, _)| *known == identity);
            idle.pop()
        };
        match kept {
            Some(kept) => Ok(kept),
            None => Ok((identity, open(&self.file.path, &self.bounds).map_err(|e| failure(&e))?)),
        }
    }

    fn give_back(&self, identity: Identity, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((identity, connection));
    }
}

fn identity(meta: &std::fs::Metadata) -> Identity {
    (meta.dev(), meta.ino())
}

fn open(path: &Path, bounds: &Bounds) -> rusqlite::Result<Connection> {
    let mode = if bounds.editable { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    // No URI: a file name is a file name, whatever characters it has.
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(bounds.patience / 2)?;
    // A file of somebody else may have views and triggers that call functions, and broken pages.
    connection.execute_batch("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;")?;
    if !bounds.editable {
        connection.execute_batch("PRAGMA query_only=ON")?;
    }
    Ok(connection)
}

fn all(connection: &Connection, statements: &[Statement]) -> Result<Vec<Cells>, ForeignError> {
    if statements.iter().all(|statement| statement.expect == Expect::Any) {
        return each(connection, statements);
    }
    let tx = connection.unchecked_transaction().map_err(|e| failure(&e))?;
    let rows = each(&tx, statements)?;
    tx.commit().map_err(|e| failure(&e))?;
    Ok(rows)
}

fn each(connection: &Connection, statements: &[Statement]) -> Result<Vec<Cells>, ForeignError> {
    let mut rows = Vec::new();
    for statement in statements {
        rows = one(connection, statement)?;
    }
    Ok(rows)
}

fn one(connection: &Connection, statement: &Statement) -> Result<Vec<Cells>, ForeignError> {
    let failed = |e: rusqlite::Error| failure(&e);
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(failed)?;
    let args = rusqlite::params_from_iter(statement.args.iter().map(Bound));
    if statement.expect == Expect::Touched {
        let touched = prepared.execute(args).map_err(failed)?;
        return if touched == 1 { Ok(Vec::new()) } else { Err(ForeignError::NotOne) };
    }
    let columns = prepared.column_count();
    let mut found = prepared.query(args).map_err(failed)?;
    let (mut rows, mut size) = (Vec::new(), 0);
    while let Some(row) = found.next().map_err(failed)? {
        let cell = |column| row.get_ref(column).ok().and_then(text);
        let cells: Cells = (0..columns).map(cell).collect();
        size += cells.iter().flatten().map(String::len).sum::<usize>();
        if size > MOST_BYTES {
            return Err(ForeignError::Unavailable("the answer is too large".to_owned()));
        }
        rows.push(cells);
    }
    match statement.expect {
        Expect::Found if rows.len() != 1 => Err(ForeignError::NotOne),
        _ => Ok(rows),
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned).and_then(sound),
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

fn failure(error: &rusqlite::Error) -> ForeignError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ForeignError::Unavailable("another process holds the database".to_owned())
        }
        Some(ErrorCode::OperationInterrupted) => ForeignError::late(),
        Some(ErrorCode::CannotOpen | ErrorCode::NotADatabase | ErrorCode::PermissionDenied) => {
            ForeignError::Closed(Stage::File, error.to_string())
        }
        Some(ErrorCode::SystemIoFailure | ErrorCode::DiskFull | ErrorCode::OutOfMemory) => {
            ForeignError::Unavailable(error.to_string())
        }
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) => {
            ForeignError::Refused("a rule of the table forbids it".to_owned())
        }
        _ => ForeignError::Failed(error.to_string()),
    }
}
