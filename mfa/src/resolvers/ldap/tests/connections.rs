//! Servers, TLS, bindings, referrals.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kernel::clock::Stopwatch;
use testbed::{Authority, Options, Slapd, free_port};

use super::*;
use crate::resolvers::{Filter, Page};

/// A server that listens and never answers; how many have come to it.
async fn silent() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, came) = (format!("ldap://{}", listener.local_addr().unwrap()), Arc::new(AtomicUsize::new(0)));
    tokio::spawn({
        let came = Arc::clone(&came);
        async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
                came.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    (url, came)
}

async fn said(ldap: &Ldap) -> String {
    match ldap.test().await {
        Ok(text) => text,
        Err(e) => e.to_string(),
    }
}

#[tokio::test]
async fn tls_is_checked_where_it_is_wanted() {
    let slapd = Slapd::start();
    let (ca, other) = (slapd.ca_file().display().to_string(), Authority::new().pem());
    let pem = slapd.authority().pem();
    let verify = |ca: &str| vec![("TLS_VERIFY".to_owned(), "True".to_owned()), ("TLS_CA_FILE".to_owned(), ca.to_owned())];
    let start = || vec![("START_TLS".to_owned(), "True".to_owned())];
    let with = |more: Vec<(String, String)>, extra: &[(&str, &str)]| {
        more.into_iter().chain(extra.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))).collect::<Vec<_>>()
    };
    for (url, params) in [
        (slapd.tls_url(), vec![]),
        (slapd.tls_url(), verify(&ca)),
        (slapd.tls_url(), verify(&pem)),
        (slapd.tls_url(), with(verify(&pem), &[("TLS_VERSION", "1.3")])),
        (slapd.url(), start()),
        (slapd.url(), with(verify(&ca), &[("START_TLS", "True")])),
        (slapd.tls_url().replace("127.0.0.1", "localhost"), verify(&ca)),
        // The former name.
        (slapd.tls_url(), vec![("TLS_VERIFY".to_owned(), "True".to_owned()), ("CACERTIFICATE".to_owned(), ca.clone())]),
    ] {
        let params: Vec<(&str, &str)> = params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let ldap = build("openldap", &url, &params).unwrap_or_else(|e| panic!("{e}"));
        assert!(right(&ldap, "hans", PASSWORD).await, "{url} {params:?}");
        assert!(!right(&ldap, "hans", "falsch").await, "{url} {params:?}");
    }
    for (url, params, expected) in [
        (slapd.tls_url(), verify(&other), "TLS fails"),
        (slapd.tls_url(), verify(""), "TLS fails"),
        (slapd.tls_url(), verify("/nonexistent"), "TLS_CA_FILE /nonexistent"),
        (slapd.tls_url(), verify("-----BEGIN nothing"), "TLS_CA_FILE is not PEM"),
        (slapd.url(), with(verify(&other), &[("START_TLS", "True")]), "TLS fails"),
        (slapd.url().replace("ldap:", "ldaps:"), vec![], "TLS fails"),
    ] {
        let params: Vec<(&str, &str)> = params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let ldap = build("openldap", &url, &with_timeout(&params)).unwrap_or_else(|e| panic!("{e}"));
        assert!(matches!(ldap.find_login("hans").await, Err(ResolverError::Unavailable(_))), "{url} {params:?}");
        assert!(said(&ldap).await.contains(expected), "{url} {params:?}: {}", said(&ldap).await);
    }
}

fn with_timeout<'a>(params: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    params.iter().copied().chain([("TIMEOUT", "1")]).collect()
}

/// The certificate is good, but for another name.
#[tokio::test]
async fn the_name_in_the_certificate_counts() {
    let slapd = Slapd::start_with(&Options { names: vec!["ldap.example.org"], ..Options::default() });
    let ca = slapd.ca_file().display().to_string();
    let ldap =
        build("openldap", &slapd.tls_url(), &[("TLS_VERIFY", "True"), ("TLS_CA_FILE", &ca)]).unwrap_or_else(|e| panic!("{e}"));
    assert!(said(&ldap).await.contains("TLS fails"), "{}", said(&ldap).await);
    let unchecked = build("openldap", &slapd.tls_url(), &[]).unwrap_or_else(|e| panic!("{e}"));
    assert!(said(&unchecked).await.contains("set TLS_VERIFY"), "{}", said(&unchecked).await);
}

