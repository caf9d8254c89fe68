//! What PostgreSQL and MySQL have in common: a pool, statements in autocommit or in one transaction, and retries.
//!
//! The two differ in [`Flavor`]: how values travel and what errors mean.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::database::HasStatementCache;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::{AssertSqlSafe, Connection, Database, Executor, IntoArguments, Pool};

use crate::Limits;
use crate::batch::{Batch, Expect, Step, Written};
use crate::error::{DbError, OpenError, WriteError};
use crate::stmt::Dialect;
use crate::value::{Row, Value};

/// How often a batch is tried when the database asks for it (serialization failure, deadlock, lock wait).
const ATTEMPTS: u32 = 8;
/// How often a read is tried when its connection breaks.
const READ_ATTEMPTS: u32 = 3;
/// A connection that has been idle this long is tested before use; busy ones are not.
const TEST_AFTER: Duration = Duration::from_secs(2);

/// What an error of the database means.
pub(crate) enum Fault {
    /// Nothing has happened; the same again may succeed.
    Retry(String),
    /// The server is going, gone, or full.
    Gone(String),
    /// A named constraint.
    Constraint(String),
    /// A value that no column can hold.
    Refused(String),
    /// Anything else.
    Failed(String),
}

/// A kind of server.
pub(crate) trait Flavor: Database + HasStatementCache + Sized {
    /// What it speaks.
    const DIALECT: Dialect;
    /// Statements that begin and end reading what every node of a cluster has committed so far.
    const CAUSAL: Option<[&'static str; 2]>;
    /// Arguments in its encoding.
    fn bind(args: &[Value]) -> Result<<Self as Database>::Arguments, String>;
    /// The value in a column; the error says what is wrong with it.
    fn decode(row: &<Self as Database>::Row, column: usize) -> Result<Value, String>;
    /// Columns of a row.
    fn columns(row: &<Self as Database>::Row) -> usize;
    /// Rows found by a statement.
    fn touched(result: &<Self as Database>::QueryResult) -> u64;
    /// The meaning of an error.
    fn fault(error: &dyn sqlx::error::DatabaseError, sql: &str) -> Fault;
}

pub(crate) struct Remote<F: Flavor> {
    pool: Pool<F>,
    /// Whether the server is a node of a cluster that may lag behind the others.
    clustered: bool,
    retries: AtomicU64,
    /// Held while a batch is tried again: those that met once do not meet twice.
    again: tokio::sync::Mutex<()>,
}

/// A statement that did not succeed: where it stands decides whether it may be tried again.
enum Trouble {
    Again(DbError),
    Final(WriteError),
}

impl<F: Flavor> Remote<F>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    /// Connects once, so that a wrong URL is told at once.
    pub(crate) async fn open(
        pool: PoolOptions<F>,
        options: <F::Connection as Connection>::Options,
        limits: Limits,
    ) -> Result<Self, OpenError> {
        let pool = pool
            .max_connections(limits.connections)
            .acquire_timeout(limits.patience)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TEST_AFTER {
                        return Ok(connection.ping().await.is_ok());
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await
            .map_err(|e| OpenError::Failed(plain(&e)))?;
        Ok(Self { pool, clustered: false, retries: AtomicU64::new(0), again: tokio::sync::Mutex::new(()) })
    }

    /// A connection of the pool.
    pub(crate) async fn connection(&self) -> Result<PoolConnection<F>, DbError> {
        self.pool.acquire().await.map_err(|e| DbError::Unavailable(plain(&e)))
    }

    /// A connection that answers, for whoever met one that did not: after a restart of the server all of the pool are stale.
    async fn answering_connection(&self) -> Result<PoolConnection<F>, DbError> {
        loop {
            let mut connection = self.connection().await?;
            if connection.ping().await.is_ok() {
                return Ok(connection);
            }
            drop(connection.detach());
        }
    }

    /// Says that the server is a node of a cluster.
    pub(crate) fn clustered(mut self, clustered: bool) -> Self {
        self.clustered = clustered;
        self
    }

    /// Ends all connections.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// All rows. Tried again when the connection breaks: reading twice does no harm.
    pub(crate) async fn fetch(&self, sql: Cow<'static, str>, name: &'static str, args: &[Value]) -> Result<Vec<Row>, DbError> {
        self.fetch_between(None, sql, name, args).await
    }

    /// All rows, including whatever any node of the cluster had committed before.
    pub(crate) async fn fetch_causal(&self, sql: &'static str, name: &'static str, args: &[Value]) -> Result<Vec<Row>, DbError> {
        let around = F::CAUSAL.filter(|_| self.clustered);
        self.fetch_between(around, Cow::Borrowed(sql), name, args).await
    }

    async fn fetch_between(
        &self,
        around: Option<[&'static str; 2]>,
        sql: Cow<'static, str>,
        name: &'static str,
        args: &[Value],
    ) -> Result<Vec<Row>, DbError> {
        let mut attempt = 1;
        loop {
            let mut connection = if attempt == 1 { self.connection().await? } else { self.answering_connection().await? };
            let outcome = match around {
                None => fetch_on::<F>(&mut connection, sql.clone(), name, args).await,
                Some([before, after]) => {
                    set::<F>(&mut connection, before).await?;
                    let outcome = fetch_on::<F>(&mut connection, sql.clone(), name, args).await;
                    set::<F>(&mut connection, after).await?;
                    outcome
                }
            };
            match outcome {
                Ok(rows) => return Ok(rows),
                Err(Trouble::Again(e)) if attempt >= READ_ATTEMPTS => return Err(e),
                Err(Trouble::Again(_)) => attempt += 1,
                Err(Trouble::Final(WriteError::Db(e))) => return Err(e),
                Err(Trouble::Final(e)) => return Err(DbError::Failed(e.to_string(), name)),
            }
            // It may be broken: it is not given back.
            drop(connection.detach());
        }
    }

    /// Commits a batch; see [`Db::write`](crate::Db::write).
    pub(crate) async fn write(&self, batch: &Batch) -> Result<Written, WriteError> {
        let mut attempt = 1;
        loop {
            let alone = if attempt == 1 { None } else { Some(self.again.lock().await) };
            let connection = if attempt == 1 { self.connection().await? } else { self.answering_connection().await? };
            let outcome = self.attempt(connection, batch).await;
            drop(alone);
            match outcome {
                Ok(written) => return Ok(written),
                Err(Trouble::Final(e)) => return Err(e),
                Err(Trouble::Again(e)) if attempt >= ATTEMPTS => return Err(e.into()),
                Err(Trouble::Again(e)) => tracing::debug!(attempt, error = %e, "batch is tried again"),
            }
            tokio::time::sleep(self.pause(attempt)).await;
            attempt += 1;
        }
    }

    /// Doubles from one millisecond, spread by a counter so that rivals do not meet again.
    fn pause(&self, attempt: u32) -> Duration {
        let turn = self.retries.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54;
        Duration::from_micros((1000 << attempt.min(7)) * (512 + turn) / 1024)
    }

    async fn attempt(&self, mut connection: PoolConnection<F>, batch: &Batch) -> Result<Written, Trouble> {
        if let [step] = batch.steps()
            && alone(step)
        {
            let rows = vec![run::<F>(&mut connection, step, Duty::Autocommit).await?];
            return Ok(Written { rows });
        }
        let mut tx = connection.begin().await.map_err(|e| trouble::<F>(&e, "BEGIN", "BEGIN", Duty::Transaction))?;
        let mut rows = Vec::with_capacity(batch.steps().len());
        for step in batch.steps() {
            match run::<F>(&mut tx, step, Duty::Transaction).await {
                Ok(touched) => rows.push(touched),
                Err(e) => {
                    // When even this fails, the connection is gone and the server undoes.
                    let _ = tx.rollback().await;
                    return Err(e);
                }
            }
        }
        tx.commit().await.map_err(|e| trouble::<F>(&e, "COMMIT", "COMMIT", Duty::Commit))?;
        Ok(Written { rows })
    }

    /// Runs a script of several statements, then a batch; in one transaction where the server has transactional DDL.
    pub(crate) async fn script(&self, sql: String, then: &Batch) -> Result<(), WriteError> {
        let mut connection = self.connection().await?;
        let last = |t: Trouble| match t {
            Trouble::Again(e) => WriteError::Db(e),
            Trouble::Final(e) => e,
        };
        let named = |e: &sqlx::Error| last(trouble::<F>(e, "", "migration", Duty::Transaction));
        let mut tx = connection.begin().await.map_err(|e| named(&e))?;
        if !sql.is_empty() {
            tx.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map_err(|e| named(&e))?;
        }
        for step in then.steps() {
            run::<F>(&mut tx, step, Duty::Transaction).await.map_err(last)?;
        }
        tx.commit().await.map_err(|e| named(&e))
    }

    /// Has the server parse and plan a statement without running it.
    pub(crate) async fn prepare(&self, sql: &'static str, name: &'static str) -> Result<(), DbError> {
        // Of its own: the types inferred here would stay with the text and not fit what is bound later.
        let mut connection = self.connection().await?.detach();
        (&mut connection)
            .prepare(sqlx::SqlSafeStr::into_sql_str(sql))
            .await
            .map(drop)
            .map_err(|e| DbError::Failed(plain(&e), name))
    }
}

/// Changes a setting of the session.
async fn set<F: Flavor>(connection: &mut F::Connection, sql: &'static str) -> Result<(), DbError>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
{
    connection.execute(sqlx::raw_sql(sql)).await.map(drop).map_err(|e| DbError::Unavailable(plain(&e)))
}

/// Rows of one statement on a given connection.
async fn fetch_on<F: Flavor>(
    connection: &mut F::Connection,
    sql: Cow<'static, str>,
    name: &'static str,
    args: &[Value],
) -> Result<Vec<Row>, Trouble>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let arguments = F::bind(args).map_err(|what| Trouble::Final(DbError::Refused(what, name).into()))?;
    // Lists are composed: to keep each of their texts prepared would push the others out.
    let keep = matches!(sql, Cow::Borrowed(_));
    let found = sqlx::query_with::<F, _>(AssertSqlSafe(sql.clone()), arguments)
        .persistent(keep)
        .fetch_all(connection)
        .await
        .map_err(|e| trouble::<F>(&e, &sql, name, Duty::Transaction))?;
    let decode = |row: &F::Row| -> Result<Row, DbError> {
        let value = |column| F::decode(row, column).map_err(|what| DbError::Broken { statement: name, column, what });
        let values: Vec<Value> = (0..F::columns(row)).map(value).collect::<Result<_, _>>()?;
        Ok(Row { values: values.into(), statement: name })
    };
    found.iter().map(decode).collect::<Result<_, _>>().map_err(|e: DbError| Trouble::Final(e.into()))
}

/// Whether a batch of this one step needs no transaction. A guarded UPDATE or DELETE might touch several rows, and then must
/// be undone.
fn alone(step: &Step) -> bool {
    let inserts = step.stmt.text().trim_start().get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("INSERT"));
    step.expect == Expect::Any || (inserts && !step.stmt.text().contains("SELECT"))
}

/// What a lost connection means for a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Duty {
    /// It may have been committed.
    Autocommit,
    /// The server undoes it.
    Transaction,
    /// It may have been committed.
    Commit,
}

