//! Against a real OpenLDAP.

mod active_directory;
mod connections;
mod hostile;
mod kerberos;
mod passwords;
mod searches;
mod writes;

use std::collections::BTreeMap;

use kernel::{Clock, Entropy, SecretText};
use testbed::{BASE, PASSWORD, Slapd};

use super::config::Config;
use super::{KIND, Ldap};
use crate::people::Attribute;
use crate::resolvers::{Entry, Given, ParamValues, Resolver, ResolverError};

/// The resolver of these parameters, besides those of the preset and of the test server.
fn build(preset: &str, slapd: &str, params: &[(&str, &str)]) -> Result<Ldap, ResolverError> {
    let preset = KIND.presets.iter().find(|known| known.name == preset).expect("a preset");
    let mut given: BTreeMap<&str, &str> = preset.values.iter().copied().collect();
    given.extend([
        ("LDAPURI", slapd),
        ("LDAPBASE", BASE),
        ("BINDDN", "cn=service,dc=example,dc=org"),
        ("BINDPW", "service-secret"),
    ]);
    given.extend(params.iter().copied());
    let given: Given = given.into_iter().map(|(name, value)| (name.to_owned(), SecretText::new(value))).collect();
    let values = ParamValues::read(&KIND, &given, None)?;
    Ok(Ldap::new(Config::read(&values)?, Clock::system(), Entropy::seeded(1)))
}

fn ldap(slapd: &Slapd, params: &[(&str, &str)]) -> Ldap {
    build("openldap", &slapd.url(), params).unwrap_or_else(|e| panic!("{e}"))
}

async fn login(ldap: &Ldap, login: &str) -> Option<Entry> {
    ldap.find_login(login).await.unwrap_or_else(|e| panic!("{login}: {e}"))
}

async fn uid(ldap: &Ldap, name: &str) -> String {
    login(ldap, name).await.unwrap_or_else(|| panic!("nobody is {name}")).uid
}

async fn right(ldap: &Ldap, name: &str, password: &str) -> bool {
    let uid = uid(ldap, name).await;
    ldap.check_password(&uid, &password.into()).await.unwrap_or_else(|e| panic!("{name}: {e}")).ok
}

fn text<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.attributes.get(name).and_then(Attribute::text)
}

fn logins(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.login.as_str()).collect()
}

#[test]
fn parameters_are_read() {
    let wrong = |name: &str, value: &str| match build("generic", "ldap://localhost", &[(name, value)]) {
        Ok(_) => String::new(),
        Err(e) => e.to_string(),
    };
    for (name, value) in [
        ("LDAPURI", "http://x"),
        ("LDAPURI", ","),
        ("LDAPBASE", "nothing"),
        ("BINDPW", ""),
        ("AUTHTYPE", "Magic"),
        ("LOGINNAMEATTRIBUTE", "u id"),
        ("LDAPSEARCHFILTER", "(uid=*"),
        ("USERINFO", "[1]"),
        ("USERINFO", "{\"email\": \"ma il\"}"),
        ("UIDTYPE", "a b"),
        ("SCOPE", "EVERYWHERE"),
        ("TLS_VERSION", "1.1.1"),
        ("SERVERPOOL_STRATEGY", "LAST"),
        ("DN_TEMPLATE", "uid=<username>"),
        ("SIZELIMIT", "many"),
        ("EDITABLE", "perhaps"),
    ] {
        assert!(wrong(name, value).contains(name), "{name}={value}: {}", wrong(name, value));
    }
    assert!(wrong("recursive_group_search", "True").contains("group_search_filter"));
    // As existing configurations have them.
    for (name, value) in [
        ("LDAPURI", "ldap://a, ldaps://b:1636 ldap://[::1]:390"),
        ("LDAPSEARCHFILTER", "(uid=*)(objectClass=inetOrgPerson)"),
        ("USERINFO", "{ \"username\": \"uid\", \"email\" : \"mail\", \"phone\": \"\" }"),
        ("TLS_VERSION", "5"),
        ("MULTIVALUEATTRIBUTES", "mobile, phone"),
        ("TIMEOUT", "0"),
    ] {
        assert_eq!(wrong(name, value), "", "{name}={value}");
    }
}

#[tokio::test]
async fn what_cannot_work_is_kept_and_refused() {
    for kind in ["SASL Digest-MD5", "NTLM", "SASL Kerberos"] {
        let ldap = build("generic", "ldap://127.0.0.1:9", &[("AUTHTYPE", kind)]).unwrap_or_else(|e| panic!("{e}"));
        let said = ldap.test().await.unwrap_err();
        assert!(matches!(said, ResolverError::Unsupported(_)) && said.to_string().contains("AUTHTYPE"), "{said}");
        assert!(matches!(ldap.find_login("hans").await, Err(ResolverError::Unsupported(_))));
        assert!(matches!(ldap.check_password("x", &PASSWORD.into()).await, Err(ResolverError::Unsupported(_))));
        assert!(!ldap.capabilities().passwords && !ldap.capabilities().editable);
    }
}
