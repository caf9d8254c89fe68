use std::sync::Arc;

use db::testing::TestDb;
use serde_json::json;

use super::*;
use crate::operation::{Code, Hooks};
use crate::people::ops::{DeleteResolver, SetRealm, SetResolver};
use crate::resolvers::guarded::testing::{Mode, Stub, somebody};
use crate::testing::{administer, bare, operate, params, sqlite};
use crate::token_ops::InitToken;
use crate::tokens::store::by_serial;

db::statements! {
    /// What was recorded of a token.
    RECORDED = "SELECT info FROM audit_entry WHERE serial = ? AND action = 'TEST' ORDER BY id DESC";
}

async fn staff(logins: &[&str]) -> (Mfa, TestDb, Arc<Stub>) {
    let (sys, db) = sqlite().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    administer(&sys, &SetResolver, params(json!({"resolver": "stub", "type": "passwd", "fileName": path}))).await.unwrap();
    administer(&sys, &SetRealm, params(json!({"realm": "staff", "resolvers": "stub"}))).await.unwrap();
    let stub = Stub::shared(logins);
    sys.people.replace_store("stub", Arc::new(Arc::clone(&stub)));
    for login in logins {
        let json = json!({"type": "hotp", "genkey": "1", "user": login, "realm": "staff", "serial": login, "pin": "1234"});
        administer(&sys, &InitToken, params(json)).await.unwrap();
    }
    administer(&sys, &InitToken, params(json!({"type": "hotp", "genkey": "1", "serial": "free"}))).await.unwrap();
    (sys, db, stub)
}

async fn search(sys: &Mfa) -> (Vec<Orphan>, OrphanSearch) {
    let mut search = OrphanSearch::begin(sys, None, None).await.unwrap().impatient();
    let mut all = Vec::new();
    while let Some(orphans) = search.next().await.unwrap() {
        all.extend(orphans);
    }
    (all, search)
}

async fn serials(sys: &Mfa) -> Vec<(String, Why)> {
    search(sys).await.0.into_iter().map(|orphan| (orphan.serial, orphan.why)).collect()
}

#[tokio::test]
async fn who_has_gone_leaves_orphans() {
    let (sys, _db, stub) = staff(&["ada", "bob", "cy"]).await;
    assert_eq!(serials(&sys).await, []);
    stub.edit(|people| people.retain(|entry| entry.login == "bob"));
    let asked = stub.asked();
    let (found, search) = search(&sys).await;
    assert_eq!(stub.asked() - asked, 2, "one question for all of them, and one for those who are missing");
    assert_eq!(found.iter().map(|o| (o.serial.as_str(), o.why)).collect::<Vec<_>>(), [("ada", Why::Person), ("cy", Why::Person)]);
    assert_eq!((found[0].resolver.as_str(), found[0].uid.as_str(), found[0].realm.as_str()), ("stub", "u-ada", "staff"));
    let progress = search.progress();
    assert_eq!((progress.looked, progress.all, progress.orphans, progress.undecided), (3, 3, 2, 0));
    let later = OrphanSearch::begin(&sys, progress.at, None).await.unwrap();
    assert_eq!(later.progress().all, 0, "it goes on where it stopped");
}

#[tokio::test]
async fn unknown_is_not_absent() {
    let (sys, _db, stub) = staff(&["ada", "bob"]).await;
    for mode in [Mode::Silent, Mode::Busy] {
        stub.set(mode);
        let (found, search) = search(&sys).await;
        assert!(found.is_empty(), "{found:?}");
        assert_eq!((search.progress().undecided, search.undecided()["stub"].0), (2, 2));
        assert!(!search.undecided()["stub"].1.is_empty());
    }
    stub.set(Mode::Answers);
    sys.clock.advance(Duration::from_secs(10));
    stub.edit(|people| people.clear());
    let (found, search) = search(&sys).await;
    assert!(found.is_empty() && search.undecided()["stub"].1.contains("nobody at all"), "{found:?}");
    stub.edit(|people| people.push(somebody("dora")));
    assert_eq!(serials(&sys).await.len(), 2, "it shows others, and these are gone");
}

/// A store that breaks during the search, into answers that are well-formed and show nobody.
#[tokio::test]
async fn who_was_shown_once_proves_nothing_later() {
    let (sys, _db, stub) = staff(&["ada", "bob"]).await;
    let mut search = OrphanSearch::begin(&sys, None, None).await.unwrap().impatient();
    search.doubts.trust(sys.people.directory().resolver("stub").unwrap().id, Some(&"u-ada".to_owned()));
    stub.edit(|people| people.clear());
    assert!(search.next().await.unwrap().unwrap().is_empty());
    assert!(search.undecided()["stub"].1.contains("nobody at all"));
    // Who was to show that it shows people has gone; somebody else shows it.
    let mut search = OrphanSearch::begin(&sys, None, None).await.unwrap().impatient();
    search.doubts.trust(sys.people.directory().resolver("stub").unwrap().id, Some(&"u-ada".to_owned()));
    stub.edit(|people| people.push(somebody("dora")));
    let found = search.next().await.unwrap().unwrap();
    assert_eq!(found.iter().map(|orphan| orphan.serial.as_str()).collect::<Vec<_>>(), ["ada", "bob"]);
    // One that says of whom it cannot tell is asked on for the others.
    stub.set(Mode::Unclear);
    let (found, search) = self::search(&sys).await;
    assert!(found.is_empty() && search.undecided()["stub"].1.contains("unclear"));
}

