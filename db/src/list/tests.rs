use proptest::prelude::*;

use super::*;
use crate::testing::{self, TestDb};
use crate::{Batch, args};

crate::statements! {
    PUT = "INSERT INTO item (id, name, n, note) VALUES (?, ?, ?, ?)";
    TAG = "INSERT INTO item_tag (item_id, tag) VALUES (?, ?)";
    CLEAR = "DELETE FROM item";
}

const TABLES: &str = "CREATE TABLE item (id VARCHAR(26) NOT NULL, name VARCHAR(255) NOT NULL, n BIGINT NOT NULL, note VARCHAR(255), \
     CONSTRAINT item_pk PRIMARY KEY (id));
     CREATE TABLE item_tag (item_id VARCHAR(26) NOT NULL, tag VARCHAR(64) NOT NULL, CONSTRAINT item_tag_pk PRIMARY KEY (item_id, tag));";

async fn databases() -> Vec<TestDb> {
    let mut out = Vec::new();
    for dialect in Dialect::ALL {
        let db = testing::empty(dialect).await;
        db.script(TABLES).await;
        for stmt in STATEMENTS {
            db.prepare(stmt).await.unwrap();
        }
        out.push(db);
    }
    out
}

async fn ids(db: &Db, list: &ListQuery) -> Vec<String> {
    list.rows(db).await.unwrap_or_else(|e| panic!("{:?}: {e}", db.dialect())).iter().map(|row| row.get(0).unwrap()).collect()
}

fn items() -> ListQuery {
    ListQuery::new("item", &["id", "name", "n"])
}

async fn fill(db: &Db, rows: &[(&str, &str, i64, Option<&str>)]) {
    let mut batch = Batch::new();
    for (id, name, n, note) in rows {
        batch.run(&PUT, args![*id, *name, *n, *note]);
    }
    db.write(batch).await.unwrap();
}

