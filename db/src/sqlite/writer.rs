//! The writer thread. Grouping is what makes `synchronous=FULL` cheap: while one fsync runs, the next batches gather. A batch
//! is answered only after the COMMIT that contains it has returned.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use super::{Bound, constraint, fault};
use crate::batch::{Batch, Expect, Written};
use crate::error::{DbError, WriteError};
use crate::stmt::Dialect;

/// Batches that may wait for the writer; further callers wait for a place.
const QUEUE: usize = 4096;
/// Batches that share one commit at most: bounds how long the first waits for the last.
const GROUP: usize = 256;

type Answer<T> = oneshot::Sender<Result<T, WriteError>>;

enum Job {
    Write(Batch, Answer<Written>),
    Script(String, Batch, Answer<()>),
    #[cfg(test)]
    Panic(Answer<()>),
}

/// The sending end. The thread ends when the last one is dropped.
pub(super) struct Writer {
    jobs: Sender<Job>,
    patience: Duration,
}

impl Writer {
    pub(super) fn start(connection: Connection, patience: Duration) -> std::io::Result<Self> {
        let (jobs, queue) = channel(QUEUE);
        let work = move || write_loop(&connection, queue);
        std::thread::Builder::new().name("sqlite-writer".to_owned()).spawn(work)?;
        Ok(Self { jobs, patience })
    }

    pub(super) async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        let (answer, wait) = oneshot::channel();
        self.send(Job::Write(batch, answer)).await?;
        wait.await.map_err(|_| stopped())?
    }

    pub(super) async fn script(&self, sql: String, then: Batch) -> Result<(), WriteError> {
        let (answer, wait) = oneshot::channel();
        self.send(Job::Script(sql, then, answer)).await?;
        wait.await.map_err(|_| stopped())?
    }

    #[cfg(test)]
    pub(super) async fn panic(&self) -> Result<(), WriteError> {
        let (answer, wait) = oneshot::channel();
        self.send(Job::Panic(answer)).await?;
        wait.await.map_err(|_| stopped())?
    }

    async fn send(&self, job: Job) -> Result<(), DbError> {
        match self.jobs.send_timeout(job, self.patience).await {
            Ok(()) => Ok(()),
            Err(tokio::sync::mpsc::error::SendTimeoutError::Timeout(_)) => {
                Err(DbError::Unavailable("too many changes are waiting".to_owned()))
            }
            Err(tokio::sync::mpsc::error::SendTimeoutError::Closed(_)) => Err(stopped()),
        }
    }
}

fn stopped() -> DbError {
    DbError::Unavailable("the database writer stopped; whether the change was made is not known".to_owned())
}

fn write_loop(connection: &Connection, mut queue: Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        // After a panic the answers of this round are dropped, which tells their callers; the thread goes on.
        let round = catch_unwind(AssertUnwindSafe(|| one_round(connection, &mut queue, first)));
        if round.is_err() {
            tracing::error!("the database writer panicked");
        }
        undo(connection);
    }
}

fn one_round(connection: &Connection, queue: &mut Receiver<Job>, first: Job) {
    let mut group = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        match job {
            Job::Write(batch, answer) => group.push((batch, answer)),
            Job::Script(sql, then, answer) => {
                commit_group(connection, std::mem::take(&mut group));
                let done = script(connection, &sql, &then);
                undo(connection);
                // The caller may have given up; the script has run all the same.
                let _ = answer.send(done);
            }
            #[cfg(test)]
            Job::Panic(answer) => panic!("as asked, with the answer {}", if answer.is_closed() { "closed" } else { "open" }),
        }
        next = if group.len() < GROUP { queue.try_recv().ok() } else { None };
    }
    commit_group(connection, group);
}