#[tokio::test]
async fn the_test_says_what_is_wrong() {
    let slapd = Slapd::start();
    let (silent, _) = silent().await;
    let closed = format!("ldap://127.0.0.1:{}", free_port());
    let both = format!("{closed},{}", slapd.url());
    for (url, params, expected) in [
        (slapd.url(), vec![], "1 of 1 servers can be used. 16 users were found: disabled, ended, eva, ..."),
        (slapd.url(), vec![], "Passwords cross the network in the clear"),
        (both, vec![], "1 of 2 servers can be used."),
        ("ldap://nowhere.invalid".to_owned(), vec![], "the name has no address"),
        (closed, vec![], "no connection: Connection refused"),
        (silent, vec![], "no answer in time"),
        (slapd.url(), vec![("BINDPW", "falsch")], "the service account cannot sign in: name or password is wrong (result 49)"),
        (slapd.url(), vec![("BINDDN", "cn=nobody,dc=example,dc=org")], "the service account cannot sign in"),
        (slapd.url(), vec![("LDAPBASE", "ou=gone,dc=example,dc=org")], "LDAPBASE `ou=gone,dc=example,dc=org`"),
        (slapd.url(), vec![("LDAPSEARCHFILTER", "(uid=nobody-at-all)")], "no entry below LDAPBASE meets LDAPSEARCHFILTER"),
        (slapd.url(), vec![("LDAPSEARCHFILTER", "(objectClass=*)")], "further entries have no LOGINNAMEATTRIBUTE"),
        (slapd.url(), vec![("LOGINNAMEATTRIBUTE", "employeeNumber")], "none has both LOGINNAMEATTRIBUTE and UIDTYPE"),
        (slapd.url(), vec![("SIZELIMIT", "2")], "more than 2 users were found: "),
        (slapd.url(), vec![("AUTHTYPE", "Anonymous")], "16 users"),
    ] {
        let ldap = build("openldap", &url, &with_timeout(&params)).unwrap_or_else(|e| panic!("{e}"));
        let said = said(&ldap).await;
        assert!(said.contains(expected), "{url} {params:?}: {said}");
        assert!(!said.contains("service-secret") && !said.contains("falsch"), "{said}");
    }
}

#[tokio::test]
async fn a_dead_server_is_left_out() {
    let slapd = Slapd::start();
    for strategy in ["FIRST", "ROUND_ROBIN", "RANDOM"] {
        let (silent, came) = silent().await;
        let urls = format!("{silent},{}", slapd.url());
        let ldap =
            build("openldap", &urls, &[("SERVERPOOL_STRATEGY", strategy), ("TIMEOUT", "2")]).unwrap_or_else(|e| panic!("{e}"));
        // At the latest after a few questions the silent one has been tried.
        for _ in 0..6 {
            assert!(login(&ldap, "hans").await.is_some());
        }
        let before = came.load(Ordering::SeqCst);
        assert!(strategy == "RANDOM" || before > 0, "{strategy}");
        for _ in 0..20 {
            assert!(right(&ldap, "hans", PASSWORD).await);
        }
        let after = came.load(Ordering::SeqCst);
        assert!(after - before <= usize::from(before == 0), "{strategy}: {before} {after}");
    }
}

#[tokio::test]
async fn round_robin_asks_all_of_them() {
    let servers = [Slapd::start(), Slapd::start()];
    let urls = format!("{},{}", servers[0].url(), servers[1].url());
    let asked = |at: usize| servers[at].count("SRCH");
    for (strategy, spread) in [("ROUND_ROBIN", true), ("FIRST", false)] {
        let before = [asked(0), asked(1)];
        let ldap =
            build("openldap", &urls, &[("SERVERPOOL_STRATEGY", strategy), ("UIDTYPE", "uid")]).unwrap_or_else(|e| panic!("{e}"));
        for _ in 0..10 {
            assert!(login(&ldap, "hans").await.is_some());
        }
        let after = [asked(0) - before[0], asked(1) - before[1]];
        assert_eq!(after, if spread { [5, 5] } else { [10, 0] }, "{strategy}");
    }
}

#[tokio::test]
async fn it_recovers_when_the_server_comes_back() {
    let mut slapd = Slapd::start();
    let ldap = ldap(&slapd, &[("TIMEOUT", "2")]);
    assert!(right(&ldap, "hans", PASSWORD).await);
    slapd.stop();
    let hans = || ldap.find_login("hans");
    assert!(matches!(hans().await, Err(ResolverError::Unavailable(_))));
    assert!(slapd.run());
    // Connections that had been open are dead, but nobody notices.
    assert!(hans().await.unwrap().is_some());
    assert!(right(&ldap, "hans", PASSWORD).await);
    slapd.signal("STOP");
    let started = Stopwatch::start();
    assert!(matches!(hans().await, Err(ResolverError::Unavailable(_))));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    slapd.signal("CONT");
    assert!(hans().await.unwrap().is_some());
}

