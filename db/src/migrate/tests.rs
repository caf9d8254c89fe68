use super::*;
use crate::testing::{self, TestDb};
use crate::{Stmt, args};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

macro_rules! same {
    ($name:literal, $sql:literal) => {
        Migration { name: $name, sqlite: $sql, postgres: $sql, mysql: $sql }
    };
}

static ONE: &[Migration] = &[same!("0001_a", "CREATE TABLE a (id BIGINT NOT NULL, CONSTRAINT a_pk PRIMARY KEY (id));")];
static TWO: &[Migration] = &[
    same!("0001_a", "CREATE TABLE a (id BIGINT NOT NULL, CONSTRAINT a_pk PRIMARY KEY (id));"),
    same!("0002_b", "INSERT INTO a (id) VALUES (1); INSERT INTO a (id) VALUES (2);"),
];
static OTHER: &[Migration] = &[same!("0001_a", "CREATE TABLE a (id BIGINT NOT NULL);")];
static BROKEN: &[Migration] = &[
    same!("0001_a", "CREATE TABLE a (id BIGINT NOT NULL, CONSTRAINT a_pk PRIMARY KEY (id));"),
    same!(
        "0002_c",
        "CREATE TABLE c (id BIGINT NOT NULL, CONSTRAINT c_pk PRIMARY KEY (id)); INSERT INTO nowhere (id) VALUES (1);"
    ),
];
static COUNT: Stmt = Stmt::new("SELECT COUNT(*) FROM a");
static COUNT_C: Stmt = Stmt::new("SELECT COUNT(*) FROM c");

async fn empties() -> Vec<TestDb> {
    let mut out = Vec::new();
    for dialect in Dialect::ALL {
        out.push(testing::empty(dialect).await);
    }
    out
}

#[tokio::test]
async fn applied_once_and_compared() {
    for db in empties().await {
        assert_eq!(status_of(&db, TWO).await.unwrap().pending, ["0001_a", "0002_b"]);
        assert_eq!(run_list(&db, ONE, NOW).await.unwrap(), ["0001_a"]);
        assert_eq!(run_list(&db, ONE, NOW).await.unwrap(), Vec::<&str>::new());
        assert!(matches!(status_of(&db, TWO).await.unwrap().ready(), Err(MigrateError::Pending(_))));
        assert_eq!(run_list(&db, TWO, NOW).await.unwrap(), ["0002_b"]);
        status_of(&db, TWO).await.unwrap().ready().unwrap();
        let count: i64 = db.fetch_optional(&COUNT, args![]).await.unwrap().unwrap().get(0).unwrap();
        assert_eq!(count, 2, "{:?}", db.dialect());

        let newer = run_list(&db, ONE, NOW).await.unwrap_err();
        assert!(newer.to_string().contains("newer than this program (it has 0002_b)"), "{newer}");
        assert!(matches!(run_list(&db, OTHER, NOW).await, Err(MigrateError::Newer(_))));
    }
}

#[tokio::test]
async fn a_changed_file_is_noticed() {
    for db in empties().await {
        run_list(&db, ONE, NOW).await.unwrap();
        assert!(matches!(run_list(&db, OTHER, NOW).await, Err(MigrateError::Changed(name)) if name == "0001_a"));
    }
}

#[tokio::test]
async fn a_failed_file_is_undone_or_says_that_it_is_not() {
    for db in empties().await {
        let text = run_list(&db, BROKEN, NOW).await.unwrap_err().to_string();
        let status = status_of(&db, BROKEN).await.unwrap();
        assert!(text.contains(&format!("{}/0002_c.sql failed", db.dialect().name())), "{text}");
        if db.dialect() == Dialect::MySql {
            assert!(text.contains("restore the backup"), "{text}");
            assert_eq!(status.unfinished, ["0002_c"]);
            assert!(matches!(run_list(&db, BROKEN, NOW).await, Err(MigrateError::Unfinished(_))));
        } else {
            assert!(text.ends_with("it was undone"), "{text}");
            assert_eq!(status.pending, ["0002_c"]);
            assert!(db.fetch_all(&COUNT_C, args![]).await.is_err());
        }
        assert_eq!(status.applied[0].name, "0001_a");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_at_once_migrate_once() {
    for db in empties().await {
        let mut starts = Vec::new();
        for _ in 0..4 {
            let process = db.again().await;
            starts.push(tokio::spawn(async move { run_list(&process, TWO, NOW).await.unwrap() }));
        }
        let mut applied = 0;
        for start in starts {
            applied += start.await.unwrap().len();
        }
        assert_eq!(applied, 2, "{:?}", db.dialect());
        status_of(&db, TWO).await.unwrap().ready().unwrap();
    }
}

#[tokio::test]
async fn an_embedded_database_is_copied_first() {
    let db = testing::empty(Dialect::Sqlite).await;
    let folder = db.file().unwrap().parent().unwrap().to_owned();
    let copies = || {
        let names = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path());
        names.filter(|p| p.to_string_lossy().contains(".before-")).collect::<Vec<_>>()
    };
    run_list(&db, ONE, NOW).await.unwrap();
    assert!(copies().is_empty(), "there was nothing to lose");
    run_list(&db, TWO, NOW).await.unwrap();
    let [copy] = copies().try_into().unwrap();
    assert!(copy.to_string_lossy().ends_with("test.db.before-0002_b-1700000000"));
    let copy = Db::open_sqlite(&copy).unwrap();
    assert_eq!(status_of(&copy, TWO).await.unwrap().pending, ["0002_b"]);
}

#[tokio::test]
async fn everything_applies_everywhere() {
    for db in testing::all().await {
        status(&db).await.unwrap().ready().unwrap();
    }
}
