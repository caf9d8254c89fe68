//! People on every database: realms, resolvers, accounts, what is remembered and forgotten.

use std::time::Duration;

use serde_json::json;

use super::ops::*;
use super::*;
use crate::Mfa;
use crate::operation::{Caller, Code, Params, perform};
use crate::policy::ops::{DeletePolicy, SetPolicy};
use crate::testing::{administer, call, operate, params, ready, sqlite};

async fn add(sys: &Mfa, login: &str, password: &str) -> Person {
    let p = params(json!({"user": login, "password": password, "resolver": "internal", "givenname": "Hans", "unknown": "x"}));
    administer(sys, &AddUser, p).await.unwrap();
    sys.resolve(&UserParams { user: Some(login.into()), ..UserParams::default() }).await.unwrap().unwrap()
}

async fn by_login(sys: &Mfa, typed: &str) -> Option<Person> {
    sys.resolve(&UserParams { user: Some(typed.into()), ..UserParams::default() }).await.unwrap()
}

#[tokio::test]
async fn a_life_on_every_database() {
    for db in db::testing::all().await {
        let sys = ready((*db).clone()).await;
        let hans = add(&sys, "Hans", "geheim").await;
        assert_eq!((hans.login.as_str(), hans.realm.as_str(), hans.resolver.as_str()), ("Hans", "default", "internal"));
        assert_eq!(hans.attributes.get("givenname").and_then(Attribute::text), Some("Hans"));
        assert!(!hans.attributes.contains_key("unknown"));
        for typed in ["hans", "HANS@default", "default\\hans", " hans "] {
            assert_eq!(by_login(&sys, typed).await.unwrap().id, hans.id, "{typed}");
        }
        assert_eq!(by_login(&sys, "hans@nowhere").await, None);
        assert_eq!(sys.people.by_id(hans.id).await.unwrap().unwrap(), hans);
        assert!(sys.people.check_password(Some(&hans), &"geheim".into()).await.unwrap().ok);
        assert!(!sys.people.check_password(Some(&hans), &"falsch".into()).await.unwrap().ok);
        assert!(!sys.people.check_password(None, &"geheim".into()).await.unwrap().ok);
        let twice = administer(&sys, &AddUser, params(json!({"user": "hANS", "resolver": "internal"}))).await;
        assert_eq!(twice.err().map(|e| e.code), Some(Code::User), "{:?}", db.dialect());
        administer(&sys, &UpdateUser, params(json!({"user": "hans", "password": "neu", "email": "h@example.com"})))
            .await
            .unwrap();
        let changed = by_login(&sys, "hans").await.unwrap();
        assert_eq!(changed.auth_epoch, hans.auth_epoch + 1, "a new password voids what rests on the old one");
        assert!(sys.people.check_password(Some(&changed), &"neu".into()).await.unwrap().ok);
        administer(&sys, &DisableUser(true), Params::of([("user", "hans")])).await.unwrap();
        let disabled = by_login(&sys, "hans").await.unwrap();
        assert!(disabled.disabled && disabled.auth_epoch == 2);
        assert!(!sys.people.check_password(Some(&disabled), &"neu".into()).await.unwrap().ok);
        administer(&sys, &DeleteUser, Params::of([("resolvername", "internal"), ("username", "Hans")])).await.unwrap();
        assert_eq!(by_login(&sys, "hans").await, None);
        assert_eq!(sys.people.by_id(hans.id).await.unwrap(), None);
        let successor = add(&sys, "hans", "x").await;
        assert_ne!(successor.id, hans.id, "a name that is used again is another person");
    }
}

#[tokio::test]
async fn what_is_remembered_grows_old() {
    let (sys, db) = sqlite().await;
    let hans = add(&sys, "hans", "geheim").await;
    // Another node disables and renames behind our back.
    let other = crate::testing::bare((*db).clone(), crate::operation::Hooks::default()).await;
    operate(&other, &DisableUser(true), Params::of([("user", "hans")])).await.unwrap();
    assert!(!by_login(&sys, "hans").await.unwrap().disabled);
    sys.clock.advance(Duration::from_secs(2));
    assert!(by_login(&sys, "hans").await.unwrap().disabled);
    operate(&other, &DeleteUser, Params::of([("resolver", "internal"), ("user", "hans")])).await.unwrap();
    assert_eq!(by_login(&sys, "hans").await.unwrap().id, hans.id);
    sys.refresh().await.unwrap();
    assert_eq!(by_login(&sys, "hans").await, None);
}

