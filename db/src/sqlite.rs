//! SQLite: one writer thread that groups waiting batches into one durable commit (a savepoint each), and reader connections.
//!
//! Grouping is what makes `synchronous=FULL` cheap: while one fsync runs, the next batches gather. A batch is answered only
//! after the COMMIT that contains it has returned.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use crate::batch::{Batch, Expect, Written};
use crate::error::{DbError, OpenError, WriteError};
use crate::stmt::{Dialect, Stmt};
use crate::value::{Row, Value};

/// Batches that may wait for the writer before callers are told to come back later.
const QUEUE: usize = 4096;
/// Batches that share one commit at most: bounds how long the first waits for the last.
const GROUP: usize = 256;

enum Job {
    Write(Batch, oneshot::Sender<Result<Written, WriteError>>),
    Script(String, oneshot::Sender<Result<(), DbError>>),
}

pub(crate) struct Sqlite {
    path: PathBuf,
    writer: SyncSender<Job>,
    readers: Mutex<Vec<Connection>>,
}

impl Sqlite {
    pub(crate) fn open(path: PathBuf) -> Result<Self, OpenError> {
        let failed = |e: rusqlite::Error| OpenError::Failed(format!("{}: {e}", path.display()));
        let connection = Connection::open(&path).map_err(failed)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=10000;
                 PRAGMA wal_autocheckpoint=2000;",
            )
            .map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(512);
        let (writer, jobs) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_loop(connection, &jobs))
            .map_err(|e| OpenError::Failed(e.to_string()))?;
        let sqlite = Self { path, writer, readers: Mutex::new(Vec::new()) };
        let reader = sqlite.reader().map_err(|e| OpenError::Failed(e.to_string()))?;
        sqlite.give_back(reader);
        Ok(sqlite)
    }

    pub(crate) fn fetch(&self, stmt: &'static Stmt, args: &[Value]) -> Result<Vec<Row>, DbError> {
        let connection = self.reader()?;
        let rows = select(&connection, stmt.sql(Dialect::Sqlite), stmt.text(), args);
        self.give_back(connection);
        rows
    }

    pub(crate) async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        let (answer, wait) = oneshot::channel();
        self.send(Job::Write(batch, answer))?;
        wait.await.map_err(|_| gone())?
    }

    pub(crate) async fn script(&self, sql: String) -> Result<(), DbError> {
        let (answer, wait) = oneshot::channel();
        self.send(Job::Script(sql, answer))?;
        wait.await.map_err(|_| gone())?
    }

    fn send(&self, job: Job) -> Result<(), DbError> {
        self.writer.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => DbError::Unavailable("too many writes are waiting".to_owned()),
            TrySendError::Disconnected(_) => gone(),
        })
    }

    fn reader(&self) -> Result<Connection, DbError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => open_reader(&self.path).map_err(|e| DbError::Unavailable(e.to_string())),
        }
    }

    fn give_back(&self, connection: Connection) {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

fn gone() -> DbError {
    DbError::Unavailable("the database writer has stopped".to_owned())
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(512);
    Ok(connection)
}

fn write_loop(mut connection: Connection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Write(batch, answer) => group.push((batch, answer)),
                Job::Script(sql, answer) => {
                    commit_group(&mut connection, std::mem::take(&mut group));
                    let done = connection.execute_batch(&sql).map_err(|e| DbError::Failed(e.to_string(), "migration"));
                    // The caller may have given up; the script has run all the same.
                    let _ = answer.send(done);
                }
            }
            next = if group.len() < GROUP { jobs.try_recv().ok() } else { None };
        }
        commit_group(&mut connection, group);
    }
}

type Waiting = (Batch, oneshot::Sender<Result<Written, WriteError>>);

/// Runs every batch in a savepoint of one transaction, commits, and only then answers.
fn commit_group(connection: &mut Connection, group: Vec<Waiting>) {
    if group.is_empty() {
        return;
    }
    let mut results = Vec::with_capacity(group.len());
    let outcome = (|| -> rusqlite::Result<()> {
        let mut tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for (batch, _) in &group {
            let savepoint = tx.savepoint()?;
            let done = run_batch(&savepoint, batch);
            match done {
                Ok(_) => savepoint.commit()?,
                Err(_) => savepoint.finish()?, // rolls back
            }
            results.push(done);
        }
        tx.commit()
    })();
    if let Err(e) = outcome {
        results = group.iter().map(|_| Err(DbError::Unavailable(format!("commit: {e}")).into())).collect();
    }
    for ((_, answer), result) in group.into_iter().zip(results) {
        // The caller may have given up; what is committed stays committed.
        let _ = answer.send(result);
    }
}

fn run_batch(connection: &Connection, batch: &Batch) -> Result<Written, WriteError> {
    let mut rows = Vec::with_capacity(batch.steps().len());
    for step in batch.steps() {
        let mut prepared = connection
            .prepare_cached(step.stmt.sql(Dialect::Sqlite))
            .map_err(|e| DbError::Failed(e.to_string(), step.stmt.text()))?;
        let touched = prepared
            .execute(rusqlite::params_from_iter(step.args.iter().map(Bound)))
            .map_err(|e| write_error(connection, &e, step.stmt.text()))?;
        let touched = touched as u64;
        match step.expect {
            Expect::One(label) if touched != 1 => return Err(WriteError::Guard(label)),
            _ => rows.push(touched),
        }
    }
    Ok(Written { rows })
}

