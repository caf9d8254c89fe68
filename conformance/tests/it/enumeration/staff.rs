//! A directory with as many people as are guessed at, in a realm of its own.

use std::fmt::Write;
use std::time::Duration;

use conformance::Server;
use testbed::{BASE, Options, PASSWORD, Slapd};

/// A directory with these people, all of whom have the password [`PASSWORD`]; the `barred` are disabled.
pub fn directory(people: &[String], barred: &[String]) -> Slapd {
    let mut options = Options::default();
    let all = people.iter().map(|name| (name, 512)).chain(barred.iter().map(|name| (name, 514)));
    for (name, control) in all {
        // Whatever the realm is called, the directory knows the bare name.
        let name = name.split('@').next().unwrap_or_default();
        let _ = write!(
            options.entries,
            "\ndn: uid={name},ou=people,{BASE}\nobjectClass: inetOrgPerson\nobjectClass: accountLike\nuid: {name}\ncn: {name}\nsn: {name}\n\
             mail: {name}@example.org\nuserAccountControl: {control}\nuserPassword: {PASSWORD}\n"
        );
    }
    Slapd::start_with(&options)
}

/// Adds the directory as the realm `staff` and waits until the server knows it.
pub async fn join(server: &Server, slapd: &Slapd) {
    let uri = format!("LDAPURI={}", slapd.url());
    let params = ["preset=openldap", &uri, "LDAPBASE=dc=example,dc=org", "BINDDN=cn=service,dc=example,dc=org"];
    let mut args = vec!["resolver", "add", "staff", "--type", "ldap", "--secret-stdin", "BINDPW"];
    args.extend(params.iter().flat_map(|param| ["--param", param]));
    server.cli_ok(&args, Some("service-secret"));
    server.cli_ok(&["realm", "add", "staff", "--resolver", "staff"], None);
    for _ in 0..100 {
        let answer = server.post("/auth", None, &[("username", "hans@staff"), ("password", PASSWORD)]).await;
        if answer["result"]["value"]["token"].is_string() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody of the directory gets in");
}
