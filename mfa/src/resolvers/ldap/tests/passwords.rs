//! Password checks and what password policies say.

use std::time::Duration;

use kernel::SecretText;
use testbed::Slapd;

use super::*;
use crate::resolvers::{MustChange, PasswordCheck, PasswordNote};

async fn check(ldap: &Ldap, name: &str, password: &str) -> (bool, PasswordNote) {
    let uid = uid(ldap, name).await;
    let PasswordCheck { ok, note, batch } =
        ldap.check_password(&uid, &password.into()).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(batch.is_empty());
    (ok, note)
}

async fn change(ldap: &Ldap, name: &str, old: &str, new: &str) -> Result<(), String> {
    let uid = uid(ldap, name).await;
    ldap.change_password(&uid, &old.into(), &new.into()).await.map_err(|e| e.to_string())
}

#[tokio::test]
async fn an_empty_password_reaches_no_directory() {
    let slapd = Slapd::start();
    for kind in ["DN", "entryUUID"] {
        let ldap = ldap(&slapd, &[("UIDTYPE", kind)]);
        let hans = uid(&ldap, "hans").await;
        let before = slapd.count("BIND");
        for password in ["", "\0", "geheim-1\0", &"x".repeat(2_000)] {
            assert!(!ldap.check_password(&hans, &password.into()).await.unwrap().ok);
        }
        assert_eq!(slapd.count("BIND"), before);
        assert!(ldap.checks.check("uid=hans,ou=people,dc=example,dc=org", &SecretText::new("")).await.is_err());
        assert!(ldap.checks.check("", &PASSWORD.into()).await.is_err());
    }
}

#[tokio::test]
async fn nobody_costs_what_somebody_costs() {
    let slapd = Slapd::start();
    let ldap = ldap(&slapd, &[]);
    for nobody in ["00000000-0000-0000-0000-000000000000", "nobody", "dc=example,dc=org"] {
        let before = slapd.count("BIND");
        assert!(!ldap.check_password(nobody, &PASSWORD.into()).await.unwrap().ok);
        let opened = usize::from(before == 0);
        assert_eq!(slapd.count("BIND") - before, 1 + opened, "{nobody}");
    }
}

#[tokio::test]
async fn what_policies_say() {
    let slapd = Slapd::start();
    // Passwords of entries that were loaded have no age yet.
    for name in ["expired", "grace", "warning"] {
        slapd.modify(&format!(
            "dn: uid=policy-{name},ou=people,dc=example,dc=org\nchangetype: modify\nreplace: userPassword\nuserPassword: {PASSWORD}\n"
        ));
    }
    let ldap = ldap(&slapd, &[]);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(check(&ldap, "hans", PASSWORD).await, (true, PasswordNote::None));
    assert_eq!(check(&ldap, "policy-expired", PASSWORD).await, (false, PasswordNote::MustChange(MustChange::Expired)));
    assert_eq!(check(&ldap, "policy-expired", "falsch").await, (false, PasswordNote::None), "who guesses is not told");
    assert!(matches!(check(&ldap, "policy-grace", PASSWORD).await, (true, PasswordNote::Grace(_))));
    assert!(
        matches!(check(&ldap, "policy-warning", PASSWORD).await, (true, PasswordNote::Expires(left)) if left.as_secs() > 999_000)
    );
    assert_eq!(check(&ldap, "policy-reset", PASSWORD).await, (false, PasswordNote::MustChange(MustChange::Reset)));
    assert_eq!(check(&ldap, "policy-lockout", "falsch").await, (false, PasswordNote::None));
    assert_eq!(check(&ldap, "policy-lockout", "falsch").await, (false, PasswordNote::None));
    assert_eq!(check(&ldap, "policy-lockout", PASSWORD).await, (false, PasswordNote::Locked));
}

#[tokio::test]
async fn people_change_their_passwords() {
    let slapd = Slapd::start();
    slapd.modify(&format!(
        "dn: uid=policy-expired,ou=people,dc=example,dc=org\nchangetype: modify\nreplace: userPassword\nuserPassword: {PASSWORD}\n"
    ));
    let ldap = ldap(&slapd, &[]);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(change(&ldap, "hans", "falsch", "neues-Wort").await, Err("The old password is wrong.".to_owned()));
    assert_eq!(change(&ldap, "hans", "", "neues-Wort").await, Err("The old password is wrong.".to_owned()));
    assert_eq!(change(&ldap, "hans", PASSWORD, "").await, Err("The new password is empty or too long.".to_owned()));
    assert_eq!(change(&ldap, "hans", PASSWORD, "kurz").await, Err("The new password is too short.".to_owned()));
    assert!(right(&ldap, "hans", PASSWORD).await);
    for name in ["hans", "policy-reset", "policy-expired"] {
        assert_eq!(change(&ldap, name, PASSWORD, "neues-Wort").await, Ok(()), "{name}");
        let (ok, note) = check(&ldap, name, "neues-Wort").await;
        assert!(ok, "{name}: {note:?}");
        assert!(!right(&ldap, name, PASSWORD).await, "{name}");
    }
    assert!(!slapd.show("uid=hans,ou=people,dc=example,dc=org").contains("neues-Wort"), "the server hashes");
    assert_eq!(change(&ldap, "policy-expired", "falsch", "noch-eines").await, Err("The old password is wrong.".to_owned()));
}
