//! Writing back.

use db::Batch;
use testbed::Slapd;

use super::*;
use crate::people::Attribute;
use crate::resolvers::Change;

const MAP: &str =
    r#"{"email": "mail", "surname": "sn", "givenname": "givenName", "mobile": "mobile", "phone": "telephoneNumber"}"#;

fn editable<'a>(template: &'a str, uid: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("EDITABLE", "True"), ("DN_TEMPLATE", template), ("UIDTYPE", uid), ("USERINFO", MAP)]
}

fn change(password: Option<&str>, attributes: &[(&str, Option<&str>)]) -> Change {
    let attributes =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), value.map(|v| Attribute::Text(v.to_owned())))).collect();
    Change { login: None, password: password.map(SecretText::new), attributes }
}

async fn add(ldap: &Ldap, login: &str, change: Change) -> Result<String, String> {
    let mut batch = Batch::new();
    let added = ldap.add(&mut batch, login, change).await.map_err(|e| e.to_string());
    assert!(batch.is_empty());
    added
}

async fn set(ldap: &Ldap, uid: &str, change: Change) -> Result<(), String> {
    ldap.change(&mut Batch::new(), uid, change).await.map_err(|e| e.to_string())
}

#[tokio::test]
async fn a_life() {
    let slapd = Slapd::start();
    for kind in ["entryUUID", "DN"] {
        let ldap = ldap(&slapd, &editable("uid=<username>,ou=new,<basedn>", kind));
        let given = [("surname", Some("Neu, (\"*\")")), ("givenname", Some("Nora")), ("email", Some("nora@example.org"))];
        let uid = add(&ldap, "nora", change(Some("geheim-2"), &given)).await.unwrap();
        let nora = login(&ldap, "nora").await.unwrap();
        assert_eq!((nora.uid.as_str(), text(&nora, "surname")), (uid.as_str(), Some("Neu, (\"*\")")));
        assert!(right(&ldap, "nora", "geheim-2").await);
        assert_eq!(
            add(&ldap, "nora", change(None, &given)).await,
            Err("An entry of this name exists already in the directory.".into())
        );
        let mut more = change(Some("geheim-3"), &[("email", None), ("surname", Some("Alt"))]);
        more.attributes.push(("mobile".into(), Some(Attribute::List(vec!["1".into(), "2".into()]))));
        set(&ldap, &uid, more).await.unwrap();
        let nora = login(&ldap, "nora").await.unwrap();
        assert_eq!((text(&nora, "email"), text(&nora, "surname")), (None, Some("Alt")));
        assert_eq!(nora.attributes.get("mobile").map(|m| m.texts().len()), Some(2));
        assert!(right(&ldap, "nora", "geheim-3").await && !right(&ldap, "nora", "geheim-2").await);
        assert!(!slapd.show(&format!("uid=nora,ou=new,{BASE}")).contains("geheim"), "the server hashes");
        let rename = Change { login: Some("norah".into()), ..Change::default() };
        let renamed = set(&ldap, &uid, rename).await;
        if kind == "DN" {
            assert!(renamed.unwrap_err().contains("another person"));
        } else {
            assert_eq!(renamed, Ok(()));
            assert_eq!(login(&ldap, "nora").await, None);
            assert_eq!(super::uid(&ldap, "norah").await, uid);
            assert!(right(&ldap, "norah", "geheim-3").await);
        }
        ldap.remove(&mut Batch::new(), &uid).await.unwrap();
        assert_eq!(ldap.find_many(std::slice::from_ref(&uid)).await.unwrap(), []);
        assert!(ldap.remove(&mut Batch::new(), &uid).await.is_err());
    }
}

#[tokio::test]
async fn names_stay_where_the_template_puts_them() {
    let slapd = Slapd::start();
    let ldap = ldap(&slapd, &editable("cn=<givenname> <surname>,ou=new,<basedn>", "entryUUID"));
    let evil = "x,ou=people,dc=example,dc=org";
    let uid =
        add(&ldap, "evil", change(Some("geheim-2"), &[("surname", Some(evil)), ("givenname", Some("+uid=hans"))])).await.unwrap();
    let (dn, _) = ldap.name_of(&uid, true).await.unwrap().unwrap();
    let parent = super::super::dn::Dn::parse(&dn).unwrap().split().unwrap().1;
    assert_eq!(parent.to_string(), "ou=new,dc=example,dc=org");
    assert!(right(&ldap, "evil", "geheim-2").await);
    assert!(add(&ldap, "half", change(None, &[("surname", Some("x"))])).await.unwrap_err().contains("`givenname` is needed"));
    for login in ["", " x", "x\n", &"x".repeat(300)] {
        assert!(add(&ldap, login, change(None, &[("surname", Some("x")), ("givenname", Some("y"))])).await.is_err(), "{login}");
    }
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let slapd = Slapd::start();
    let closed = ldap(&slapd, &[]);
    assert!(add(&closed, "nora", change(None, &[])).await.unwrap_err().contains("cannot be edited"));
    let hans = uid(&closed, "hans").await;
    assert!(set(&closed, &hans, change(None, &[("surname", Some("x"))])).await.is_err());
    assert!(closed.remove(&mut Batch::new(), &hans).await.is_err());
    let ldap = ldap(&slapd, &editable("uid=<username>,ou=new,<basedn>", "entryUUID"));
    let short = add(&ldap, "nora", change(Some("kurz"), &[])).await;
    assert_eq!(short, Err("The new password is too short.".into()));
    assert_eq!(login(&ldap, "nora").await, None, "half a person is none");
    assert!(set(&ldap, &hans, change(None, &[("surname", None)])).await.unwrap_err().contains("schema"));
    assert!(set(&ldap, &hans, change(None, &[("shoesize", Some("4"))])).await.unwrap_err().contains("no attribute"));
    assert!(set(&ldap, "nobody", change(None, &[("surname", Some("x"))])).await.unwrap_err().contains("does not exist"));
    assert_eq!(text(&login(&ldap, "hans").await.unwrap(), "surname"), Some("Muster"));
    // An account that may only read.
    let mut params = editable("uid=<username>,ou=new,<basedn>", "entryUUID");
    params.extend([("BINDDN", "uid=eva,ou=people,dc=example,dc=org"), ("BINDPW", PASSWORD)]);
    let reader = super::ldap(&slapd, &params);
    assert!(set(&reader, &hans, change(None, &[("surname", Some("x"))])).await.unwrap_err().contains("may not do this"));
    let template = super::ldap(&slapd, &[("EDITABLE", "True"), ("DN_TEMPLATE", "")]);
    assert!(add(&template, "nora", change(None, &[])).await.unwrap_err().contains("DN_TEMPLATE"));
}
