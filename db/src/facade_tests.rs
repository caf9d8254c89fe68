//! The same promises on every database.

use crate::testing::{TestDb, empty};
use crate::{Batch, DbError, Dialect, Value, WriteError, Written, args};

crate::statements! {
    PUT = "INSERT INTO thing (id, n) VALUES (?, ?)";
    RAISE = "UPDATE thing SET n = ? WHERE id = ? AND n < ?";
    SAME = "UPDATE thing SET n = n WHERE n > ?";
    N = "SELECT n FROM thing WHERE id = ?";
    COUNT = "SELECT COUNT(*), SUM(n), SUM(CASE WHEN n < 0 THEN 1 ELSE 0 END) FROM thing";
    KINDS_IN = "INSERT INTO kinds (id, flag, num, small, txt, data, parent) VALUES (?, ?, ?, ?, ?, ?, ?)";
    KINDS_OUT = "SELECT flag, num, small, txt, data, parent, flag = TRUE, NULL FROM kinds WHERE id = ?";
    KINDS_COUNT = "SELECT COUNT(*) FROM kinds";
    PAGE = "SELECT id FROM thing ORDER BY id LIMIT ? OFFSET ?";
}

const THINGS: &str = "
    CREATE TABLE thing (id VARCHAR(26) NOT NULL, n BIGINT NOT NULL, CONSTRAINT thing_pk PRIMARY KEY (id),
        CONSTRAINT thing_n_range CHECK (n < 1000000));
    CREATE UNIQUE INDEX thing_n ON thing (n);";

