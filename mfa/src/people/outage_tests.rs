//! What is remembered of people, and what becomes of them when their store is slow, gone, or lets them in no more.

use std::sync::Arc;
use std::time::Duration;

use db::testing::TestDb;
use serde_json::json;

use super::ops::*;
use super::*;
use crate::Mfa;
use crate::policy::ops::SetPolicy;
use crate::resolvers::guarded::testing::{Mode, Stub, somebody};
use crate::testing::{administer, params, sqlite};

db::statements! {
    /// What was recorded of an action.
    NOTICED = "SELECT id FROM audit_entry WHERE action = ?";
}

const STALENESS: Duration = Duration::from_secs(60);

/// An engine with the realm `staff`, whose people live in a store that does as it is told.
async fn staff(logins: &[&str]) -> (Mfa, TestDb, Arc<Stub>) {
    let (sys, db) = sqlite().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    administer(&sys, &SetResolver, params(json!({"resolver": "stub", "type": "passwd", "fileName": path}))).await.unwrap();
    administer(&sys, &SetRealm, params(json!({"realm": "staff", "resolvers": "stub"}))).await.unwrap();
    let stub = Stub::shared(logins);
    sys.people.replace_store("stub", Arc::new(Arc::clone(&stub)));
    (sys, db, stub)
}

async fn find(sys: &Mfa, login: &str) -> Result<Option<Person>, PeopleError> {
    sys.people.resolve(&sys.name(login, Some("staff"))).await
}

async fn found(sys: &Mfa, login: &str) -> Person {
    find(sys, login).await.unwrap().unwrap()
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn set_outage(sys: &Mfa, value: &str) {
    let policy = json!({"name": "outage", "scope": "sso", "action": format!("resolver_outage={value}"), "realm": "staff"});
    administer(sys, &SetPolicy, params(policy)).await.unwrap();
}

#[tokio::test]
async fn people_in_use_are_renewed_behind_their_back() {
    let (sys, _db, stub) = staff(&["hans"]).await;
    let hans = found(&sys, "hans").await;
    assert_eq!(sys.people.by_id(hans.id).await.unwrap().unwrap(), hans);
    assert_eq!(stub.asked(), 1, "who was found by name is known by identifier");
    sys.clock.advance(STALENESS / 2 - Duration::from_secs(1));
    assert_eq!((found(&sys, "hans").await, stub.asked()), (hans.clone(), 1));
    sys.clock.advance(Duration::from_secs(1));
    stub.edit(|people| drop(people[0].attributes.insert("surname".to_owned(), "Muster".into())));
    stub.set(Mode::Hangs);
    for _ in 0..10 {
        assert_eq!(found(&sys, "hans").await, hans, "nobody waits for it");
    }
    until(|| stub.asked() == 2).await;
    stub.release();
    while found(&sys, "hans").await == hans {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(stub.asked(), 2);
    sys.clock.advance(STALENESS);
    stub.edit(|people| people.clear());
    assert_eq!(find(&sys, "hans").await.unwrap(), None, "what is too old is not used");
}

#[tokio::test]
async fn many_who_ask_the_same_ask_once() {
    let (sys, _db, stub) = staff(&["hans"]).await;
    stub.set(Mode::Hangs);
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let sys = sys.clone();
            tokio::spawn(async move { find(&sys, "hans").await })
        })
        .collect();
    until(|| stub.asked() == 1).await;
    asking[0].abort();
    tokio::time::sleep(Duration::from_millis(20)).await;
    stub.release();
    let mut answers = Vec::new();
    for asked in asking.into_iter().skip(1) {
        answers.push(asked.await.unwrap().unwrap().unwrap().id);
    }
    assert!(answers.iter().all(|id| *id == answers[0]));
    assert!(stub.asked() <= 2, "whoever asked first may have gone away: {}", stub.asked());
    stub.set(Mode::Hangs);
    let before = stub.asked();
    let silence = async {
        until(|| stub.asked() > before).await;
        stub.release_as(Mode::Silent);
    };
    let (refused, ()) = tokio::join!(futures::future::join_all((0..4).map(|_| find(&sys, "nobody"))), silence);
    assert!(refused.iter().all(|answer| answer.as_ref().is_err_and(PeopleError::is_outage)));
    assert_eq!(stub.asked(), before + 1, "they share the error too");
}

#[tokio::test]
async fn what_was_asked_before_a_change_is_not_remembered_after_it() {
    let (sys, _db, stub) = staff(&["hans"]).await;
    stub.set(Mode::Hangs);
    let asking = sys.clone();
    let asked = tokio::spawn(async move { find(&asking, "hans").await });
    until(|| stub.asked() == 1).await;
    sys.people.forget_name("staff", "hans").await;
    stub.release();
    assert!(asked.await.unwrap().unwrap().is_some());
    found(&sys, "hans").await;
    assert_eq!(stub.asked(), 2);
    found(&sys, "hans").await;
    assert_eq!(stub.asked(), 2);
}

