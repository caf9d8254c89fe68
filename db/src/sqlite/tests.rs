use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::args;
use crate::stmt::Dialect;

crate::statements! {
    PUT = "INSERT INTO thing (id, body, parent) VALUES (?, ?, ?)";
    IDS = "SELECT id FROM thing";
    BODY = "SELECT body FROM thing WHERE id = ?";
    REAL = "SELECT 1.5";
    BAD_TEXT = "SELECT CAST(X'ff' AS TEXT)";
}

/// The reference is checked at COMMIT only.
const THING: &str = "CREATE TABLE thing (id VARCHAR(26) NOT NULL, body TEXT NOT NULL, parent VARCHAR(26), \
     CONSTRAINT thing_pk PRIMARY KEY (id), \
     CONSTRAINT thing_parent FOREIGN KEY (parent) REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED);";

async fn fresh(limits: Limits) -> (tempfile::TempDir, Sqlite) {
    let dir = tempfile::tempdir().unwrap();
    let db = Sqlite::open(dir.path().join("t.db"), limits).unwrap();
    db.script(THING.to_owned(), Batch::new()).await.unwrap();
    for stmt in STATEMENTS {
        db.prepare(stmt).unwrap();
    }
    (dir, db)
}

fn put(id: &str, body: &str, parent: Option<&str>) -> Batch {
    let mut batch = Batch::new();
    batch.run(&PUT, args![id, body, parent]);
    batch
}

fn ids(db: &Sqlite) -> BTreeSet<String> {
    let rows = db.fetch(IDS.sql(Dialect::Sqlite), IDS.text(), &[]).unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

/// Writes that wait together while another connection holds the database, so that they share one commit.
async fn together(db: &Arc<Sqlite>, batches: Vec<Batch>) -> Vec<Result<Written, WriteError>> {
    let rival = Connection::open(db.path()).unwrap();
    rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    let first = tokio::spawn({
        let db = Arc::clone(db);
        async move { db.write(put("first", "", None)).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let waiting: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let db = Arc::clone(db);
            tokio::spawn(async move { db.write(batch).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    rival.execute_batch("ROLLBACK").unwrap();
    first.await.unwrap().unwrap();
    let mut out = Vec::new();
    for one in waiting {
        out.push(one.await.unwrap());
    }
    out
}

#[tokio::test]
async fn a_failed_commit_is_answered_to_all_who_share_it() {
    let (_dir, db) = fresh(Limits::default()).await;
    let db = Arc::new(db);
    let batches = vec![put("a", "", None), put("b", "", Some("nobody")), put("c", "", None)];
    let results = together(&db, batches).await;
    assert!(results.iter().all(Result::is_err), "the COMMIT failed for all");
    assert_eq!(ids(&db), BTreeSet::from(["first".to_owned()]));
    db.write(put("d", "", Some("first"))).await.unwrap();
}

#[tokio::test]
async fn a_wrong_batch_does_not_touch_its_neighbours() {
    let (_dir, db) = fresh(Limits::default()).await;
    let db = Arc::new(db);
    let mut twice = put("b", "", None);
    twice.append(put("a", "", None));
    let results = together(&db, vec![put("a", "", None), twice, put("c", "", None)]).await;
    assert!(results[0].is_ok() && results[2].is_ok());
    assert!(results[1].as_ref().unwrap_err().violates("thing_pk"));
    assert_eq!(ids(&db), ["a", "c", "first"].map(str::to_owned).into());
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let (_dir, db) = fresh(Limits::default()).await;
    db.script("PRAGMA max_page_count = 60".to_owned(), Batch::new()).await.unwrap();
    let db = Arc::new(db);
    let body = "x".repeat(9000);
    let batches: Vec<Batch> = (0..40).map(|i| put(&format!("{i}"), &body, None)).collect();
    let results = together(&db, batches).await;
    let kept: BTreeSet<String> = (0..40).filter(|i| results[*i].is_ok()).map(|i| i.to_string()).collect();
    assert!(kept.len() < 40, "the limit was reached");
    let mut expected = kept;
    expected.insert("first".to_owned());
    assert_eq!(ids(&db), expected);
    db.script("PRAGMA max_page_count = 10000".to_owned(), Batch::new()).await.unwrap();
    db.write(put("after", &body, None)).await.unwrap();
}

#[tokio::test]
async fn a_panic_of_the_writer_is_answered_and_survived() {
    let (_dir, db) = fresh(Limits::default()).await;
    let answer = tokio::time::timeout(Duration::from_secs(5), db.writer.panic()).await.expect("an answer");
    assert!(matches!(answer, Err(WriteError::Db(DbError::Unavailable(_)))));
    db.write(put("a", "", None)).await.unwrap();
}

#[tokio::test]
async fn callers_wait_for_a_place_but_not_forever() {
    let (_dir, db) = fresh(Limits { connections: 2, patience: Duration::from_millis(300) }).await;
    let db = Arc::new(db);
    let rival = Connection::open(db.path()).unwrap();
    rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for i in 0..6000 {
        let db = Arc::clone(&db);
        waiting.spawn(async move { db.write(put(&i.to_string(), "", None)).await });
    }
    tokio::time::sleep(Duration::from_millis(800)).await;
    rival.execute_batch("ROLLBACK").unwrap();
    let (mut done, mut refused) = (0, 0);
    while let Some(one) = waiting.join_next().await {
        match one.unwrap() {
            Ok(_) => done += 1,
            Err(WriteError::Db(DbError::Unavailable(_))) => refused += 1,
            Err(e) => panic!("{e}"),
        }
    }
    assert!(done >= 4096 && refused > 0, "{done} done, {refused} refused");
    assert_eq!(ids(&db).len(), done);
}

#[tokio::test]
async fn broken_columns_are_errors() {
    let (_dir, db) = fresh(Limits::default()).await;
    for stmt in [&REAL, &BAD_TEXT] {
        let broken = db.fetch(stmt.sql(Dialect::Sqlite), stmt.text(), &[]);
        assert!(matches!(broken, Err(DbError::Broken { column: 0, .. })));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_is_one_moment_of_a_database_in_use() {
    let (dir, db) = fresh(Limits::default()).await;
    let db = Arc::new(db);
    let writer = tokio::spawn({
        let db = Arc::clone(&db);
        async move {
            for i in 0..300 {
                let mut pair = put(&format!("{i}a"), "x", None);
                pair.append(put(&format!("{i}b"), "y", None));
                db.write(pair).await.unwrap();
            }
        }
    });
    for i in 0..5 {
        let to = dir.path().join(format!("copy{i}.db"));
        db.backup_to(to.clone()).await.unwrap();
        assert!(db.backup_to(to.clone()).await.is_err(), "an existing file is never overwritten");
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        let copy = Sqlite::open(to, Limits::default()).unwrap();
        assert_eq!(ids(&copy).len() % 2, 0, "half a batch");
    }
    writer.await.unwrap();
    assert_eq!(ids(&db).len(), 600);
    let body = db.fetch(BODY.sql(Dialect::Sqlite), BODY.text(), &args!["7b"]).unwrap();
    assert_eq!(body[0].get::<String>(0).unwrap(), "y");
}