/// Commits the batches together, and only then answers. What one batch does wrong does not touch the others; when the COMMIT
/// fails, or the database undoes the transaction by itself (full disk), all of them have failed.
fn commit_group(connection: &Connection, group: Vec<(Batch, Answer<Written>)>) {
    if group.is_empty() {
        return;
    }
    let outcome = run_group(connection, &group);
    let results = outcome.unwrap_or_else(|e| {
        undo(connection);
        group.iter().map(|_| Err(fault(&e, "COMMIT").into())).collect()
    });
    for ((_, answer), result) in group.into_iter().zip(results) {
        // The caller may have given up; what is committed stays committed.
        let _ = answer.send(result);
    }
}

type Results = Vec<Result<Written, WriteError>>;

fn run_group(connection: &Connection, group: &[(Batch, Answer<Written>)]) -> rusqlite::Result<Results> {
    let sql = |text: &str| connection.prepare_cached(text)?.execute([]).map(drop);
    sql("BEGIN IMMEDIATE")?;
    // Savepoints cost a sixth of the work here; they are for the rare group in which something goes wrong.
    let all: Result<Vec<Written>, WriteError> = group.iter().map(|(batch, _)| run_batch(connection, batch)).collect();
    match all {
        Ok(written) => {
            sql("COMMIT")?;
            return Ok(written.into_iter().map(Ok).collect());
        }
        Err(failed) => {
            undo(connection);
            if group.len() == 1 {
                return Ok(vec![Err(failed)]);
            }
        }
    }
    run_apart(connection, group)
}

/// As [`run_group`], each batch in a savepoint of its own.
fn run_apart(connection: &Connection, group: &[(Batch, Answer<Written>)]) -> rusqlite::Result<Results> {
    let sql = |text: &str| connection.prepare_cached(text)?.execute([]).map(drop);
    sql("BEGIN IMMEDIATE")?;
    let mut results = Vec::with_capacity(group.len());
    for (batch, _) in group {
        sql("SAVEPOINT batch")?;
        let done = run_batch(connection, batch);
        if done.is_err() {
            // Fails when the database has undone the whole transaction; then all of the group has failed.
            sql("ROLLBACK TO batch")?;
        }
        sql("RELEASE batch")?;
        results.push(done);
    }
    sql("COMMIT")?;
    Ok(results)
}

fn undo(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(e) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(error = %e, "a transaction could not be undone");
    }
}

fn run_batch(connection: &Connection, batch: &Batch) -> Result<Written, WriteError> {
    let mut rows = Vec::with_capacity(batch.steps().len());
    for step in batch.steps() {
        let name = step.stmt.text();
        let mut prepared = connection.prepare_cached(step.stmt.sql(Dialect::Sqlite)).map_err(|e| fault(&e, name))?;
        let touched = prepared.execute(rusqlite::params_from_iter(step.args.iter().map(Bound))).map_err(|e| {
            constraint::violated(connection, &e, name).map_or_else(|| fault(&e, name).into(), WriteError::Constraint)
        })?;
        let touched = touched as u64;
        match step.expect {
            Expect::One(label) if touched != 1 => return Err(WriteError::Guard(label)),
            _ => rows.push(touched),
        }
    }
    Ok(Written { rows })
}

/// A migration: tables may be rebuilt, hence references are checked at the end and not between.
fn script(connection: &Connection, sql: &str, then: &Batch) -> Result<(), WriteError> {
    let failed = |e: rusqlite::Error| fault(&e, "migration");
    connection.execute_batch("PRAGMA foreign_keys=OFF; BEGIN IMMEDIATE").map_err(failed)?;
    let done = (|| {
        connection.execute_batch(sql).map_err(failed)?;
        let broken = connection.prepare("PRAGMA foreign_key_check").and_then(|mut s| s.exists([])).map_err(failed)?;
        if broken {
            return Err(DbError::Failed("references are broken afterwards".to_owned(), "migration").into());
        }
        run_batch(connection, then)?;
        connection.execute_batch("COMMIT").map_err(failed)?;
        Ok(())
    })();
    undo(connection);
    connection.execute_batch("PRAGMA foreign_keys=ON").map_err(failed)?;
    done
}