#[tokio::test]
async fn a_list_asks_each_store_once() {
    let logins: Vec<String> = (0..100).map(|n| format!("p{n}")).collect();
    let (sys, _db, stub) = staff(&logins.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut homes = Vec::new();
    for login in &logins {
        homes.push((found(&sys, login).await.id, format!("u-{login}")));
    }
    let rows: Vec<Row<'_>> = homes.iter().map(|(person, uid)| Row { person: *person, resolver: "stub", uid }).collect();
    let before = stub.asked();
    assert_eq!((sys.people.behind(&rows).await.people.len(), stub.asked()), (100, before), "all are remembered");
    sys.clock.advance(STALENESS);
    let known = sys.people.behind(&rows).await;
    assert_eq!((known.people.len(), stub.asked()), (100, before + 1));
    assert!(homes.iter().zip(&logins).all(|((id, _), login)| known.people[id].login == *login));
    stub.set(Mode::Silent);
    let known = sys.people.behind(&rows).await;
    assert!(known.people.is_empty() && known.silent == ["stub"]);
    set_outage(&sys, "remembered 5m").await;
    assert_eq!(sys.people.behind(&rows).await.people.len(), 100);
}

#[tokio::test]
async fn policy_decides_what_becomes_of_people_in_an_outage() {
    let (sys, _db, stub) = staff(&["hans", "eva"]).await;
    let hans = found(&sys, "hans").await;
    stub.set(Mode::Silent);
    sys.clock.advance(STALENESS - Duration::from_secs(1));
    assert!(find(&sys, "hans").await.unwrap().is_some(), "young enough to be used");
    sys.clock.advance(Duration::from_secs(1));
    let refused = async |login: &str| find(&sys, login).await.is_err_and(|e| e.is_outage());
    assert!(refused("hans").await && refused("eva").await && refused("nobody").await);
    assert!(sys.people.ailing(&sys.name("hans", Some("staff"))) && !sys.people.ailing(&sys.name("hans", None)));
    set_outage(&sys, "remembered 30m").await;
    assert_eq!(found(&sys, "hans").await, hans);
    assert_eq!(sys.people.by_id(hans.id).await.unwrap().unwrap(), hans);
    assert!(refused("eva").await && refused("nobody").await, "nobody is remembered whom nobody has looked up");
    assert!(sys.people.check_password(Some(&hans), &"geheim".into()).await.is_err_and(|e| e.is_outage()));
    sys.people.reload().await.unwrap();
    assert_eq!(found(&sys, "hans").await, hans, "a change elsewhere does not make anybody forgotten");
    sys.clock.advance(Duration::from_secs(1800));
    assert!(refused("hans").await, "nobody is remembered for ever");
    stub.set(Mode::Answers);
    sys.clock.advance(Duration::from_secs(10));
    assert!(find(&sys, "eva").await.unwrap().is_some() && found(&sys, "hans").await == hans);
    assert!(!sys.people.ailing(&sys.name("hans", Some("staff"))));
    // Where a request comes from is not known here.
    stub.set(Mode::Silent);
    sys.clock.advance(STALENESS);
    let odd = json!({"name": "outage", "scope": "sso", "action": "resolver_outage=remembered 30m", "client": "10.0.0.0/8"});
    administer(&sys, &SetPolicy, params(odd)).await.unwrap();
    assert!(refused("hans").await);
}

#[tokio::test]
async fn whom_the_store_bars_loses_what_rests_on_their_sign_ins() {
    let (sys, _db, stub) = staff(&["hans", "eva"]).await;
    let (hans, eva) = (found(&sys, "hans").await, found(&sys, "eva").await);
    stub.edit(|people| people[0].standing.disabled = true);
    sys.clock.advance(STALENESS);
    let barred = sys.people.by_id(hans.id).await.unwrap().unwrap();
    assert!(barred.disabled && barred.auth_epoch == hans.auth_epoch + 1);
    for _ in 0..3 {
        sys.clock.advance(STALENESS);
        assert_eq!(found(&sys, "hans").await.auth_epoch, barred.auth_epoch, "once");
    }
    stub.edit(|people| people[0].standing.disabled = false);
    sys.clock.advance(STALENESS);
    let back = found(&sys, "hans").await;
    assert!(!back.disabled && back.auth_epoch == barred.auth_epoch, "what rested on the older epoch stays void");
    stub.edit(|people| people[0].standing.expires = Some(sys.clock.now() + Duration::from_secs(5)));
    sys.clock.advance(STALENESS);
    assert_eq!(found(&sys, "hans").await.auth_epoch, barred.auth_epoch + 1, "and again the next time");
    // A store that does not say whether they are there ends nothing, and policy treats it as an outage.
    let still = found(&sys, "eva").await;
    stub.set(Mode::Unclear);
    sys.clock.advance(STALENESS);
    assert!(sys.people.by_id(eva.id).await.is_err_and(|e| e.is_outage()));
    stub.set(Mode::Answers);
    sys.clock.advance(STALENESS);
    assert_eq!(found(&sys, "eva").await.auth_epoch, still.auth_epoch);
    // Who is left out by the filter of a resolver is disabled as well.
    stub.edit(|people| people.retain(|entry| entry.login != "eva"));
    sys.clock.advance(STALENESS);
    assert_eq!(sys.people.by_id(eva.id).await.unwrap(), None);
    sys.clock.advance(STALENESS);
    assert_eq!(sys.people.by_id(eva.id).await.unwrap(), None);
    stub.edit(|people| people.push(somebody("eva")));
    sys.clock.advance(STALENESS);
    assert_eq!(found(&sys, "eva").await.auth_epoch, eva.auth_epoch + 1);
    assert_eq!(sys.db.fetch_all(&NOTICED, db::args!["user store"]).await.unwrap().len(), 3);
}
