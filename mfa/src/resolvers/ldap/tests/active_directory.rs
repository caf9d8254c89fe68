//! Against Samba as a domain controller: identifiers, nested groups, codes, and passwords as Active Directory has them.

use db::Batch;
use testbed::{AD_ADMIN, AD_BASE, AD_PASSWORD, Samba};

use super::*;
use crate::people::Attribute;
use crate::resolvers::{Change, Filter, MustChange, Page, PasswordNote};

const USER_PASSWORD: &str = "Geheim-12345";

fn directory(samba: &Samba, params: &[(&str, &str)]) -> Ldap {
    let ca = samba.ca_file().display().to_string();
    let mut all = vec![
        ("LDAPBASE", AD_BASE),
        ("BINDDN", AD_ADMIN),
        ("BINDPW", AD_PASSWORD),
        ("START_TLS", "True"),
        ("TLS_VERIFY", "True"),
        ("TLS_CA_FILE", &ca),
        ("recursive_group_search", "True"),
    ];
    all.extend(params.iter().copied());
    build("activedirectory", &samba.url(), &all).unwrap_or_else(|e| panic!("{e}"))
}

fn user(name: &str, more: &str) -> String {
    let quoted: Vec<u8> = format!("\"{USER_PASSWORD}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let password = data_encoding::BASE64.encode(&quoted);
    format!(
        "dn: CN={name},CN=Users,{AD_BASE}\nobjectClass: user\nsAMAccountName: {name}\nuserPrincipalName: {name}@ad.example.org\ngivenName: Vor\nsn: {name}\n\
         unicodePwd:: {password}\nuserAccountControl: 512\n{more}\n"
    )
}

fn modify(name: &str, attribute: &str, value: &str) -> String {
    format!("dn: CN={name},CN=Users,{AD_BASE}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n\n")
}

fn group(name: &str, member: &str) -> String {
    format!(
        "dn: CN={name},CN=Users,{AD_BASE}\nobjectClass: group\nsAMAccountName: {name}\nmember: CN={member},CN=Users,{AD_BASE}\n\n"
    )
}

fn populate(samba: &Samba) {
    for name in ["hans", "eva", "reset", "disabled", "ended", "lock"] {
        samba.modify(&user(name, "mail: x@example.org\n"));
    }
    samba.modify(
        &(modify("reset", "pwdLastSet", "0")
            + &modify("disabled", "userAccountControl", "514")
            + &modify("ended", "accountExpires", "132000000000000000")),
    );
    samba.modify(&(group("inner", "hans") + &group("outer", "inner")));
}

async fn check(ldap: &Ldap, uid: &str, password: &str) -> (bool, PasswordNote) {
    let check = ldap.check_password(uid, &password.into()).await.unwrap_or_else(|e| panic!("{e}"));
    (check.ok, check.note)
}

#[tokio::test]
async fn a_domain_controller() {
    let samba = Samba::start();
    populate(&samba);
    let ldap = directory(&samba, &[("LOGINNAMEATTRIBUTE", "sAMAccountName,userPrincipalName")]);
    assert!(ldap.features().await.unwrap().active_directory);
    let said = ldap.test().await.unwrap();
    assert!(said.contains("1 of 1 servers can be used") && !said.contains("set TLS_VERIFY"), "{said}");

    let hans = login(&ldap, "hans@ad.example.org").await.unwrap();
    assert_eq!(hans.login, "hans");
    assert_eq!(hans.uid.len(), 36, "{}", hans.uid);
    assert_eq!(hans.attributes.get("groups"), Some(&Attribute::List(vec!["inner".into(), "outer".into()])));
    let before = login(&ldap, "eva").await.unwrap();
    let found = ldap.find_many(&[hans.uid.clone(), before.uid.clone()]).await.unwrap();
    assert_eq!(found.len(), 2, "by the bytes of their identifiers");
    let by_dn = directory(&samba, &[("UIDTYPE", "DN")]);
    let uids = [uid(&by_dn, "hans").await, uid(&by_dn, "eva").await];
    assert_eq!(by_dn.find_many(&uids).await.unwrap().len(), 2);
    let by_sid = directory(&samba, &[("UIDTYPE", "objectSid")]);
    let sid = uid(&by_sid, "hans").await;
    assert!(sid.starts_with("S-1-5-21-"), "{sid}");
    assert_eq!(by_sid.find_many(&[sid]).await.unwrap().len(), 1);
    let filter = Filter { conditions: vec![("username".into(), "HA*".into())] };
    let listed = ldap.search(&filter, Page { skip: 0, limit: 10 }, Some(&["email".into()])).await.unwrap();
    assert_eq!(logins(&listed), ["hans"]);

    let now = kernel::Clock::system().now();
    for (name, barred) in [("hans", false), ("disabled", true), ("ended", true), ("reset", false)] {
        assert_eq!(login(&ldap, name).await.unwrap().standing.bars(now), barred, "{name}");
    }
    passwords(&samba, &ldap, &hans.uid).await;
    own_password(&ldap).await;
    written(&samba).await;
}

async fn passwords(samba: &Samba, ldap: &Ldap, hans: &str) {
    assert_eq!(check(ldap, hans, USER_PASSWORD).await, (true, PasswordNote::None));
    assert_eq!(check(ldap, hans, "falsch").await, (false, PasswordNote::None));
    for (name, note) in [
        ("reset", PasswordNote::MustChange(MustChange::Reset)),
        ("disabled", PasswordNote::Barred),
        ("ended", PasswordNote::Barred),
    ] {
        let uid = uid(ldap, name).await;
        assert_eq!(check(ldap, &uid, USER_PASSWORD).await, (false, note), "{name}");
        assert_eq!(check(ldap, &uid, "falsch").await, (false, PasswordNote::None), "{name}: who guesses is not told");
    }
    let domain = |attribute: &str, value: &str| {
        samba.modify(&format!("dn: {AD_BASE}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n"));
    };
    domain("lockoutThreshold", "2");
    let lock = uid(ldap, "lock").await;
    for _ in 0..2 {
        assert!(!check(ldap, &lock, "falsch").await.0);
    }
    assert_eq!(check(ldap, &lock, USER_PASSWORD).await, (false, PasswordNote::Locked));
    domain("lockoutThreshold", "0");
    // So that it can be changed at once.
    domain("minPwdAge", "0");
    assert!(check(ldap, hans, USER_PASSWORD).await.0);
}

async fn own_password(ldap: &Ldap) {
    for name in ["hans", "reset"] {
        let uid = uid(ldap, name).await;
        let change =
            async |old: &str, new: &str| ldap.change_password(&uid, &old.into(), &new.into()).await.map_err(|e| e.to_string());
        assert_eq!(change("falsch", "Neues-Wort-99").await, Err("The old password is wrong.".to_owned()), "{name}");
        assert!(change(USER_PASSWORD, "kurz").await.is_err(), "{name}");
        assert_eq!(change(USER_PASSWORD, "Neues-W\u{f6}rt-99").await, Ok(()), "{name}");
        assert_eq!(check(ldap, &uid, "Neues-W\u{f6}rt-99").await, (true, PasswordNote::None), "{name}");
    }
}

async fn written(samba: &Samba) {
    let ldap = directory(samba, &[("EDITABLE", "True")]);
    let mut batch = Batch::new();
    let text = |name: &str, value: &str| (name.to_owned(), Some(Attribute::Text(value.to_owned())));
    let nora = Change {
        password: Some(USER_PASSWORD.into()),
        attributes: vec![text("email", "n@example.org"), text("surname", "Neu")],
        ..Change::default()
    };
    let uid = ldap.add(&mut batch, "nora", nora).await.unwrap();
    assert_eq!(check(&ldap, &uid, USER_PASSWORD).await, (true, PasswordNote::None));
    let more = Change {
        password: Some("Anderes-Wort-7".into()),
        attributes: vec![text("surname", "Alt"), ("email".into(), None)],
        ..Change::default()
    };
    ldap.change(&mut batch, &uid, more).await.unwrap();
    assert!(check(&ldap, &uid, "Anderes-Wort-7").await.0);
    let rename = Change { login: Some("norah".into()), ..Change::default() };
    ldap.change(&mut batch, &uid, rename).await.unwrap();
    let norah = login(&ldap, "norah").await.unwrap();
    assert_eq!(
        (norah.uid.as_str(), super::text(&norah, "surname"), super::text(&norah, "email")),
        (uid.as_str(), Some("Alt"), None)
    );
    let weak = Change { password: Some("kurz".into()), ..Change::default() };
    assert!(ldap.add(&mut batch, "weak", weak).await.is_err());
    assert_eq!(login(&ldap, "weak").await, None);
    ldap.remove(&mut batch, &uid).await.unwrap();
    assert_eq!(login(&ldap, "norah").await, None);
    assert!(batch.is_empty());
}