#[tokio::test]
async fn warm_look_ups_need_no_database() {
    let (sys, db) = sqlite().await;
    let hans = add(&sys, "hans", "geheim").await;
    sys.db.execute(&GONE, db::args![]).await.unwrap();
    assert_eq!(by_login(&sys, "hans").await.unwrap(), hans);
    drop(db);
}

db::statements! {
    /// Nobody is left.
    GONE = "DELETE FROM account";
    /// Parameters as they lie there.
    RAW = "SELECT params FROM resolver";
}

#[tokio::test]
async fn realms_ask_resolvers_in_their_order() {
    let (sys, _db) = sqlite().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    // Made with `openssl passwd -6`.
    let hash = "$6$abcdefgh$msgktWxVAbjjh3X7lA5LaM7dS/ZfABJL6T4qcRsnjcOTj0kptUvZcrvrXIoO5fgPA9xz6UnF2To2Y7jGc/IZY/";
    std::fs::write(file.path(), format!("hans:{hash}:1001:100:Hans File::\neva:x:1002:100:Eva::\n")).unwrap();
    let path = file.path().display().to_string();
    let p = Params::of([("resolver", "file"), ("type", "passwdresolver"), ("fileName", &path)]);
    administer(&sys, &SetResolver, p).await.unwrap();
    add(&sys, "hans", "geheim").await;
    let set = json!({"realm": "Both", "resolvers": "internal,file", "priority.internal": 2, "priority.file": 1});
    let done = administer(&sys, &SetRealm, params(set)).await.unwrap();
    assert_eq!(done.answer.value, json!({"added": ["internal", "file"], "failed": []}));
    assert_eq!(by_login(&sys, "hans@both").await.unwrap().resolver, "file");
    assert_eq!(by_login(&sys, "hans").await.unwrap().resolver, "internal");
    assert_eq!(by_login(&sys, "Hans@both").await.unwrap().resolver, "internal", "the file heeds case");
    let eva = by_login(&sys, "eva@both").await.unwrap();
    assert_eq!(sys.people.realms_of(&eva), ["both"]);
    assert!(!sys.people.check_password(Some(&eva), &"x".into()).await.unwrap().ok);
    let hans = by_login(&sys, "hans@both").await.unwrap();
    assert!(sys.people.check_password(Some(&hans), &"geheim".into()).await.unwrap().ok);
    let p = Params::of([("user", "hans@both"), ("phone", "1")]);
    assert_eq!(administer(&sys, &UpdateUser, p).await.err().unwrap().code, Code::User, "the file is not editable");
    let used = administer(&sys, &DeleteResolver, Params::of([("resolver", "file")])).await;
    assert_eq!(used.err().unwrap().code, Code::ConfigAdmin);
    administer(&sys, &SetDefaultRealm, Params::of([("realm", "both")])).await.unwrap();
    assert_eq!(by_login(&sys, "hans").await.unwrap().resolver, "file");
    let shown = administer(&sys, &ListRealms, Params::default()).await.unwrap().answer.value;
    assert_eq!(shown["both"]["default"], json!(true));
    assert_eq!(
        shown["default"]["resolver"][0],
        json!({"name": "internal", "type": "internalresolver", "node": "", "priority": 1})
    );
    administer(&sys, &DeleteRealm, Params::of([("realm", "both")])).await.unwrap();
    administer(&sys, &DeleteResolver, Params::of([("resolver", "file")])).await.unwrap();
    assert_eq!(by_login(&sys, "hans@both").await, None);
    assert_eq!(by_login(&sys, "hans").await, None, "there is no default realm now");
}

#[tokio::test]
async fn resolvers_are_shown_and_tried() {
    let (sys, _db) = sqlite().await;
    let shown = administer(&sys, &ListResolvers, Params::default()).await.unwrap().answer.value;
    assert_eq!(
        shown,
        json!({"internal": {"resolvername": "internal", "type": "internalresolver", "data": {"Attributes": ""}, "censor_keys": []}})
    );
    let tried = administer(&sys, &TestResolver, Params::of([("type", "passwd"), ("fileName", "/nonexistent")])).await.unwrap();
    assert_eq!(tried.answer.value, json!(false));
    let tried = administer(&sys, &TestResolver, Params::of([("type", "internal"), ("resolver", "internal")])).await.unwrap();
    assert_eq!(tried.answer.value, json!(true));
    let odd = administer(&sys, &SetResolver, Params::of([("resolver", "a b"), ("type", "internal")])).await;
    assert_eq!(odd.err().unwrap().code, Code::Parameter);
}

