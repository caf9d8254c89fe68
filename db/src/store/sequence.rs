//! Sequences: the small integers that the wire format shows. Given out from blocks, so that a number costs a database round trip
//! only once in a while; numbers of a block that a process did not use are lost.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{Db, DbError, WriteError, args};

crate::statements! {
    NEXT = "SELECT next_value FROM sequence WHERE name = ?";
    START = "INSERT INTO sequence (name, next_value) VALUES (?, ?)";
    /// Takes a block if nobody was faster.
    ADVANCE = "UPDATE sequence SET next_value = ? WHERE name = ? AND next_value = ?";
}

/// How many numbers are taken at once.
const BLOCK: i64 = 100;

/// Gives out numbers, from 1, each at most once across all processes. Clones share their blocks.
#[derive(Clone)]
pub struct Sequences {
    db: Db,
    blocks: Arc<Mutex<HashMap<&'static str, Range<i64>>>>,
}

impl Sequences {
    /// Over this database.
    pub fn new(db: Db) -> Self {
        Self { db, blocks: Arc::default() }
    }

    /// The next number of the sequence `name` (up to 64 characters).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&self, name: &'static str) -> Result<i64, DbError> {
        let mut blocks = self.blocks.lock().await;
        let block = blocks.entry(name).or_insert(0..0);
        if block.is_empty() {
            *block = take(&self.db, name, BLOCK).await?;
        }
        block.next().ok_or_else(|| DbError::Failed("an empty block".to_owned(), ADVANCE.text()))
    }

    /// `count` consecutive numbers at once, for bulk imports.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reserve(&self, name: &'static str, count: u32) -> Result<Range<i64>, DbError> {
        take(&self.db, name, count.into()).await
    }
}

async fn take(db: &Db, name: &'static str, count: i64) -> Result<Range<i64>, DbError> {
    loop {
        let current = match db.fetch_optional(&NEXT, args![name]).await? {
            Some(row) => row.get::<i64>(0)?,
            None => 0,
        };
        let start = current.max(1);
        let end = start.saturating_add(count);
        let taken = match current {
            0 => db.execute(&START, args![name, end]).await,
            _ => db.execute(&ADVANCE, args![end, name, current]).await,
        };
        match taken {
            Ok(1) => return Ok(start..end),
            // Another process was faster.
            Ok(_) => {}
            Err(e) if e.violates("sequence_pk") => {}
            Err(WriteError::Db(e)) => return Err(e),
            Err(e) => return Err(DbError::Failed(e.to_string(), ADVANCE.text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use std::collections::BTreeSet;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_number_twice_across_processes() {
        for db in testing::all().await {
            let processes = [Sequences::new(db.clone()), Sequences::new(db.again().await), Sequences::new(db.again().await)];
            let draws = (0..12).map(|i| {
                let sequences = processes[i % 3].clone();
                tokio::spawn(async move {
                    let mut out = Vec::new();
                    for _ in 0..60 {
                        out.push(sequences.next("token").await.unwrap());
                    }
                    out.extend(sequences.reserve("token", 7).await.unwrap());
                    out
                })
            });
            let mut all = BTreeSet::new();
            for draw in draws.collect::<Vec<_>>() {
                for n in draw.await.unwrap() {
                    assert!(n >= 1 && all.insert(n), "{n} twice on {:?}", db.dialect());
                }
            }
            assert_eq!(all.len(), 12 * 67);
            assert_eq!(processes[0].next("audit").await.unwrap(), 1);
            assert_eq!(processes[0].next("audit").await.unwrap(), 2);
            assert_eq!(processes[1].next("audit").await.unwrap(), 101);
        }
    }
}