async fn run<F: Flavor>(connection: &mut F::Connection, step: &Step, duty: Duty) -> Result<u64, Trouble>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let (sql, name) = (step.stmt.sql(F::DIALECT), step.stmt.text());
    let arguments = F::bind(&step.args).map_err(|what| Trouble::Final(DbError::Refused(what, name).into()))?;
    let done =
        sqlx::query_with::<F, _>(sql, arguments).execute(connection).await.map_err(|e| trouble::<F>(&e, sql, name, duty))?;
    let touched = F::touched(&done);
    match step.expect {
        Expect::One(label) if touched != 1 => Err(Trouble::Final(WriteError::Guard(label))),
        _ => Ok(touched),
    }
}

fn trouble<F: Flavor>(error: &sqlx::Error, sql: &str, name: &'static str, duty: Duty) -> Trouble {
    let fault = match error {
        sqlx::Error::Database(e) => F::fault(&**e, sql),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
            Fault::Gone(plain(error))
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            return Trouble::Final(DbError::Unavailable(plain(error)).into());
        }
        other => Fault::Failed(plain(other)),
    };
    match fault {
        Fault::Retry(text) => Trouble::Again(DbError::Unavailable(text)),
        Fault::Gone(text) if duty == Duty::Transaction => Trouble::Again(DbError::Unavailable(text)),
        Fault::Gone(text) => {
            Trouble::Final(DbError::Unavailable(format!("{text}; whether the change was made is not known")).into())
        }
        Fault::Constraint(constraint) => Trouble::Final(WriteError::Constraint(constraint)),
        Fault::Refused(what) => Trouble::Final(DbError::Refused(what, name).into()),
        Fault::Failed(text) => Trouble::Final(DbError::Failed(text, name).into()),
    }
}