#[tokio::test]
async fn unknown_parameters_are_kept() {
    let (sys, _db) = sqlite().await;
    let given = json!({"resolver": "dir", "type": "ldapresolver", "preset": "openldap", "LDAPURI": "ldap://127.0.0.1:9", "LDAPBASE": "dc=x",
        "BINDDN": "cn=a", "BINDPW": "geheim", "AUTHTYPE": "NTLM", "USERINFO": {"email": "mail"}, "HOUSE": "blue", "KEY": "hush",
        "type.KEY": "password", "desc.HOUSE": "its colour"});
    administer(&sys, &SetResolver, params(given)).await.unwrap();
    let stored = async || {
        let shown = administer(&sys, &ListResolvers, Params::of([("resolver", "dir")])).await.unwrap().answer.value["dir"].take();
        let directory = sys.people.directory();
        let secret = |name: &str| {
            let found =
                directory.resolver("dir").unwrap().params.iter().find(|(n, _)| *n == name).map(|(_, v)| v.expose().to_owned());
            found.unwrap()
        };
        (shown["data"].clone(), shown["censor_keys"].clone(), [secret("BINDPW"), secret("KEY")])
    };
    let (shown, censored, secrets) = stored().await;
    assert_eq!(
        (&shown["HOUSE"], &shown["KEY"], &shown["BINDPW"]),
        (&json!("blue"), &json!("__CENSORED__"), &json!("__CENSORED__"))
    );
    assert_eq!(
        (&shown["AUTHTYPE"], &shown["UIDTYPE"], &shown["USERINFO"]),
        (&json!("NTLM"), &json!("entryUUID"), &json!("{\"email\":\"mail\"}"))
    );
    assert_eq!((shown.get("type.KEY"), shown.get("desc.HOUSE"), shown.get("preset")), (None, None, None));
    assert_eq!(censored, json!(["BINDPW", "KEY"]));
    assert_eq!(secrets, ["geheim", "hush"]);
    let raw = sys.db.fetch_all(&RAW, db::args![]).await.unwrap().iter().map(|r| r.get::<String>(0).unwrap()).collect::<String>();
    assert!(raw.contains("blue") && !raw.contains("hush") && !raw.contains("geheim"));
    // What was shown is given back, with one change.
    let mut again = shown.as_object().unwrap().clone();
    again.extend([("resolver".to_owned(), json!("dir")), ("type".to_owned(), json!("ldap")), ("HOUSE".to_owned(), json!("red"))]);
    again.insert("type.KEY".to_owned(), json!("password"));
    administer(&sys, &SetResolver, params(again.into())).await.unwrap();
    let (shown, _, secrets) = stored().await;
    assert_eq!((&shown["HOUSE"], secrets), (&json!("red"), ["geheim".to_owned(), "hush".to_owned()]));
    let refused = administer(
        &sys,
        &TestResolver,
        Params::of([
            ("type", "ldap"),
            ("resolver", "dir"),
            ("LDAPURI", "ldap://x"),
            ("LDAPBASE", "dc=x"),
            ("LOGINNAMEATTRIBUTE", "uid"),
            ("AUTHTYPE", "NTLM"),
        ]),
    )
    .await
    .unwrap()
    .answer;
    assert_eq!(refused.value, json!(false));
    assert!(refused.detail.unwrap()["description"].as_str().unwrap().contains("NTLM"));
    let odd = administer(&sys, &SetResolver, Params::of([("resolver", "b"), ("type", "ldap"), ("preset", "nonsense")])).await;
    assert_eq!(odd.err().unwrap().code, Code::Parameter);
}

