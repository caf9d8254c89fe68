//! The exchanges against MIT Kerberos.

use std::time::Duration;

use kernel::{Clock, Entropy, SecretText, Timestamp};
use testbed::{KERBEROS_REALM, Kdc};

use super::*;

const PASSWORD: &str = "a-service-password-1";

fn client_at(clock: Clock, kdc: &Kdc, name: &str, secret: Secret) -> Client {
    let name = format!("{name}@{KERBEROS_REALM}");
    let settings = Settings::read(&name, &kdc.address(), secret, Duration::from_secs(5)).unwrap();
    Client::new(settings, clock, Entropy::system())
}

fn client(kdc: &Kdc, name: &str, secret: Secret) -> Client {
    client_at(Clock::system(), kdc, name, secret)
}

fn password(text: &str) -> Secret {
    Secret::Password(SecretText::new(text))
}

async fn trouble(client: &Client) -> (Option<Kind>, String) {
    client.ticket("ldap", "localhost").await.err().map_or((None, String::new()), |e| (Some(e.kind), e.what))
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_for_keys_of_every_type_and_for_passwords() {
    let kdc = Kdc::start();
    kdc.add_service("ldap/localhost", "");
    for types in ["aes128-cts:normal", "aes256-cts:normal", "aes128-sha2:normal", "aes256-sha2:normal", ""] {
        let name = format!("svc-{}", types.split(':').next().unwrap_or_default());
        let keytab = kdc.add_service(&name, types);
        kdc.admin(&format!("modprinc +requires_preauth {name}"));
        let one = client(&kdc, &name, Secret::Keytab(keytab));
        assert_eq!(trouble(&one).await, (None, String::new()), "{types}");
        let types = if types.is_empty() { String::new() } else { format!("-e {types}") };
        kdc.admin(&format!("addprinc {types} +requires_preauth -pw {PASSWORD} pw-{name}"));
        assert_eq!(trouble(&client(&kdc, &format!("pw-{name}"), password(PASSWORD))).await, (None, String::new()), "{types}");
    }
    // Where no proof is wanted, and with a salt that is another than usual.
    kdc.admin(&format!("addprinc -requires_preauth -pw {PASSWORD} plain"));
    assert_eq!(trouble(&client(&kdc, "plain", password(PASSWORD))).await, (None, String::new()));
    kdc.admin(&format!("addprinc -e aes256-cts:special +requires_preauth -pw {PASSWORD} salted"));
    assert_eq!(trouble(&client(&kdc, "salted", password(PASSWORD))).await, (None, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told() {
    let mut kdc = Kdc::start();
    kdc.add_service("ldap/localhost", "");
    let old = kdc.add_service("svc", "");
    kdc.admin("modprinc +requires_preauth svc");
    kdc.admin(&format!("addprinc +requires_preauth -pw {PASSWORD} pw"));
    kdc.admin(&format!("addprinc -requires_preauth -pw {PASSWORD} plain"));
    kdc.admin(&format!("addprinc -allow_tix -pw {PASSWORD} disabled"));
    let keytab = || Secret::Keytab(old.clone());
    let kind = async |name: &str, secret: Secret| trouble(&client(&kdc, name, secret)).await.0;
    assert_eq!(kind("svc", keytab()).await, None);
    assert_eq!(kind("pw", keytab()).await, Some(Kind::NoKey));
    assert_eq!(kind("svc", Secret::Keytab("/nonexistent".into())).await, Some(Kind::NoKey));
    assert_eq!(kind("pw", password("falsch")).await, Some(Kind::WrongKey));
    assert_eq!(kind("plain", password("falsch")).await, Some(Kind::WrongKey));
    assert_eq!(kind("nobody", password(PASSWORD)).await, Some(Kind::UnknownClient));
    assert_eq!(kind("disabled", password(PASSWORD)).await, Some(Kind::Barred));
    let unknown = client(&kdc, "svc", keytab()).ticket("ldap", "elsewhere").await.err();
    let unknown = unknown.map(|e| (e.kind, e.what)).unwrap();
    assert!(unknown.0 == Kind::UnknownService && unknown.1.contains("ldap/elsewhere@EXAMPLE.TEST"), "{unknown:?}");
    for hours in [-1_i64, 1] {
        let other = Timestamp(Clock::system().now().0 + hours * 3_600_000_000);
        let (kind, what) = trouble(&client_at(Clock::fixed(other), &kdc, "svc", keytab())).await;
        assert_eq!(kind, Some(Kind::Skew), "{what}");
        assert!(what.contains("3600 seconds") || what.contains("3599 seconds") || what.contains("3601 seconds"), "{what}");
    }
    // The domain has a new key of the account, the file the old one.
    kdc.admin("cpw -randkey svc");
    assert_eq!(trouble(&client(&kdc, "svc", keytab())).await.0, Some(Kind::WrongKey));
    let alive = client(&kdc, "pw", password(PASSWORD));
    kdc.stop();
    let (kind, what) = trouble(&alive).await;
    assert!(kind == Some(Kind::Unreachable) && what.contains(&kdc.address()), "{what}");
}

/// A ticket is used until shortly before it ends, and no longer.
#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_kept() {
    let kdc = Kdc::start();
    kdc.add_service("ldap/localhost", "");
    let keytab = kdc.add_service("svc", "");
    let clock = Clock::fixed(Clock::system().now());
    let client = client_at(clock.clone(), &kdc, "svc", Secret::Keytab(keytab));
    let first = client.ticket("ldap", "localhost").await.unwrap();
    let asked = kdc.log().matches("_REQ (").count();
    assert!(Arc::ptr_eq(&first, &client.ticket("ldap", "LOCALHOST.").await.unwrap()));
    assert_eq!(kdc.log().matches("_REQ (").count(), asked);
    client.forget(&first).await;
    let second = client.ticket("ldap", "localhost").await.unwrap();
    assert!(!Arc::ptr_eq(&first, &second));
    // The first ticket of all was good for this one.
    assert_eq!(kdc.log().matches("_REQ (").count(), asked + 1, "{}", kdc.log());
    clock.set(second.until);
    assert!(client.ticket("ldap", "localhost").await.is_err(), "this clock is far ahead, so that no new ticket is taken");
}
