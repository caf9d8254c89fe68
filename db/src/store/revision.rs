//! Revisions: a number per topic (policies, realms, clients, ...) that rises with every change of what the nodes hold compiled
//! in memory. Nodes read all of them once a second or so and reload what has risen.

use std::collections::BTreeMap;

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

/// The numbers of all topics that were ever changed.
///
/// # Errors
/// When the database fails.
pub async fn read(db: &Db) -> Result<BTreeMap<String, i64>, DbError> {
    let rows = db.fetch_all(&READ, args![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_change_is_missed() {
        for db in testing::all().await {
            assert!(read(&db).await.unwrap().is_empty());
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
            let now: Vec<_> = read(&db).await.unwrap().into_iter().collect();
            assert_eq!(now, [("policies".to_owned(), 15), ("realms".to_owned(), 5)], "{:?}", db.dialect());
        }
    }
}