#[tokio::test]
async fn a_directory_bars_people_at_every_door() {
    let (sys, _db) = sqlite().await;
    let slapd = testbed::Slapd::start();
    let given = json!({"resolver": "dir", "type": "ldapresolver", "preset": "openldap", "LDAPURI": slapd.url(), "LDAPBASE": testbed::BASE});
    administer(&sys, &SetResolver, params(given)).await.unwrap();
    administer(&sys, &SetRealm, Params::of([("realm", "staff"), ("resolvers", "dir")])).await.unwrap();
    let hans = by_login(&sys, "hans@staff").await.unwrap();
    assert!(!hans.disabled && sys.people.check_password(Some(&hans), &testbed::PASSWORD.into()).await.unwrap().ok);
    let disabled = by_login(&sys, "disabled@staff").await.unwrap();
    assert!(disabled.disabled, "the directory says so");
    assert!(!sys.people.check_password(Some(&disabled), &testbed::PASSWORD.into()).await.unwrap().ok);
    assert_eq!(sys.people.by_id(disabled.id).await.unwrap().unwrap(), disabled);
    let accepted = || slapd.log().lines().filter(|line| line.contains(" ACCEPT from")).count();
    let before = accepted();
    sys.people.reload().await.unwrap();
    assert_eq!(by_login(&sys, "hans@staff").await.unwrap(), hans);
    assert_eq!(accepted(), before, "a resolver that nobody changed keeps its connections");
    let listed = administer(&sys, &ListUsers, params(json!({"realm": "staff", "username": "h*"}))).await.unwrap().output.people;
    assert_eq!(listed.iter().map(|l| l.entry.login.as_str()).collect::<Vec<_>>(), ["hans"]);
}

#[tokio::test]
async fn people_see_and_change_themselves_alone() {
    let (sys, _db) = sqlite().await;
    let hans = add(&sys, "hans", "geheim").await;
    add(&sys, "eva", "geheim").await;
    let own = |p: Params| call(&sys, Caller::Person(hans.clone()), p);
    let listed = perform(&sys, &ListUsers, own(Params::default())).await.unwrap().output.people;
    assert_eq!(listed.iter().map(|l| l.entry.login.as_str()).collect::<Vec<_>>(), ["hans"]);
    let listed = perform(&sys, &ListUsers, own(Params::of([("username", "eva")]))).await.unwrap().output.people;
    assert_eq!(listed.iter().map(|l| l.entry.login.as_str()).collect::<Vec<_>>(), ["hans"]);
    let write = json!({"name": "self", "scope": "user", "action": "updateuser, userlist"});
    administer(&sys, &SetPolicy, params(write)).await.unwrap();
    let p = params(json!({"user": "eva", "realm": "default", "resolver": "internal", "surname": "Muster"}));
    perform(&sys, &UpdateUser, own(p)).await.unwrap();
    let text = |person: &Person| person.attributes.get("surname").and_then(Attribute::text).map(str::to_owned);
    assert_eq!(
        text(&by_login(&sys, "hans").await.unwrap()).as_deref(),
        Some("Muster"),
        "whatever name is given, it is one's own"
    );
    assert_eq!(text(&by_login(&sys, "eva").await.unwrap()), None);
    let rename = own(Params::of([("username", "admin")]));
    assert_eq!(perform(&sys, &UpdateUser, rename).await.err().unwrap().code, Code::Policy);
    let delete = own(Params::of([("resolver", "internal"), ("username", "eva")]));
    assert_eq!(perform(&sys, &DeleteUser, delete).await.err().unwrap().code, Code::MissingRight);
    administer(&sys, &DeletePolicy, Params::of([("name", "self")])).await.unwrap();
    let denied = perform(&sys, &UpdateUser, own(Params::of([("surname", "X")]))).await;
    assert_eq!(denied.err().unwrap().code, Code::Policy);
}

#[tokio::test]
async fn administrators_are_limited_to_what_policies_cover() {
    let (sys, _db) = sqlite().await;
    add(&sys, "hans", "geheim").await;
    administer(&sys, &SetResolver, Params::of([("resolver", "second"), ("type", "internal")])).await.unwrap();
    administer(&sys, &SetRealm, Params::of([("realm", "lab"), ("resolvers", "second")])).await.unwrap();
    administer(&sys, &AddUser, Params::of([("user", "otto"), ("resolver", "second")])).await.unwrap();
    let helpdesk = json!({"name": "help", "scope": "admin", "action": "userlist, adduser, updateuser, deleteuser", "realm": "lab",
        "adminuser": "helpdesk"});
    administer(&sys, &SetPolicy, params(helpdesk)).await.unwrap();
    let only_admin = json!({"name": "superuser", "scope": "admin", "action": "*", "adminuser": "admin"});
    administer(&sys, &SetPolicy, params(only_admin)).await.unwrap();
    let help = |p: Params| call(&sys, Caller::local_admin("helpdesk"), p);
    let listed = perform(&sys, &ListUsers, help(Params::default())).await.unwrap().output.people;
    assert_eq!(listed.iter().map(|l| l.entry.login.as_str()).collect::<Vec<_>>(), ["otto"]);
    let everybody = administer(&sys, &ListUsers, Params::default()).await.unwrap().output.people;
    assert_eq!(everybody.len(), 2);
    perform(&sys, &AddUser, help(Params::of([("user", "mine"), ("resolver", "second")]))).await.unwrap();
    let foreign = perform(&sys, &AddUser, help(Params::of([("user", "theirs"), ("resolver", "internal")]))).await;
    assert_eq!(foreign.err().unwrap().code, Code::Policy);
    let foreign = perform(&sys, &UpdateUser, help(Params::of([("user", "hans"), ("password", "mine")]))).await;
    assert_eq!(foreign.err().unwrap().code, Code::Policy);
    let realms = perform(&sys, &ListRealms, help(Params::default())).await.unwrap().output;
    assert_eq!(realms.iter().map(|l| l.realm.name.as_str()).collect::<Vec<_>>(), ["lab"]);
}