/// The command line has a memory of its own, and a search takes long: what is new is known to it all the same.
#[tokio::test]
async fn resolvers_that_are_new_are_known_during_a_search() {
    let (sys, db, _stub) = staff(&["ada"]).await;
    let elsewhere = bare((*db).clone(), Hooks::default()).await;
    let mut search = OrphanSearch::begin(&elsewhere, None, None).await.unwrap().impatient();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "dora:x:7:7:::\n").unwrap();
    let path = file.path().display().to_string();
    administer(&sys, &SetResolver, params(json!({"resolver": "late", "type": "passwd", "fileName": path}))).await.unwrap();
    administer(&sys, &SetRealm, params(json!({"realm": "later", "resolvers": "late"}))).await.unwrap();
    let json = json!({"type": "hotp", "genkey": "1", "user": "dora", "realm": "later", "serial": "dora", "pin": "1234"});
    administer(&sys, &InitToken, params(json)).await.unwrap();
    let found = search.next().await.unwrap().unwrap();
    assert!(found.iter().all(|orphan| orphan.serial != "dora"), "{found:?}");
}

#[tokio::test]
async fn what_has_changed_since_the_search_is_left_alone() {
    let (sys, _db, stub) = staff(&["ada", "bob"]).await;
    stub.edit(|people| people.retain(|entry| entry.login == "bob"));
    let (found, _) = search(&sys).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    administer(&sys, &SetResolver, params(json!({"resolver": "stub", "type": "passwd", "fileName": path}))).await.unwrap();
    let retire = async |orphan: &Orphan| {
        let retired = operate(&sys, &RetireOrphan::delete(orphan), params(json!({"serial": orphan.serial}))).await;
        retired.err().map(|failure| failure.code)
    };
    assert_eq!(retire(&found[0]).await, Some(Code::Conflict), "the resolver was configured anew");
    administer(&sys, &SetRealm, params(json!({"realm": "staff", "resolvers": "internal"}))).await.unwrap();
    let (found, _) = search(&sys).await;
    assert_eq!(found[0].why, Why::Realm);
    administer(&sys, &SetRealm, params(json!({"realm": "staff", "resolvers": "stub"}))).await.unwrap();
    assert_eq!(retire(&found[0]).await, Some(Code::Conflict), "a realm shows it again");
    administer(&sys, &SetRealm, params(json!({"realm": "staff", "resolvers": "internal"}))).await.unwrap();
    assert_eq!(retire(&found[0]).await, None);
}

#[tokio::test]
async fn resolvers_and_realms_may_go_too() {
    let (sys, _db, _stub) = staff(&["ada"]).await;
    administer(&sys, &SetRealm, params(json!({"realm": "staff", "resolvers": "internal"}))).await.unwrap();
    assert_eq!(serials(&sys).await, [("ada".to_owned(), Why::Realm)]);
    administer(&sys, &DeleteResolver, params(json!({"resolver": "stub"}))).await.unwrap();
    assert_eq!(serials(&sys).await, [("ada".to_owned(), Why::Resolver)]);
}

#[tokio::test]
async fn each_is_retired_with_a_record() {
    let (sys, _db, stub) = staff(&["ada", "bob", "cy", "dora"]).await;
    stub.edit(|people| people.retain(|entry| entry.login == "dora"));
    let (found, _) = search(&sys).await;
    let asked = stub.asked();
    let [ada, bob, cy] = found.as_slice() else { panic!("{found:?}") };
    operate(&sys, &RetireOrphan::disable(ada), params(json!({"serial": "ada"}))).await.unwrap();
    operate(&sys, &RetireOrphan::unassign(bob), params(json!({"serial": "bob"}))).await.unwrap();
    operate(&sys, &RetireOrphan::delete(cy), params(json!({"serial": "cy"}))).await.unwrap();
    assert_eq!(stub.asked(), asked, "nobody is asked for each of them");
    let token = async |serial: &str| by_serial(&sys.db, serial).await.unwrap();
    assert!(token("ada").await.is_some_and(|token| !token.active && token.owner.is_some()));
    assert!(token("bob").await.is_some_and(|token| token.owner.is_none() && token.pin.is_none()));
    assert!(token("cy").await.is_none());
    for serial in ["ada", "bob", "cy"] {
        let row = sys.db.fetch_optional(&RECORDED, db::args![serial]).await.unwrap().expect("a record");
        assert_eq!(row.get::<String>(0).unwrap(), format!("orphan (person): uid u-{serial}"));
    }
    // Who got it meanwhile keeps it.
    let again = operate(&sys, &RetireOrphan::delete(bob), params(json!({"serial": "bob"}))).await;
    assert_eq!(again.err().map(|failure| failure.code), Some(Code::Conflict));
    let refused = administer(&sys, &RetireOrphan::delete(ada), params(json!({"serial": "ada"}))).await;
    assert_eq!(refused.err().map(|failure| failure.code), Some(Code::MissingRight), "the command line alone");
}
