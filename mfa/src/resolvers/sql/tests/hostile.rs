//! Logins that somebody types, rows that somebody writes, and configurations with odd names.

use super::*;
use crate::resolvers::{Filter, Page};

db::on_every_database![typed_text_is_a_value, rows_without_a_single_meaning, large_and_strange_values, odd_names];

async fn typed_text_is_a_value(on: Dialect) {
    let db = with(on, &people(on)).await;
    let sql = sql(&db, &[]);
    let long = "x".repeat(1 << 20);
    let nul = ["hans\0", "\0"];
    for typed in [
        "' OR 1=1 --",
        "' OR '1'='1",
        "hans' --",
        "hans'/*",
        "\" OR \"\"=\"",
        "\\' OR 1=1 --",
        "%",
        "_",
        "han_",
        "h%",
        "*",
        "h*",
        "hans ",
        " hans",
        "hans\u{200b}",
        "ｈａｎｓ",
        "$1",
        "?",
        "'; DROP TABLE people; --",
        "\u{1f600}",
        nul[0],
        nul[1],
        &long,
    ] {
        assert!(login(&sql, typed).await.is_none(), "{typed:.30}");
    }
    assert_eq!(login(&sql, "100%_x").await.unwrap().login, "100%_x");
    assert!(right(&sql, "hans", PASSWORD).await, "the table is there still");
}

async fn rows_without_a_single_meaning(on: Dialect) {
    let script = format!(
        "CREATE TABLE people (id VARCHAR(100), login VARCHAR(100), mail VARCHAR(100), given VARCHAR(100), pw VARCHAR(255)); \
         INSERT INTO people (id, login, pw) VALUES ('1', 'twin', '{SSHA}'), ('2', 'twin', '{SSHA}'), ('3', 'one', '{SSHA}'), \
         ('3', 'other', '{SSHA}'), ('', 'empty', '{SSHA}'), (NULL, 'null', '{SSHA}'), ('4', '', '{SSHA}'), ('5', 'fine', '{SSHA}'), \
         ('6', 'line\nfeed', '{SSHA}'), ('7', NULL, '{SSHA}');"
    );
    let db = with(on, &script).await;
    let sql = sql(&db, &[]);
    for nobody in ["twin", "empty", "null", "", "line\nfeed"] {
        assert!(login(&sql, nobody).await.is_none(), "{nobody}");
    }
    assert!(right(&sql, "fine", PASSWORD).await);
    // Two rows of one uid: whose password would it be?
    assert!(!sql.check_password("3", &PASSWORD.into()).await.unwrap().ok);
    let uids = ["3", "4", "5", "8"].map(str::to_owned);
    assert_eq!(logins(&sql.find_many(&uids).await.unwrap()), ["fine"]);
    // Rows that cannot be used are no sign that somebody has gone.
    for unusable in &uids[..2] {
        assert!(matches!(sql.find_many(std::slice::from_ref(unusable)).await, Err(ResolverError::Unclear(_))), "{unusable}");
    }
    assert!(sql.find_many(&uids[3..]).await.unwrap().is_empty());
    assert_eq!(sql.who_is_there(&uids).await.unwrap(), uids[..3].iter().cloned().collect());
    assert!(!sql.check_password("", &PASSWORD.into()).await.unwrap().ok);
    let all = sql.search(&Filter::default(), Page { skip: 0, limit: 100 }, None).await.unwrap();
    assert_eq!(logins(&all), ["fine", "one", "other", "twin", "twin"]);
}

async fn large_and_strange_values(on: Dialect) {
    let large = if on == Dialect::MySql { "LONGTEXT" } else { "TEXT" };
    let script = format!(
        "CREATE TABLE people (id VARCHAR(100) PRIMARY KEY, login VARCHAR(255), mail {large}, given {large}, pw {large}); \
         INSERT INTO people VALUES ('1', 'large', '{}', 'Large', '{SSHA}'), ('2', 'html', '<script>alert(1)</script>', '\u{202e}x', '{SSHA}'), \
         ('3', 'edge', '{}', 'E', '{}');",
        "x".repeat(1 << 20),
        "é".repeat(16 * 1024),
        "$6$".to_owned() + &"x".repeat(1 << 20),
    );
    let db = with(on, &script).await;
    let sql = sql(&db, &[]);
    let large = login(&sql, "large").await.unwrap();
    assert_eq!((text(&large, "email"), text(&large, "givenname")), (None, Some("Large")), "left out, not cut");
    assert_eq!(text(&login(&sql, "html").await.unwrap(), "email"), Some("<script>alert(1)</script>"));
    assert_eq!(text(&login(&sql, "edge").await.unwrap(), "email").map(str::len), Some(32 * 1024));
    assert!(!right(&sql, "edge", "x").await);
    assert!(right(&sql, "large", PASSWORD).await);
}

/// Names are quoted, whatever is in them; a column that is not there is an error and no text.
async fn odd_names(on: Dialect) {
    let mark = if on == Dialect::MySql { '`' } else { '"' };
    let quoted = |name: &str| format!("{mark}{}{mark}", name.replace(mark, &format!("{mark}{mark}")));
    let (table, column) = ("odd \" ` ' table", "a \" ` ' -- ; select");
    let script = format!(
        "CREATE TABLE {} (id VARCHAR(10), {} VARCHAR(10), {} VARCHAR(100)); INSERT INTO {} VALUES ('1', 'hans', 'x@y.z');",
        quoted(table),
        quoted("user"),
        quoted(column),
        quoted(table)
    );
    let db = with(on, &script).await;
    let map = |mail: &str| serde_json::json!({"userid": "id", "username": "user", "email": mail}).to_string();
    let sql = super::sql(&db, &[("Table", table), ("Map", &map(column)), ("Where", "user == hans")]);
    assert_eq!(text(&login(&sql, "hans").await.unwrap(), "email"), Some("x@y.z"));
    for wrong in ["missing", "id\" --", "id` --", "1", "'x'", "id, id", "*", "(SELECT 1)"] {
        let sql = super::sql(&db, &[("Table", table), ("Map", &map(wrong))]);
        assert!(matches!(sql.find_login("hans").await, Err(ResolverError::Unavailable(_))), "{wrong}");
        let said = sql.test().await.unwrap_err().to_string();
        assert!(said.contains("there is no column") && said.contains(wrong), "{said}");
    }
    let nowhere = super::sql(&db, &[("Table", table), ("Map", &map(column)), ("Where", "1 == 1")]);
    assert!(nowhere.find_login("hans").await.is_err());
    let other = super::sql(&db, &[("Table", "people; --")]);
    let said = other.test().await.unwrap_err().to_string();
    assert!(said.contains("Is Table written right"), "{said}");
}
