//! Look-ups and lists.

use super::*;
use crate::resolvers::{Filter, Page};

db::on_every_database![people_are_found, lists_are_filtered, many_are_found_at_once, rows_that_do_not_count];

const ALL: Page = Page { skip: 0, limit: 1_000 };

fn filter(conditions: &[(&str, &str)]) -> Filter {
    Filter { conditions: conditions.iter().map(|(name, pattern)| ((*name).to_owned(), (*pattern).to_owned())).collect() }
}

async fn people_are_found(on: Dialect) {
    let db = with(on, &people(on)).await;
    let sql = sql(&db, &[]);
    let hans = login(&sql, "hans").await.unwrap();
    assert_eq!((hans.uid.as_str(), hans.login.as_str()), ("1", "hans"));
    assert_eq!((text(&hans, "email"), text(&hans, "givenname")), (Some("hans@example.org"), Some("Hans")));
    assert!(!hans.attributes.contains_key("password"), "hashes stay where they are");
    let jörg = login(&sql, "jörg").await.unwrap();
    assert_eq!((text(&jörg, "email"), text(&jörg, "givenname")), (None, Some("Jörg")));
    assert!(login(&sql, "nobody").await.is_none() && login(&sql, "").await.is_none());
    assert_eq!(sql.attributes(), ["email", "givenname"]);
    assert!(sql.capabilities().passwords && !sql.capabilities().editable);
}

async fn lists_are_filtered(on: Dialect) {
    let db = with(on, &people(on)).await;
    let sql = super::sql(&db, &[]);
    let find = async |conditions: &[(&str, &str)]| {
        let found = sql.search(&filter(conditions), ALL, None).await.unwrap_or_else(|e| panic!("{conditions:?}: {e}"));
        logins(&found).join(" ")
    };
    assert_eq!(find(&[]).await, "100%_x eva gone hans jörg");
    for (conditions, expected) in [
        (&[("username", "HANS")][..], "hans"),
        (&[("username", "*a*")], "eva hans"),
        (&[("username", "JÖ*")], "jörg"),
        (&[("username", "100%_x")], "100%_x"),
        (&[("username", "%")], ""),
        (&[("username", "han_")], ""),
        (&[("userid", "2")], "eva"),
        (&[("userid", "2 OR 1=1")], ""),
        (&[("email", "*@EXAMPLE.org"), ("username", "e*")], "eva"),
        (&[("givenname", "")], "eva"),
        (&[("givenname", "*"), ("email", "*")], "100%_x eva gone hans jörg"),
        (&[("email", "x' OR '1'='1")], ""),
        (&[("email", "\\")], ""),
        (&[("email", "a\0")], ""),
    ] {
        assert_eq!(find(conditions).await, expected, "{conditions:?}");
    }
    for unknown in ["password", "pw", "login", "x"] {
        let said = sql.search(&filter(&[(unknown, "*")]), ALL, None).await;
        assert!(matches!(said, Err(ResolverError::Refused(_))), "{unknown}");
    }
    let page = Page { skip: 1, limit: 2 };
    let projection = ["givenname".to_owned()];
    let found = sql.search(&filter(&[("email", "*@example.org")]), page, Some(&projection)).await.unwrap();
    assert_eq!(logins(&found), ["eva", "gone"]);
    assert_eq!(found[1].attributes.keys().collect::<Vec<_>>(), ["givenname"]);
    let few = super::sql(&db, &[("Limit", "2")]);
    assert_eq!(few.search(&Filter::default(), ALL, None).await.unwrap().len(), 2);
}

async fn many_are_found_at_once(on: Dialect) {
    let db = with(on, &people(on)).await;
    let rows: Vec<String> = (100..2_600).map(|n| format!("({n}, 'user{n}')")).collect();
    db.script(&format!("INSERT INTO people (id, login) VALUES {}", rows.join(", "))).await;
    let sql = sql(&db, &[]);
    let mut uids: Vec<String> = (0..2_600).map(|n| n.to_string()).collect();
    uids.extend(["x", "1 ", "01", "1.0", "1x", "' OR 1=1 --", "", "99999999999999999999"].map(str::to_owned));
    let found = sql.find_many(&uids).await.unwrap();
    assert_eq!(found.len(), 2_505);
    assert!(found.iter().all(|entry| entry.uid == "1" || !entry.login.is_empty()));
    assert!(sql.find_many(&[]).await.unwrap().is_empty());
}

async fn rows_that_do_not_count(on: Dialect) {
    let db = with(on, &people(on)).await;
    let sql = sql(&db, &[("Where", "active == 1 AND mail like %@example.org and id < 3")]);
    assert!(login(&sql, "gone").await.is_none() && login(&sql, "jörg").await.is_none());
    assert!(right(&sql, "hans", PASSWORD).await);
    assert!(!sql.check_password("4", &PASSWORD.into()).await.unwrap().ok, "somebody who does not count has no password");
    assert_eq!(logins(&sql.search(&Filter::default(), ALL, None).await.unwrap()), ["eva", "hans"]);
    assert_eq!(sql.find_many(&["1".to_owned(), "4".to_owned()]).await.unwrap().len(), 1);
    let said = sql.test().await.unwrap();
    assert!(said.starts_with("2 users were found: eva, hans."), "{said}");
}