#[tokio::test]
async fn connections_are_used_again() {
    let slapd = Slapd::start();
    let ldap = ldap(&slapd, &[]);
    for _ in 0..10 {
        assert!(right(&ldap, "hans", PASSWORD).await);
        assert!(!right(&ldap, "eva", "falsch").await);
    }
    let accepted = slapd.log().lines().filter(|line| line.contains(" ACCEPT from")).count();
    // One to see whether the server is up, one for searches, one for passwords.
    assert_eq!(accepted, 3);
    // A sign-in is one search and one bind; a wrong password looks again whether the entry was moved.
    assert_eq!((slapd.count("SRCH"), slapd.count("BIND")), (10 + 10 + 10, 1 + 20));
    // Never a search by who has just proved their password.
    let log = slapd.log();
    let connection = |line: &str| line.split_whitespace().find(|w| w.starts_with("conn=")).map(str::to_owned);
    let checks = log.lines().find(|line| line.contains("BIND dn=\"uid=hans")).and_then(connection).unwrap();
    assert!(!log.lines().any(|line| line.contains(&format!("{checks} ")) && line.contains("SRCH")));
}

#[tokio::test]
async fn many_at_a_time_share_few_connections() {
    let slapd = Slapd::start();
    let ldap = std::sync::Arc::new(ldap(&slapd, &[]));
    let tasks: Vec<_> = (0..60)
        .map(|n| {
            let ldap = ldap.clone();
            tokio::spawn(async move { right(&ldap, "hans", if n % 2 == 0 { PASSWORD } else { "falsch" }).await == (n % 2 == 0) })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
    let accepted = slapd.log().lines().filter(|line| line.contains(" ACCEPT from")).count();
    assert!(accepted <= 17, "{accepted}");
}

/// A person whose entry was moved keeps their uid and their password.
#[tokio::test]
async fn a_moved_entry_is_found_again() {
    let slapd = Slapd::start();
    let ldap = ldap(&slapd, &[]);
    let hans = uid(&ldap, "hans").await;
    slapd.modify("dn: uid=hans,ou=people,dc=example,dc=org\nchangetype: modrdn\nnewrdn: uid=hans\ndeleteoldrdn: 0\nnewsuperior: ou=sales,dc=example,dc=org\n");
    assert!(ldap.check_password(&hans, &PASSWORD.into()).await.unwrap().ok);
    slapd.modify("dn: uid=hans,ou=sales,dc=example,dc=org\nchangetype: delete\n");
    assert!(!ldap.check_password(&hans, &PASSWORD.into()).await.unwrap().ok);
    assert_eq!(ldap.find_many(&[hans]).await.unwrap(), []);
}

fn referring(to: &str) -> Options {
    let referral = format!("dn: ou=far,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: far\nref: {to}\n\n");
    Options { entries: testbed::Options::default().entries + "\n" + &referral, ..Options::default() }
}

#[tokio::test]
async fn referrals_are_followed_under_guard() {
    let far = format!(
        "dn: ou=far,{BASE}\nobjectClass: organizationalUnit\nou: far\n\ndn: uid=farah,ou=far,{BASE}\nobjectClass: inetOrgPerson\nuid: farah\ncn: Farah\nsn: Away\n\n\
                       dn: uid=hans,ou=far,{BASE}\nobjectClass: inetOrgPerson\nuid: hans\ncn: False\nsn: Hans\n"
    );
    let other = Slapd::start_with(&Options { entries: far, ..Options::default() });
    let slapd = Slapd::start_with(&referring(&format!("{}/ou=far,{BASE}", other.url())));
    let near = ldap(&slapd, &[]);
    assert_eq!(login(&near, "farah").await.map(|e| e.login).as_deref(), Some("farah"));
    let hans = login(&near, "hans").await.unwrap();
    assert_eq!(text(&hans, "surname"), Some("Muster"), "what the directory knows itself comes first");
    let all = near.search(&Filter::default(), Page { skip: 0, limit: 100 }, None).await.unwrap();
    assert_eq!(all.iter().filter(|entry| entry.login == "farah").count(), 1);
    assert!(!other.log().contains("cn=service"), "the password of the service account goes to no server that is not configured");
    let without = ldap(&slapd, &[("NOREFERRALS", "True")]);
    assert_eq!(login(&without, "farah").await, None);
}

/// The directory is somewhere else, and names a server on this machine.
#[tokio::test]
async fn referrals_do_not_lead_to_this_machine() {
    let victim = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = victim.local_addr().unwrap().port();
    let mut references: Vec<String> = ["127.0.0.1", "127.8.8.8", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
        .map(|host| format!("ldap://{host}:{port}/dc=example,dc=org"))
        .to_vec();
    references.push("ldap://169.254.169.254/dc=example,dc=org".to_owned());
    // Nobody is asked at this address: only referrals are followed.
    let ldap = build("openldap", "ldap://192.0.2.1", &[("TIMEOUT", "1")]).unwrap_or_else(|e| panic!("{e}"));
    let ask = ldap.ask(super::super::filter::Filter::parse("(uid=x)").unwrap(), None, 5);
    for reference in references {
        assert!(super::super::referral::chase(&ldap, vec![reference], &ask).await.records.is_empty());
    }
    assert!(tokio::time::timeout(Duration::from_millis(200), victim.accept()).await.is_err(), "somebody came");
}