async fn things() -> Vec<TestDb> {
    let mut out = Vec::new();
    for dialect in Dialect::ALL {
        let db = empty(dialect).await;
        let (bytes, text, charset) = match dialect {
            Dialect::Sqlite => ("BLOB", "TEXT", ""),
            Dialect::Postgres => ("BYTEA", "TEXT", ""),
            Dialect::MySql => ("LONGBLOB", "LONGTEXT", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"),
        };
        let kinds = format!(
            "{THINGS} CREATE TABLE kinds (id VARCHAR(26) NOT NULL, flag BOOLEAN, num BIGINT, small INTEGER, txt {text}, \
             data {bytes}, parent VARCHAR(26), CONSTRAINT kinds_pk PRIMARY KEY (id), \
             CONSTRAINT kinds_parent FOREIGN KEY (parent) REFERENCES kinds (id)) {charset};"
        );
        db.script(&kinds).await;
        for stmt in STATEMENTS {
            db.prepare(stmt).await.unwrap();
        }
        out.push(db);
    }
    out
}

#[tokio::test]
async fn a_guard_undoes_the_whole_batch_and_only_it() {
    for db in things().await {
        db.execute(&PUT, args!["a", 5]).await.unwrap();
        let mut batch = Batch::new();
        batch.run(&PUT, args!["b", 6]).guard("n", &RAISE, args![5, "a", 5]);
        assert!(matches!(db.write(batch).await, Err(WriteError::Guard("n"))));
        assert!(db.fetch_optional(&N, args!["b"]).await.unwrap().is_none());
        let mut batch = Batch::new();
        batch.run(&PUT, args!["b", 6]).guard("n", &RAISE, args![7, "a", 7]);
        assert_eq!(db.write(batch).await.unwrap(), Written { rows: vec![1, 1] });
        let row = db.fetch_optional(&N, args!["a"]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 7);
        // A guard alone that touches too many is undone too; rows found count, changed or not.
        let mut batch = Batch::new();
        batch.guard("one", &SAME, args![0]);
        assert!(matches!(db.write(batch).await, Err(WriteError::Guard("one"))));
        assert_eq!(db.execute(&SAME, args![0]).await.unwrap(), 2, "{:?}", db.dialect());
    }
}

#[tokio::test]
async fn batches_over_several_tables_are_whole_too() {
    for db in things().await {
        let both = |n: i64, id: &str| {
            let mut batch = Batch::new();
            batch.guard("n", &RAISE, args![n, "a", n]);
            batch.guard("kinds", &KINDS_IN, args![id, true, n, 2, "t", vec![0u8], None::<String>]);
            batch
        };
        db.execute(&PUT, args!["a", 5]).await.unwrap();
        for _ in 0..3 {
            assert!(matches!(db.write(both(5, "x")).await, Err(WriteError::Guard("n"))), "{:?}", db.dialect());
            assert!(db.fetch_all(&KINDS_OUT, args!["x"]).await.unwrap().is_empty());
        }
        assert_eq!(db.write(both(6, "x")).await.unwrap(), Written { rows: vec![1, 1] });
        // Where a guard and a constraint fail together, it is the guard that is told: whoever decides anew sees why.
        assert!(matches!(db.write(both(6, "x")).await, Err(WriteError::Guard("n"))), "{:?}", db.dialect());
        assert!(db.write(both(7, "x")).await.unwrap_err().violates("kinds_pk"));
        let row = db.fetch_optional(&N, args!["a"]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 6, "{:?}", db.dialect());
        // A guard alone, right and wrong.
        for (n, holds) in [(8, true), (8, false), (9, true)] {
            let mut batch = Batch::new();
            batch.guard("n", &RAISE, args![n, "a", n]);
            assert_eq!(db.write(batch).await.is_ok(), holds);
        }
    }
}

#[tokio::test]
async fn constraints_have_the_same_names() {
    for db in things().await {
        let dialect = db.dialect();
        db.execute(&PUT, args!["a", 5]).await.unwrap();
        let violated = async |stmt, args| db.execute(stmt, args).await.unwrap_err().to_string();
        assert_eq!(violated(&PUT, args!["a", 6]).await, "constraint thing_pk", "{dialect:?}");
        assert_eq!(violated(&PUT, args!["b", 5]).await, "constraint thing_n", "{dialect:?}");
        assert_eq!(violated(&PUT, args!["b", None::<i64>]).await, "constraint n", "{dialect:?}");
        assert_eq!(violated(&PUT, args!["b", 2_000_000]).await, "constraint thing_n_range", "{dialect:?}");
        let child = args!["k", true, 1, 2, "t", vec![0u8], "nobody"];
        assert_eq!(violated(&KINDS_IN, child).await, "constraint kinds_parent", "{dialect:?}");
    }
}

#[tokio::test]
async fn every_kind_of_value_survives() {
    let text = "Grüße, \u{1F511} 'quoted' \\ % _ \u{7f}";
    for db in things().await {
        let dialect = db.dialect();
        let data: Vec<u8> = (0..=255).collect();
        let row = args!["1", true, i64::MIN, -5, text, data.clone(), None::<String>];
        db.execute(&KINDS_IN, row).await.unwrap();
        let row = db.fetch_optional(&KINDS_OUT, args!["1"]).await.unwrap().unwrap();
        let mut read = row.reader();
        assert!(read.next::<bool>().unwrap());
        assert_eq!(read.next::<i64>().unwrap(), i64::MIN);
        assert_eq!(read.next::<i32>().unwrap(), -5);
        assert_eq!(read.next::<String>().unwrap(), text);
        assert_eq!(read.next::<Vec<u8>>().unwrap(), data);
        assert_eq!(read.next::<Option<String>>().unwrap(), None);
        assert!(read.next::<bool>().unwrap(), "{dialect:?}");
        assert_eq!(read.next::<Option<i64>>().unwrap(), None);
        assert!(read.next::<i64>().is_err());

        let nulls = vec![
            Value::from("2"),
            Value::Bool(None),
            Value::Int(None),
            Value::Int(None),
            Value::Text(None),
            Value::Bytes(None),
            Value::Text(None),
        ];
        db.execute(&KINDS_IN, nulls).await.unwrap();
        let row = db.fetch_optional(&KINDS_OUT, args!["2"]).await.unwrap().unwrap();
        assert_eq!(row.get::<Option<bool>>(0).unwrap(), None);
        assert_eq!(row.get::<Option<i64>>(1).unwrap(), None);
        assert_eq!(row.get::<Option<Vec<u8>>>(4).unwrap(), None);
        assert!(matches!(row.get::<String>(3), Err(DbError::Broken { column: 3, .. })));
    }
}

#[tokio::test]
async fn sums_are_numbers_and_limits_take_arguments() {
    for db in things().await {
        let empty = db.fetch_optional(&COUNT, args![]).await.unwrap().unwrap();
        assert_eq!((empty.get::<i64>(0).unwrap(), empty.get::<Option<i64>>(1).unwrap()), (0, None));
        for (id, n) in [("a", 70_000), ("b", -10_003), ("c", 0)] {
            db.execute(&PUT, args![id, n]).await.unwrap();
        }
        let row = db.fetch_optional(&COUNT, args![]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 3);
        assert_eq!(row.get::<i64>(1).unwrap(), 59_997, "{:?}", db.dialect());
        assert_eq!(row.get::<i64>(2).unwrap(), 1);
        let page = db.fetch_list(&PAGE, args![2, 1]).await.unwrap();
        let ids: Vec<String> = page.iter().map(|r| r.get(0).unwrap()).collect();
        assert_eq!(ids, ["b", "c"]);
    }
}

#[tokio::test]
async fn what_no_column_holds_is_refused_as_bad_input() {
    use kernel::{Class, Classified};
    for db in things().await {
        let nul = db.execute(&PUT, args!["a\0b", 5]).await.unwrap_err();
        assert_eq!(nul.class(), Class::Invalid, "{:?}", db.dialect());
        assert_eq!(db.fetch_all(&N, args!["a\0b"]).await.err().unwrap().class(), Class::Invalid);
        if db.dialect() != Dialect::Sqlite {
            let long = db.execute(&PUT, args!["x".repeat(27), 5]).await.unwrap_err();
            assert_eq!(long.class(), Class::Invalid, "{long}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_rivals_wins() {
    for db in things().await {
        let other = db.again().await;
        db.execute(&PUT, args!["a", 0]).await.unwrap();
        for round in 1..=6 {
            let rivals = (0..40).map(|i| {
                let db = if i % 2 == 0 { db.clone() } else { other.clone() };
                tokio::spawn(async move {
                    let mut batch = Batch::new();
                    batch.guard("n", &RAISE, args![round, "a", round]);
                    // On the same table, and on another.
                    let id = format!("{round}-{i}");
                    if round % 2 == 0 {
                        batch.run(&PUT, args![id, -(round * 100 + i)]);
                    } else {
                        batch.run(&KINDS_IN, args![id, true, 1, 2, "t", vec![0u8], None::<String>]);
                    }
                    db.write(batch).await
                })
            });
            let mut won = 0;
            for rival in rivals.collect::<Vec<_>>() {
                match rival.await.unwrap() {
                    Ok(_) => won += 1,
                    Err(WriteError::Guard("n")) => {}
                    Err(e) => panic!("{:?}: {e}", db.dialect()),
                }
            }
            assert_eq!(won, 1, "{:?}", db.dialect());
        }
        let row = db.fetch_optional(&COUNT, args![]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 4);
        let row = db.fetch_optional(&KINDS_COUNT, args![]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 3, "{:?}", db.dialect());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deadlocks_are_retried() {
    for db in things().await {
        for (id, n) in [("a", 1), ("b", 2)] {
            db.execute(&PUT, args![id, n]).await.unwrap();
        }
        let tasks = (0..16_i64).map(|i| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut batch = Batch::new();
                // Half lock a then b, half b then a.
                let order = if i % 2 == 0 { ["a", "b"] } else { ["b", "a"] };
                batch.run(&RAISE, args![-2 * i - 10, order[0], i64::MAX]);
                batch.run(&RAISE, args![-2 * i - 11, order[1], i64::MAX]);
                db.write(batch).await
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap().unwrap_or_else(|e| panic!("{:?}: {e}", db.dialect()));
        }
    }
}

#[tokio::test]
async fn errors_do_not_tell_the_password() {
    for url in [
        "postgres://me:hunter2@127.0.0.1:1/x",
        "mysql://me:hunter2@127.0.0.1:1/x",
        "postgres://me:hunter2@127.0.0.1:99999/x",
        "mysql://me:hunter2@[/x",
        "hunter2:x",
        "oracle://me:hunter2@h/x",
    ] {
        let limits = crate::Limits { connections: 1, patience: std::time::Duration::from_millis(200) };
        let Err(e) = crate::Db::open_with(url, limits).await else { panic!("{url} opened") };
        assert!(!e.to_string().contains("hunter2"), "{e}");
    }
}

#[tokio::test]
async fn every_statement_of_this_crate_compiles() {
    crate::testing::prepare_all(&crate::statements()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abandoned_writes_happen_whole_or_not_at_all() {
    for db in things().await {
        for i in 0..150_i64 {
            let mut batch = Batch::new();
            batch.run(&PUT, args![format!("{i}a"), i * 2]).run(&PUT, args![format!("{i}b"), i * 2 + 1]);
            let patience = std::time::Duration::from_micros(u64::try_from(i * 37 % 3000).unwrap());
            // The request was dropped: a browser went away.
            let _ = tokio::time::timeout(patience, db.write(batch)).await;
        }
        db.execute(&PUT, args!["last", 900_000]).await.unwrap();
        let ids: Vec<String> = db.fetch_list(&PAGE, args![1000, 0]).await.unwrap().iter().map(|r| r.get(0).unwrap()).collect();
        for i in 0..150 {
            let halves = ["a", "b"].iter().filter(|half| ids.contains(&format!("{i}{half}"))).count();
            assert_ne!(halves, 1, "half of batch {i} on {:?}", db.dialect());
        }
    }
}

#[tokio::test]
async fn a_server_that_drops_its_connections_is_survived() {
    for db in things().await {
        let other = db.again().await;
        db.execute(&PUT, args!["a", 1]).await.unwrap();
        for round in 0..4 {
            // Fills the pool, so that several connections are stale.
            let reads = futures::future::join_all((0..6).map(|_| db.fetch_all(&N, args!["a"]))).await;
            assert!(reads.iter().all(Result::is_ok));
            drop_connections(&other).await;
            let mut batch = Batch::new();
            batch.guard("n", &RAISE, args![10 + round, "a", 10 + round]).run(&PUT, args![format!("r{round}"), -round]);
            if round % 2 == 0 {
                db.write(batch).await.unwrap_or_else(|e| panic!("{:?}: {e}", db.dialect()));
            } else {
                assert_eq!(db.fetch_all(&N, args!["a"]).await.unwrap().len(), 1, "{:?}", db.dialect());
            }
        }
    }
}

/// Ends all other connections to the database.
async fn drop_connections(db: &crate::Db) {
    match db.dialect() {
        Dialect::Sqlite => {}
        Dialect::Postgres => {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
            db.script(end, Batch::new()).await.unwrap();
        }
        Dialect::MySql => {
            for row in db.fetch_all(&CONNECTIONS, args![]).await.unwrap() {
                // It may be gone already.
                let _ = db.script(&format!("KILL {}", row.get::<i64>(0).unwrap()), Batch::new()).await;
            }
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}

static CONNECTIONS: crate::Stmt =
    crate::Stmt::new("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()");

#[tokio::test]
async fn what_could_lose_acknowledged_changes_is_told() {
    for db in things().await {
        let doubts = db.durability().await.unwrap();
        // The servers of the tests make nothing durable.
        assert_eq!(doubts.is_empty(), db.dialect() == Dialect::Sqlite, "{doubts:?}");
    }
}
