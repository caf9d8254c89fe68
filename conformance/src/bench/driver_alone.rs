//! The bare transaction with the drivers alone, rusqlite and sqlx, as their documentation has it: begin, SELECT, UPDATE, INSERT, commit, each
//! transaction durable by itself. Nothing of ours is between, so nothing is grouped either.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior, params};
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::bench::bare::{DETAIL, ROWS};
use crate::bench::load::{Measured, run_here};

const ROW: &str = "SELECT counter FROM bench_token WHERE id = $1";
const ADVANCE: &str = "UPDATE bench_token SET counter = $1, failcount = 0 WHERE id = $2 AND counter < $1";
const RECORD: &str = "INSERT INTO bench_audit (id, at, action, serial, detail) VALUES ($1, $2, $3, $4, $5)";

fn token(n: usize) -> String {
    format!("token{:021}", n % ROWS)
}

/// On the tables of [`crate::bench::bare::prepare`] at `url`, at this concurrency. The embedded database has one writer at a time, so
/// that all workers share one connection: several would only wait for each other's locks.
///
/// # Panics
/// When the database refuses.
pub(crate) async fn transaction(url: &str, concurrency: usize, total: usize, offset: i64) -> Measured {
    match url.strip_prefix("sqlite:") {
        Some(path) => sqlite(Path::new(path), concurrency, total, offset).await,
        None => postgres(url, concurrency, total, offset).await,
    }
}

async fn sqlite(path: &Path, concurrency: usize, total: usize, offset: i64) -> Measured {
    let connection = Connection::open(path).expect("a connection");
    connection.pragma_update(None, "journal_mode", "WAL").expect("a write-ahead log");
    connection.pragma_update(None, "synchronous", "FULL").expect("durable commits");
    let connection = Arc::new(Mutex::new(connection));
    run_here(concurrency, total, connection, move |connection, n| {
        Box::pin(async move {
            tokio::task::block_in_place(|| {
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                one(&mut connection, &token(n), offset + n as i64).expect("a transaction");
            });
        })
    })
    .await
}

fn one(connection: &mut Connection, token: &str, id: i64) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let counter: i64 = tx.prepare_cached(ROW)?.query_row([token], |row| row.get(0))?;
    tx.prepare_cached(ADVANCE)?.execute(params![counter + 1, token])?;
    tx.prepare_cached(RECORD)?.execute(params![format!("{id:026}"), id, "POST /validate/check", token, DETAIL])?;
    tx.commit()
}

async fn postgres(url: &str, concurrency: usize, total: usize, offset: i64) -> Measured {
    let connections = u32::try_from(concurrency).unwrap_or(u32::MAX);
    let pool = PgPoolOptions::new().max_connections(connections).test_before_acquire(false).connect(url).await.expect("a pool");
    run_here(concurrency, total, pool, move |pool, n| {
        Box::pin(async move { one_of(pool, &token(n), offset + n as i64).await.expect("a transaction") })
    })
    .await
}

async fn one_of(pool: &PgPool, token: &str, id: i64) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    let counter: i64 = sqlx::query_scalar(ROW).bind(token).fetch_one(&mut *tx).await?;
    sqlx::query(ADVANCE).bind(counter + 1).bind(token).execute(&mut *tx).await?;
    let record = sqlx::query(RECORD).bind(format!("{id:026}")).bind(id).bind("POST /validate/check");
    record.bind(token).bind(DETAIL).execute(&mut *tx).await?;
    tx.commit().await
}
