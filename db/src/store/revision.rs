//! Revisions: a number per topic (policies, realms, clients, ...) that rises with every change of what the nodes hold compiled
//! in memory. Nodes read all of them once a second or so and reload what has risen.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::{Batch, Db, DbError, args};

crate::statements! {
    BUMP = "INSERT INTO revision (topic, number) VALUES (?, 1) ON CONFLICT (topic) DO UPDATE SET number = revision.number + 1",
        mysql "INSERT INTO revision (topic, number) VALUES (?, 1) ON DUPLICATE KEY UPDATE number = number + 1";
    READ = "SELECT topic, number FROM revision ORDER BY topic";
}

/// Raises the number of a topic with the change that the batch makes.
pub fn bump(batch: &mut Batch, topic: &str) {
    batch.run(&BUMP, args![topic]);
}

/// The numbers of all topics that were ever changed, read at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions(BTreeMap<String, i64>);

impl Revisions {
    /// The number of a topic; 0 before its first change.
    pub fn of(&self, topic: &str) -> i64 {
        self.0.get(topic).copied().unwrap_or(0)
    }

    /// The topics.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Reads the numbers of all topics.
///
/// # Errors
/// When the database fails.
pub async fn read(db: &Db) -> Result<Revisions, DbError> {
    let rows = db.fetch_all(&READ, args![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, _>>().map(Revisions)
}

/// Which revision of a topic this node holds. Numbers are read *before* what they are about: a change that comes between is
/// loaded again, never missed.
#[derive(Debug)]
pub struct Held {
    topic: &'static str,
    number: AtomicI64,
}

impl Held {
    /// None yet.
    pub const fn nothing(topic: &'static str) -> Self {
        Self { topic, number: AtomicI64::new(-1) }
    }

    /// Whether what is held is of this revision.
    pub fn is(&self, present: &Revisions) -> bool {
        self.number.load(Ordering::Acquire) == present.of(self.topic)
    }

    /// What was loaded after these numbers were read is held now.
    pub fn note(&self, present: &Revisions) {
        self.number.store(present.of(self.topic), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_change_is_missed() {
        for db in testing::all().await {
            let before = read(&db).await.unwrap();
            assert_eq!((before.topics().count(), before.of("realms")), (0, 0));
            let held = Held::nothing("realms");
            assert!(!held.is(&before), "nothing is no revision");
            held.note(&before);
            assert!(held.is(&before));
            let bumps = (0..20).map(|i| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut batch = Batch::new();
                    bump(&mut batch, if i % 4 == 0 { "realms" } else { "policies" });
                    db.write(batch).await.unwrap();
                })
            });
            for one in bumps.collect::<Vec<_>>() {
                one.await.unwrap();
            }
            let now = read(&db).await.unwrap();
            assert_eq!(now.topics().collect::<Vec<_>>(), ["policies", "realms"]);
            assert_eq!((now.of("policies"), now.of("realms")), (15, 5), "{:?}", db.dialect());
            assert!(!held.is(&now));
        }
    }
}
