//! Changes: batches and scripts.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, IntoArguments};

use super::fault::{Duty, Trouble, trouble};
use super::{Flavor, Remote};
use crate::batch::{Batch, Expect, Step, Written};
use crate::error::{DbError, WriteError};
use crate::value::Value;

/// How often a batch is tried when the database asks for it (serialization failure, deadlock, lock wait).
const ATTEMPTS: u32 = 8;

impl<F: Flavor> Remote<F>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
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
            && alone::<F>(step)
        {
            let rows = vec![run::<F>(&mut connection, step, Duty::Autocommit).await?];
            return Ok(Written { rows });
        }
        if let Some(text) = self.composed.text::<F>(batch.steps()) {
            let done = run_composed::<F>(&mut connection, text, batch.steps()).await;
            // Composed steps run in no order: only one after the other do they tell whether a guard failed before the constraint.
            let unclear = matches!(done, Err(Trouble::Final(WriteError::Constraint(_))))
                && batch.steps().iter().any(|step| step.expect != Expect::Any);
            if !unclear {
                return done;
            }
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
        let mut connection = self.answering_connection().await?;
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
}

/// Whether a batch of this one step needs no transaction. A guarded statement might touch several rows, and then must be
/// undone; only an INSERT of one row of values cannot.
fn alone<F: Flavor>(step: &Step) -> bool {
    let sql = step.stmt.unnumbered(F::DIALECT);
    let one_row = sql.starts_with("INSERT ") && sql.matches('(').count() == 2 && !sql.contains("SELECT") && !sql.contains(" ON ");
    step.expect == Expect::Any || one_row
}

/// All steps as one statement, which commits by itself.
async fn run_composed<F: Flavor>(connection: &mut F::Connection, text: Arc<str>, steps: &[Step]) -> Result<Written, Trouble>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let name = steps.first().map_or("", |step| step.stmt.text());
    let args: Vec<&Value> = steps.iter().flat_map(|step| &step.args).collect();
    let arguments = F::bind(args.into_iter()).map_err(|what| Trouble::Final(DbError::Refused(what, name).into()))?;
    let answer = sqlx::query_with::<F, _>(AssertSqlSafe(text), arguments).fetch_one(connection).await;
    let row = answer.map_err(|e| match F::failed_guard(&e).and_then(|i| steps.get(i)).map(|step| step.expect) {
        Some(Expect::One(label)) => Trouble::Final(WriteError::Guard(label)),
        _ => trouble::<F>(&e, "", name, Duty::Autocommit),
    })?;
    let count = |column| match F::decode(&row, column) {
        Ok(Value::Int(Some(n))) => Ok(u64::try_from(n).unwrap_or(0)),
        _ => Err(Trouble::Final(DbError::Broken { statement: name, column, what: "no count".to_owned() }.into())),
    };
    Ok(Written { rows: (0..steps.len()).map(count).collect::<Result<_, _>>()? })
}

async fn run<F: Flavor>(connection: &mut F::Connection, step: &Step, duty: Duty) -> Result<u64, Trouble>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let (sql, name) = (step.stmt.sql(F::DIALECT), step.stmt.text());
    let arguments = F::bind(step.args.iter()).map_err(|what| Trouble::Final(DbError::Refused(what, name).into()))?;
    let done =
        sqlx::query_with::<F, _>(sql, arguments).execute(connection).await.map_err(|e| trouble::<F>(&e, sql, name, duty))?;
    let touched = F::touched(&done);
    match step.expect {
        Expect::One(label) if touched != 1 => Err(Trouble::Final(WriteError::Guard(label))),
        _ => Ok(touched),
    }
}