/// The error in words, without anything that came from the URL or from arguments.
pub(crate) fn plain(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(e) => e.message().to_owned(),
        sqlx::Error::Configuration(_) => "the URL is not valid".to_owned(),
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        other => other.to_string(),
    }
}

/// The table that a change is about; primary keys are named after it.
pub(crate) fn table_of(sql: &str) -> &str {
    let mut words = sql.split_ascii_whitespace();
    let named = words.find(|w| ["INTO", "UPDATE", "FROM"].iter().any(|k| w.eq_ignore_ascii_case(k)));
    let table = named.and_then(|_| words.next()).unwrap_or("");
    table.split('(').next().unwrap_or("").trim_matches(['`', '"', ';'])
}

/// Refuses what not every database can store.
pub(crate) fn storable(text: &str) -> Result<(), String> {
    if text.contains('\0') { Err("text contains U+0000".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::table_of;

    #[test]
    fn finds_the_table_of_a_change() {
        assert_eq!(table_of("INSERT INTO token (id) VALUES (?)"), "token");
        assert_eq!(table_of("INSERT INTO token(id) VALUES (?)"), "token");
        assert_eq!(table_of("UPDATE `token` SET a = 1"), "token");
        assert_eq!(table_of("DELETE FROM token WHERE id = ?"), "token");
    }
}
