//! People are created, changed and removed.

use db::Batch;

use super::*;
use crate::resolvers::Change;

db::on_every_database![people_are_written, what_cannot_be_written, new_rows_meet_the_conditions];

fn change(attributes: &[(&str, Option<&str>)]) -> Change {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.map(Attribute::from))).collect();
    Change { attributes, ..Change::default() }
}

async fn people_are_written(on: Dialect) {
    let db = with(on, &people(on)).await;
    let sql = super::sql(&db, &[("Editable", "1"), ("Password_Hash_Type", "PHPASS")]);
    assert!(sql.capabilities().editable);
    let mut batch = Batch::new();
    let odd = "O'Neill \"x\"; DROP TABLE people; -- \\ % é";
    let new = Change { password: Some("geheim".into()), ..change(&[("givenname", Some(odd)), ("email", None)]) };
    let uid = sql.add(&mut batch, "neu", new).await.unwrap();
    let found = login(&sql, "neu").await.unwrap();
    assert_eq!((found.uid.as_str(), text(&found, "givenname"), text(&found, "email")), (uid.as_str(), Some(odd), None));
    assert!(right(&sql, "neu", "geheim").await && !right(&sql, "neu", "").await);
    let other = Change { login: Some("anders".to_owned()), ..change(&[("givenname", None), ("email", Some("a@b.c"))]) };
    sql.change(&mut batch, &uid, other).await.unwrap();
    let found = login(&sql, "anders").await.unwrap();
    assert_eq!((found.uid.as_str(), text(&found, "givenname"), text(&found, "email")), (uid.as_str(), None, Some("a@b.c")));
    assert!(login(&sql, "neu").await.is_none() && right(&sql, "anders", "geheim").await);
    sql.change(&mut batch, &uid, Change { password: Some("neues".into()), ..Change::default() }).await.unwrap();
    assert!(right(&sql, "anders", "neues").await && right(&sql, "hans", PASSWORD).await);
    sql.remove(&mut batch, &uid).await.unwrap();
    assert!(login(&sql, "anders").await.is_none() && login(&sql, "hans").await.is_some());
    assert!(matches!(sql.remove(&mut batch, &uid).await, Err(ResolverError::Refused(_))));
    assert!(batch.steps().is_empty(), "nothing of it is in our own database");
}

async fn what_cannot_be_written(on: Dialect) {
    let db = with(on, &people(on)).await;
    let mut batch = Batch::new();
    let fixed = super::sql(&db, &[]);
    assert!(matches!(fixed.add(&mut batch, "neu", Change::default()).await, Err(ResolverError::Unsupported(_))));
    assert!(matches!(fixed.change(&mut batch, "1", Change::default()).await, Err(ResolverError::Unsupported(_))));
    assert!(matches!(fixed.remove(&mut batch, "1").await, Err(ResolverError::Unsupported(_))));
    let sql = super::sql(&db, &[("Editable", "1")]);
    let long = "x".repeat(101);
    let refused = [
        ("hans", change(&[])),
        ("", change(&[])),
        (" x", change(&[])),
        ("a\0b", change(&[])),
        ("neu", change(&[("unknown", Some("x"))])),
        ("neu", change(&[("password", Some("x"))])),
        ("neu", change(&[("email", Some("a\0b"))])),
        ("neu", Change { password: Some("".into()), ..Change::default() }),
    ];
    for (name, change) in refused {
        let said = sql.add(&mut batch, name, change).await;
        assert!(matches!(said, Err(ResolverError::Refused(_))), "{name:?}: {said:?}");
    }
    if on != Dialect::Sqlite {
        let said = sql.add(&mut batch, "neu", change(&[("email", Some(&long))])).await;
        assert!(matches!(said, Err(ResolverError::Refused(_))), "refused, not cut: {said:?}");
    }
    let taken = Change { login: Some("eva".to_owned()), ..Change::default() };
    assert!(matches!(sql.change(&mut batch, "1", taken).await, Err(ResolverError::Refused(_))));
    for nobody in ["99", "1 OR 1=1", "", "hans"] {
        assert!(matches!(sql.remove(&mut batch, nobody).await, Err(ResolverError::Refused(_))), "{nobody}");
    }
    assert!(login(&sql, "neu").await.is_none());
    assert_eq!(sql.find_many(&["1", "2", "3", "4", "5"].map(str::to_owned)).await.unwrap().len(), 5);
}

async fn new_rows_meet_the_conditions(on: Dialect) {
    let db = with(on, &people(on)).await;
    let mut batch = Batch::new();
    let sql = super::sql(&db, &[("Editable", "1"), ("Where", "active == 1 and mail like %@example.org")]);
    let outside = sql.add(&mut batch, "neu", change(&[("email", Some("neu@elsewhere.org"))])).await;
    assert!(matches!(outside, Err(ResolverError::Refused(_))));
    let all = super::sql(&db, &[]);
    assert!(login(&all, "neu").await.is_none(), "it was undone");
    sql.add(&mut batch, "neu", change(&[("email", Some("neu@example.org"))])).await.unwrap();
    assert!(login(&sql, "neu").await.is_some());
    // Somebody who does not count cannot be changed.
    assert!(sql.remove(&mut batch, "4").await.is_err() && login(&all, "gone").await.is_some());
    // Where the login is the uid, another login would be another person.
    let same = super::sql(&db, &[("Editable", "1"), ("Map", r#"{"userid": "login", "username": "login", "email": "mail"}"#)]);
    assert_eq!(same.add(&mut batch, "selbst", Change::default()).await.unwrap(), "selbst");
    let renamed = Change { login: Some("anders".to_owned()), ..Change::default() };
    assert!(matches!(same.change(&mut batch, "selbst", renamed).await, Err(ResolverError::Refused(_))));
    same.change(&mut batch, "selbst", change(&[("email", Some("x@y.z"))])).await.unwrap();
}
