//! The service account signs in with a ticket of MIT Kerberos.

use std::time::Duration;

use testbed::{Kdc, Slapd, free_port};

use super::super::sasl;
use super::*;
use crate::kerberos::client::{Kind, of_certificate};

/// A domain, its directory, and the key table of the service account.
struct Domain {
    kdc: Kdc,
    slapd: Slapd,
    keytab: String,
}

impl Domain {
    fn new(global: &str) -> Self {
        let kdc = Kdc::start();
        let slapd = Slapd::in_domain(&kdc, global);
        let keytab = kdc.add_service("symbolon", "").display().to_string();
        kdc.admin("modprinc +requires_preauth symbolon");
        Self { kdc, slapd, keytab }
    }

    fn url(&self) -> String {
        self.slapd.tls_url().replace("127.0.0.1", "localhost")
    }

    fn ldap(&self, change: &[(&str, &str)]) -> Ldap {
        let (ca, kdc) = (self.slapd.ca_file().display().to_string(), self.kdc.address());
        let mut params = vec![
            ("AUTHTYPE", "SASL Kerberos"),
            ("BINDDN", "symbolon@EXAMPLE.TEST"),
            ("BINDPW", ""),
            ("KEYTABFILE", self.keytab.as_str()),
            ("KERBEROS_KDC", kdc.as_str()),
            ("TLS_VERIFY", "True"),
            ("TLS_CA_FILE", ca.as_str()),
        ];
        params.extend(change.iter().copied());
        let url = self.url();
        build("openldap", &url, &params).unwrap_or_else(|e| panic!("{e}"))
    }

    async fn says(&self, change: &[(&str, &str)]) -> String {
        match self.ldap(change).test().await {
            Ok(text) => text,
            Err(e) => e.to_string(),
        }
    }

    /// Sign-ins with a ticket that have succeeded as the service account.
    fn entered(&self) -> usize {
        self.slapd.log().matches("BIND dn=\"cn=service,dc=example,dc=org\" mech=GSSAPI").count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_and_sign_in() {
    let domain = Domain::new("");
    let ldap = domain.ldap(&[]);
    assert!(login(&ldap, "hans").await.is_some(), "{}", domain.slapd.log());
    assert!(right(&ldap, "hans", PASSWORD).await);
    assert!(!right(&ldap, "hans", "falsch").await);
    assert_eq!(domain.entered(), 1, "{}", domain.slapd.log());
    // Passwords of people are simple binds on other connections.
    assert!(domain.slapd.log().contains("BIND dn=\"uid=hans,ou=people,dc=example,dc=org\" mech=SIMPLE"));
    let plain = domain.slapd.url().replace("127.0.0.1", "localhost");
    assert!(login(&domain.ldap(&[("START_TLS", "True"), ("LDAPURI", &plain)]), "eva").await.is_some());
    assert_eq!(domain.entered(), 2);
    // With the password of the account in the domain.
    domain.kdc.admin("cpw -pw a-domain-password symbolon");
    assert!(login(&domain.ldap(&[("KEYTABFILE", ""), ("BINDPW", "a-domain-password")]), "eva").await.is_some());
    assert_eq!(domain.entered(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_says_at_which_step_it_fails() {
    let mut domain = Domain::new("");
    let said = domain.says(&[]).await;
    assert!(said.contains("1 of 1 servers can be used. 16 users were found"), "{said}");
    let other = domain.kdc.add_service("other", "").display().to_string();
    let closed = format!("127.0.0.1:{}", free_port());
    let by_address = domain.slapd.tls_url();
    for (change, expected) in [
        ([("KEYTABFILE", &*other)], "has no AES key of symbolon@EXAMPLE.TEST. Does KEYTABFILE"),
        ([("KEYTABFILE", "/nonexistent")], "/nonexistent cannot be read"),
        ([("BINDDN", "nobody@EXAMPLE.TEST")], "/symbolon.keytab has no AES key of nobody@EXAMPLE.TEST"),
        ([("KERBEROS_KDC", &*closed)], "Is KERBEROS_KDC right"),
        ([("LDAPURI", &*by_address)], "ldap/127.0.0.1@EXAMPLE.TEST: the domain does not know the service"),
        ([("TLS_CA_FILE", "")], "TLS fails"),
        ([("BINDDN", "cn=service,dc=example,dc=org")], "BINDDN must be name@REALM"),
        ([("KEYTABFILE", "")], "needs KEYTABFILE"),
        ([("LDAPURI", "ldap://localhost")], "needs ldaps:// for every server, or START_TLS"),
    ] {
        let said = domain.says(&change).await;
        assert!(said.contains(expected), "{change:?}: {said}");
    }
    domain.kdc.admin("cpw -randkey symbolon");
    let said = domain.says(&[]).await;
    assert!(said.contains("the key is not the account's (error 24") && said.contains("Write the key table anew"), "{said}");
    domain.kdc.stop();
    let said = domain.says(&[]).await;
    assert!(said.contains("no key distribution centre answers") && said.contains("does a firewall let"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_directory_has_against_it_is_said() {
    // A layer that nobody needs inside TLS.
    let domain = Domain::new("sasl-secprops noplain,noanonymous,minssf=512");
    let said = domain.says(&[]).await;
    assert!(said.contains("the service account cannot sign in with Kerberos"), "{said}");
    // A directory that does not know its key any more.
    let domain = Domain::new("");
    domain.kdc.admin("cpw -randkey ldap/localhost");
    let said = domain.says(&[]).await;
    assert!(said.contains("the directory does not take the ticket") && said.contains("present key of its service"), "{said}");
    // A directory that knows no Kerberos.
    let plain = Slapd::start();
    let (url, ca) = (plain.tls_url().replace("127.0.0.1", "localhost"), plain.ca_file().display().to_string());
    let said = domain.says(&[("LDAPURI", &url), ("TLS_CA_FILE", &ca)]).await;
    assert!(said.contains("cannot sign in with Kerberos"), "{said}");
}

/// What somebody in the middle would show: a ticket that is bound to their own TLS channel.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_bound_to_its_channel() {
    let domain = Domain::new("");
    let ldap = domain.ldap(&[]);
    let client = ldap.servers.kerberos().expect("a client");
    let port = ldap.config.servers[0].port;
    for (change, expected) in [(0_u8, None), (1, Some(Kind::Service))] {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut stream = ldap.servers.tls().connect("localhost", stream, Duration::from_secs(5)).await.unwrap();
        let mut binding = of_certificate(&stream.get_ref().1.peer_certificates().unwrap()[0]).unwrap();
        *binding.last_mut().unwrap() ^= change;
        let entered = sasl::sign_in(&mut stream, "localhost", Some(&binding), client).await;
        assert_eq!(entered.err().map(|trouble| trouble.kind), expected, "{}", domain.slapd.log());
    }
}