#[tokio::test]
async fn local_administrators() {
    for db in db::testing::all().await {
        let sys = ready((*db).clone()).await;
        let admins = sys.people.admins();
        let mut batch = db::Batch::new();
        assert!(admins.check(&mut batch, "ADMIN", &"geheim".into()).await.unwrap().is_some());
        sys.db.write(batch).await.unwrap();
        let mut batch = db::Batch::new();
        assert!(admins.check(&mut batch, "admin", &"falsch".into()).await.unwrap().is_none());
        assert!(admins.check(&mut batch, "nobody", &"geheim".into()).await.unwrap().is_none());
        assert!(batch.is_empty());
        let last = operate(&sys, &RemoveAdmin, Params::of([("name", "admin")])).await;
        assert_eq!(last.err().unwrap().code, Code::ConfigAdmin);
        operate(&sys, &AddAdmin, Params::of([("name", "zwei"), ("password", "x")])).await.unwrap();
        let twice = operate(&sys, &AddAdmin, Params::of([("name", "Zwei"), ("password", "x")])).await;
        assert_eq!(twice.err().unwrap().code, Code::Conflict);
        operate(&sys, &ChangeAdmin, Params::of([("name", "zwei"), ("password", "y")])).await.unwrap();
        assert_eq!(admins.by_name("zwei").await.unwrap().unwrap().auth_epoch, 1);
        operate(&sys, &RemoveAdmin, Params::of([("name", "admin")])).await.unwrap();
        assert_eq!(admins.all().await.unwrap().len(), 1);
        let from_api = administer(&sys, &AddAdmin, Params::of([("name", "drei"), ("password", "x")])).await;
        assert_eq!(from_api.err().unwrap().code, Code::MissingRight);
    }
}

#[tokio::test]
async fn searches_on_every_database() {
    for db in db::testing::all().await {
        let sys = ready((*db).clone()).await;
        for login in ["Anna", "anton", "berta", "a_b", "a%b"] {
            add(&sys, login, "x").await;
        }
        let search = async |p: serde_json::Value| {
            let found = administer(&sys, &ListUsers, params(p)).await.unwrap().output.people;
            found.into_iter().map(|l| l.entry.login).collect::<Vec<_>>()
        };
        assert_eq!(search(json!({"username": "an*"})).await, ["Anna", "anton"], "{:?}", db.dialect());
        assert_eq!(search(json!({"username": "a_b"})).await, ["a_b"]);
        assert_eq!(search(json!({"username": "*%*"})).await, ["a%b"]);
        assert_eq!(search(json!({"username": "BERTA"})).await, ["berta"]);
        assert_eq!(search(json!({"givenname": "h*", "username": "*n*"})).await, ["Anna", "anton"]);
        assert_eq!(search(json!({"givenname": "x"})).await.len(), 0);
        assert_eq!(search(json!({"shoesize": "*"})).await.len(), 0, "nobody has an attribute that does not exist");
        assert_eq!(search(json!({"realm": "nowhere"})).await.len(), 0);
        let all = administer(&sys, &ListUsers, params(json!({"attributes": "surname"}))).await.unwrap().answer.value;
        assert_eq!(
            all[0],
            json!({"username": "a%b", "userid": all[0]["userid"], "realm": "default", "resolver": "internal", "editable": true})
        );
    }
}