#[tokio::test]
async fn filters_mean_the_same_everywhere() {
    let rows = [("a", "Ab_c", 1, None), ("b", "ab%c", 2, Some("x")), ("c", "AB!c", 3, Some("y")), ("d", "a\\b", 3, None)];
    for db in databases().await {
        fill(&db, &rows).await;
        db.execute(&TAG, args!["a", "red"]).await.unwrap();
        db.execute(&TAG, args!["c", "red"]).await.unwrap();
        db.execute(&TAG, args!["c", "blue"]).await.unwrap();
        let found = async |filter: Filter| ids(&db, &items().filter(filter)).await.concat();
        assert_eq!(found(Filter::equals("name", "ab%c")).await, "b");
        assert_eq!(found(Filter::like("name", "*_*")).await, "a");
        assert_eq!(found(Filter::like("name", "a*")).await, "bd", "case differs on {:?}", db.dialect());
        assert_eq!(found(Filter::like("name", "*%c")).await, "b");
        assert_eq!(found(Filter::like("name", "*!*")).await, "c");
        assert_eq!(found(Filter::like("name", "*\\*")).await, "d");
        assert_eq!(found(Filter::like("name", "ab%c")).await, "b");
        assert_eq!(found(Filter::not(Filter::like("name", "*b*"))).await, "c");
        assert_eq!(found(Filter::any_of("n", [1, 3])).await, "acd");
        assert_eq!(found(Filter::any_of("n", Vec::<i64>::new())).await, "");
        assert_eq!(found(Filter::not(Filter::any_of("n", Vec::<i64>::new()))).await, "abcd");
        assert_eq!(found(Filter::all(vec![Filter::at_least("n", 2), Filter::below("n", 3)])).await, "b");
        assert_eq!(found(Filter::is_null("note")).await, "ad");
        assert_eq!(found(Filter::equals("note", None::<&str>)).await, "ad");
        assert_eq!(found(Filter::equals("note", "x")).await, "b");
        assert_eq!(found(Filter::not(Filter::equals("note", "x"))).await, "acd", "NULL is not x");
        assert_eq!(found(Filter::any(vec![Filter::equals("n", 1), Filter::equals("note", "y")])).await, "ac");
        assert_eq!(found(Filter::any(vec![])).await, "");
        assert_eq!(found(Filter::all(vec![])).await, "abcd");
        let red = Filter::within("id", "item_tag", "item_id", vec![Filter::like("tag", "r*")]);
        assert_eq!(found(red.clone()).await, "ac");
        assert_eq!(found(Filter::not(red)).await, "bd");
        assert_eq!(found(Filter::equals("name", "' OR 1=1 --")).await, "");
        assert_eq!(items().filter(Filter::equals("n", 3)).page(2, 1).count(&db).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn pages_never_overlap() {
    let rows: Vec<(String, String, i64, Option<&str>)> =
        (0..25).map(|i| (format!("{i:02}"), format!("n{}", i % 4), i64::from(i) % 3, (i % 5 != 0).then_some("x"))).collect();
    for db in databases().await {
        let rows: Vec<_> = rows.iter().map(|(id, name, n, note)| (id.as_str(), name.as_str(), *n, *note)).collect();
        fill(&db, &rows).await;
        for direction in [Order::Ascending, Order::Descending] {
            let ordered = items().order_by("name", direction);
            let all = ids(&db, &ordered).await;
            assert_eq!(all.len(), 25);
            let mut sorted = all.clone();
            sorted.sort_by_key(|id| (id.parse::<u32>().unwrap() % 4, id.clone()));
            if direction == Order::Descending {
                sorted.reverse();
            }
            assert_eq!(all, sorted);
            let mut paged = Vec::new();
            for page in 1..=4 {
                paged.extend(ids(&db, &ordered.clone().page(page, 7)).await);
            }
            assert_eq!(paged, all);
            let mut walked: Vec<String> = Vec::new();
            loop {
                let mut next = ordered.clone().limit(4);
                if let Some(last) = walked.last() {
                    let name = format!("n{}", last.parse::<u32>().unwrap() % 4);
                    next = next.after(Some(Value::from(name)), last.as_str());
                }
                let more = ids(&db, &next).await;
                if more.is_empty() {
                    break;
                }
                walked.extend(more);
            }
            assert_eq!(walked, all);
            let by_id = ids(&db, &items().order_by("id", direction).after(None, "12").limit(1)).await;
            assert_eq!(by_id, [if direction == Order::Ascending { "13" } else { "11" }]);
        }
        let nulls = ids(&db, &items().order_by_nullable("note", Order::Ascending).limit(6)).await;
        assert_eq!(nulls, ["00", "05", "10", "15", "20", "01"], "{:?}", db.dialect());
        let refused = items().order_by_nullable("note", Order::Ascending).after(None, "1").rows(&db).await;
        assert!(matches!(refused, Err(DbError::Refused(..))));
        assert!(ids(&db, &items().page(u64::MAX, u64::MAX)).await.is_empty());
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let db = testing::empty(Dialect::Sqlite).await;
    for filter in [Filter::like("name", &"*a".repeat(17)), Filter::like("name", &format!("*{}", "a".repeat(512)))] {
        assert!(matches!(items().filter(filter).rows(&db).await, Err(DbError::Refused(..))));
    }
    assert!(matches!(items().filter(Filter::any_of("n", 0..3000_i64)).rows(&db).await, Err(DbError::Refused(..))));
}

/// What `*` means, written down once more in the plainest way.
fn matches_plainly(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|skip| matches_plainly(rest, &text[skip..])),
        [c, rest @ ..] => text.first() == Some(c) && matches_plainly(rest, &text[1..]),
    }
}

fn words() -> impl Strategy<Value = String> {
    let alphabet =
        prop::sample::select(vec!['a', 'A', 'b', '%', '_', '\\', '!', '?', '[', ']', '^', '-', '\'', '"', 'ü', '\u{1F511}']);
    prop::collection::vec(alphabet, 0..8).prop_map(|chars| chars.into_iter().collect())
}

fn patterns() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![Just("*".to_owned()), words()], 0..4).prop_map(|parts| parts.concat())
}

#[test]
fn wildcards_match_what_the_reference_matches() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let databases = runtime.block_on(databases());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    let cases = (prop::collection::vec(patterns(), 1..6), prop::collection::btree_set(words(), 1..12));
    runner
        .run(&cases, |(patterns, words)| {
            runtime.block_on(async {
                for db in &databases {
                    let mut batch = Batch::new();
                    batch.run(&CLEAR, args![]);
                    for (i, word) in words.iter().enumerate() {
                        batch.run(&PUT, args![format!("{i:02}"), word, 0, None::<&str>]);
                    }
                    db.write(batch).await.unwrap();
                    for pattern in &patterns {
                        let chars = |text: &str| text.chars().collect::<Vec<char>>();
                        let expected: Vec<String> = (words.iter().enumerate())
                            .filter(|(_, word)| matches_plainly(&chars(pattern), &chars(word)))
                            .map(|(i, _)| format!("{i:02}"))
                            .collect();
                        let found = ids(db, &items().filter(Filter::like("name", pattern))).await;
                        prop_assert_eq!(&found, &expected, "{} on {:?}, of {:?}", pattern, db.dialect(), &words);
                    }
                }
                Ok(())
            })
        })
        .unwrap();
    runtime.block_on(async { drop(databases) });
}
