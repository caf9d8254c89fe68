//! A directory to which the service account signs in with a ticket: MIT Kerberos and OpenLDAP with its GSSAPI module, bindings to TLS demanded.

use std::time::Duration;

use conformance::Server;
use kernel::clock::Stopwatch;
use testbed::{Kdc, PASSWORD, Slapd};

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_directory_in_a_domain_sign_in() {
    let (server, mut kdc) = (Server::start().await, Kdc::start());
    let slapd = Slapd::in_domain(&kdc, "");
    let keytab = kdc.add_service("symbolon", "");
    kdc.admin("modprinc +requires_preauth symbolon");
    let other = kdc.add_service("other", "");
    let uri = format!("LDAPURI={}", slapd.tls_url().replace("127.0.0.1", "localhost"));
    let (ca, centre) = (format!("TLS_CA_FILE={}", slapd.ca_file().display()), format!("KERBEROS_KDC={}", kdc.address()));
    let file = format!("KEYTABFILE={}", keytab.display());
    let params = [
        "preset=openldap",
        &uri,
        "LDAPBASE=dc=example,dc=org",
        "AUTHTYPE=SASL Kerberos",
        "BINDDN=symbolon@EXAMPLE.TEST",
        &file,
        &centre,
        "TLS_VERIFY=True",
        &ca,
        "CACHE_TIMEOUT=1",
    ];
    let mut args = vec!["resolver", "add", "staff", "--type", "ldap"];
    args.extend(params.iter().flat_map(|param| ["--param", param]));
    server.cli_ok(&args, None);
    server.cli_ok(&["realm", "add", "staff", "--resolver", "staff"], None);
    let said = server.cli_ok(&["resolver", "test", "staff"], None);
    assert!(said.contains("16 users were found: disabled, ended, eva, ..."), "{said}");
    let token = async |user: &str, password: &str| {
        let answer = server.post("/auth", None, &[("username", user), ("password", password)]).await;
        answer["result"]["value"]["token"].as_str().map(str::to_owned)
    };
    // The server learns of the resolver.
    let watch = Stopwatch::start();
    while token("hans@staff", PASSWORD).await.is_none() {
        assert!(watch.elapsed() < Duration::from_secs(20), "{}", slapd.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(token("hans@staff", "falsch").await, None);
    let log = slapd.log();
    assert!(log.contains("BIND dn=\"cn=service,dc=example,dc=org\" mech=GSSAPI"), "{log}");
    assert!(log.contains("BIND dn=\"uid=hans,ou=people,dc=example,dc=org\" mech=SIMPLE"), "{log}");

    // The key table of another account, and a domain that is out: the test says so, each with what may be done.
    let said = |change: &str| {
        let mut args = vec!["resolver", "set", "staff", "--param", change];
        args.extend(["--param", &centre]);
        let output = server.cli(&args, None);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(!output.status.success(), "{}", text(&output.stdout));
        text(&output.stdout) + &text(&output.stderr)
    };
    let wrong = said(&format!("KEYTABFILE={}", other.display()));
    assert!(wrong.contains("has no AES key of symbolon@EXAMPLE.TEST"), "{wrong}");
    kdc.admin("cpw -randkey symbolon");
    let old = said(&file);
    assert!(old.contains("the key is not the account's") && old.contains("Write the key table anew"), "{old}");
    kdc.stop();
    let dead = said(&file);
    assert!(dead.contains("no key distribution centre answers") && dead.contains("Is KERBEROS_KDC right"), "{dead}");
}