fn write_error(connection: &Connection, error: &rusqlite::Error, statement: &'static str) -> WriteError {
    if let rusqlite::Error::SqliteFailure(code, Some(message)) = error
        && code.code == rusqlite::ErrorCode::ConstraintViolation
    {
        return WriteError::Constraint(constraint_name(connection, message));
    }
    DbError::Failed(error.to_string(), statement).into()
}

/// SQLite names the columns of a violated unique index, not the index: looks the name up, so that stores can match on names
/// as with the other databases.
fn constraint_name(connection: &Connection, message: &str) -> String {
    let columns = message.rsplit_once("failed: ").map_or(message, |(_, rest)| rest);
    let Some((table, _)) = columns.split_once('.') else { return columns.to_owned() };
    let wanted: Vec<&str> = columns.split(", ").filter_map(|c| c.split_once('.').map(|(_, name)| name)).collect();
    let lookup = || -> rusqlite::Result<Option<String>> {
        let mut indexes = connection.prepare("SELECT name FROM pragma_index_list(?) WHERE \"unique\"")?;
        let names: Vec<String> = indexes.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for name in names {
            let mut info = connection.prepare("SELECT name FROM pragma_index_info(?) ORDER BY seqno")?;
            let columns: Vec<String> = info.query_map([&name], |row| row.get(0))?.collect::<Result<_, _>>()?;
            if columns == wanted && !name.starts_with("sqlite_autoindex") {
                return Ok(Some(name));
            }
        }
        Ok(None)
    };
    lookup().ok().flatten().unwrap_or_else(|| columns.to_owned())
}

fn select(connection: &Connection, sql: &str, statement: &'static str, args: &[Value]) -> Result<Vec<Row>, DbError> {
    let failed = |e: rusqlite::Error| DbError::Failed(e.to_string(), statement);
    let mut prepared = connection.prepare_cached(sql).map_err(failed)?;
    let columns = prepared.column_count();
    let mut rows = prepared.query(rusqlite::params_from_iter(args.iter().map(Bound))).map_err(failed)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let mut values = Vec::with_capacity(columns);
        for position in 0..columns {
            values.push(match row.get_ref(position).map_err(failed)? {
                ValueRef::Null => Value::Int(None),
                ValueRef::Integer(n) => Value::Int(Some(n)),
                ValueRef::Real(_) => {
                    return Err(DbError::Broken { statement, column: position, what: "a real number".to_owned() });
                }
                ValueRef::Text(text) => Value::Text(Some(String::from_utf8_lossy(text).into_owned())),
                ValueRef::Blob(bytes) => Value::Bytes(Some(bytes.to_vec())),
            });
        }
        out.push(Row { values: values.into(), statement });
    }
    Ok(out)
}

struct Bound<'a>(&'a Value);

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

#[cfg(test)]
mod tests {
    use crate::{Batch, Db, WriteError, Written, args};

    crate::statements! {
        PUT = "INSERT INTO thing (id, n) VALUES (?, ?)";
        RAISE = "UPDATE thing SET n = ? WHERE id = ? AND n < ?";
        N = "SELECT n FROM thing WHERE id = ?";
    }

    async fn db(dir: &tempfile::TempDir) -> Db {
        let db = Db::open_sqlite(&dir.path().join("t.db")).unwrap();
        db.script(
            "CREATE TABLE thing (id VARCHAR(26) NOT NULL, n BIGINT NOT NULL, CONSTRAINT thing_pk PRIMARY KEY (id));
             CREATE UNIQUE INDEX thing_n ON thing (n);"
                .into(),
        )
        .await
        .unwrap();
        db
    }

    #[tokio::test]
    async fn a_guard_undoes_the_whole_batch_and_only_it() {
        let dir = tempfile::tempdir().unwrap();
        let db = db(&dir).await;
        assert_eq!(STATEMENTS.len(), 3);
        db.execute(&PUT, args!["a", 5]).await.unwrap();
        let mut batch = Batch::new();
        batch.run(&PUT, args!["b", 6]).guard("n", &RAISE, args![5, "a", 5]);
        assert!(matches!(db.write(batch).await, Err(WriteError::Guard("n"))));
        assert!(db.fetch_optional(&N, args!["b"]).await.unwrap().is_none());
        let mut batch = Batch::new();
        batch.run(&PUT, args!["b", 6]).guard("n", &RAISE, args![7, "a", 7]);
        assert_eq!(db.write(batch).await.unwrap(), Written { rows: vec![1, 1] });
        let row = db.fetch_optional(&N, args!["a"]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 7);
        assert!(db.execute(&PUT, args!["c", 7]).await.unwrap_err().violates("thing_n"));
    }
}
