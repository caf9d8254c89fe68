//! What PostgreSQL and MySQL have in common: a pool, statements in autocommit or in one transaction, and retries.
//!
//! The two differ in [`Flavor`]: how values travel and what errors mean.

mod composed;
mod fault;
mod read;
mod write;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sqlx::database::HasStatementCache;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::{Connection, Database, Executor, IntoArguments, Pool};

pub(crate) use fault::{Fault, plain};

use crate::Limits;
use crate::batch::Step;
use crate::error::{DbError, OpenError};
use crate::stmt::Dialect;
use crate::value::Value;

/// A connection that has been idle this long is tested before use; busy ones are not.
const TEST_AFTER: Duration = Duration::from_secs(2);

/// A kind of server.
pub(crate) trait Flavor: Database + HasStatementCache + Sized {
    /// What it speaks.
    const DIALECT: Dialect;
    /// Statements that begin and end reading what every node of a cluster has committed so far.
    const CAUSAL: Option<[&'static str; 2]>;
    /// Arguments in its encoding.
    fn bind<'v>(args: impl ExactSizeIterator<Item = &'v Value>) -> Result<<Self as Database>::Arguments, String>;
    /// The value in a column; the error says what is wrong with it.
    fn decode(row: &<Self as Database>::Row, column: usize) -> Result<Value, String>;
    /// Columns of a row.
    fn columns(row: &<Self as Database>::Row) -> usize;
    /// Rows found by a statement.
    fn touched(result: &<Self as Database>::QueryResult) -> u64;
    /// The meaning of an error.
    fn fault(error: &dyn sqlx::error::DatabaseError, sql: &str) -> Fault;
    /// One statement that does what all steps do and answers the rows touched by each; `None` when there is none.
    fn compose(_steps: &[Step]) -> Option<String> {
        None
    }
    /// Which step's guard failed, when that is what the error of a composed statement means.
    fn failed_guard(_error: &sqlx::Error) -> Option<usize> {
        None
    }
}

pub(crate) struct Remote<F: Flavor> {
    pool: Pool<F>,
    /// Whether the server is a node of a cluster that may lag behind the others.
    clustered: bool,
    composed: composed::Composed,
    retries: AtomicU64,
    /// Held while a batch is tried again: those that met once do not meet twice.
    again: tokio::sync::Mutex<()>,
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
        Ok(Self {
            pool,
            clustered: false,
            composed: composed::Composed::default(),
            retries: AtomicU64::new(0),
            again: tokio::sync::Mutex::new(()),
        })
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
