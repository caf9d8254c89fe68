//! A directory with very many people behind a wire with latency, and a token for each of them.

use std::fmt::Write;
use std::time::Duration;

use conformance::Server;
use conformance::server::Options;
use conformance::slow::Slow;
use db::{Db, args};
use testbed::{BASE, PASSWORD, Slapd};

db::statements! {
    /// Everybody, as if they had been seen once.
    PEOPLE = "INSERT INTO person (id, resolver_id, uid_key, uid, login, disabled, auth_epoch, created_at, last_login_at) \
        WITH RECURSIVE each(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM each WHERE n + 1 < ?) \
        SELECT printf('01K0%022d', n), (SELECT id FROM resolver WHERE name = 'staff'), printf('00000000-0000-4000-8000-%012d', n), \
        printf('00000000-0000-4000-8000-%012d', n), printf('p%07d', n), FALSE, 0, 0, NULL FROM each";
    /// A token for each of them.
    TOKENS = "INSERT INTO token (id, number, serial, serial_folded, kind, person, owner_resolver, owner_uid, owner_realm, realms, \
        seed, otplen, counter, count_window, sync_window, failcount, maxfail, tried, tried_max, accepted, accepted_max, active, locked, \
        revoked, rollout, description, info, version, created_at) \
        WITH RECURSIVE each(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM each WHERE n + 1 < ?) \
        SELECT printf('01K0%022d', n), n + 1000000000, printf('SCALE%07d', n), printf('SCALE%07d', n), 'hotp', printf('01K0%022d', n), \
        'staff', printf('00000000-0000-4000-8000-%012d', n), 'staff', '[\"staff\"]', '', 6, 0, 10, 1000, 0, 10, 0, 0, 0, 0, TRUE, FALSE, \
        FALSE, '', '', '{}', 1, 0 FROM each";
    /// The realm of each of them.
    REALMS = "INSERT INTO token_realm (realm, token_id) SELECT 'staff', id FROM token WHERE serial LIKE 'SCALE%'";
}

/// One of so many owners has left the directory.
pub const LEFT: usize = 100;

/// The server, the directory, and what lies between them.
pub struct House {
    pub server: Server,
    pub slapd: Slapd,
    _wire: Slow,
}

fn has_left(n: usize) -> bool {
    n % LEFT == LEFT - 1
}

fn entries(people: usize) -> String {
    let mut text = testbed::Options::default().entries;
    text.reserve(people * 280);
    for n in (0..people).filter(|n| !has_left(*n)) {
        let _ = write!(
            text,
            "\ndn: uid=p{n:07},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: p{n:07}\ncn: Person {n}\nsn: Person\n\
             mail: p{n:07}@example.org\nuserPassword: {PASSWORD}\nentryUUID: 00000000-0000-4000-8000-{n:012}\n"
        );
    }
    text
}

impl House {
    /// So many people and tokens; a question to the directory and its answer take `latency` longer than on this machine.
    pub async fn open(people: usize, latency: Duration) -> Self {
        let slapd = Slapd::start_with(&testbed::Options { entries: entries(people), ..testbed::Options::default() });
        let wire = Slow::start(slapd.port()).await;
        wire.delay(latency / 2);
        let mut server = Server::start_with(Options::default()).await;
        let uri = format!("LDAPURI=ldap://127.0.0.1:{}", wire.port());
        let params = ["preset=openldap", &uri, "LDAPBASE=dc=example,dc=org", "BINDDN=cn=service,dc=example,dc=org"];
        let mut args = vec!["resolver", "add", "staff", "--type", "ldap", "--secret-stdin", "BINDPW"];
        args.extend(params.iter().flat_map(|param| ["--param", param]));
        server.cli_ok(&args, Some("service-secret"));
        server.cli_ok(&["realm", "add", "staff", "--resolver", "staff"], None);
        server.stop();
        let db = Db::open_sqlite(&server.data().join("symbolon.db")).expect("the database");
        let n = i64::try_from(people).expect("a number");
        for (statement, args) in [(&PEOPLE, args![n]), (&TOKENS, args![n]), (&REALMS, args![])] {
            db.execute(statement, args).await.expect("rows");
        }
        db.close().await;
        server.run().await;
        Self { server, slapd, _wire: wire }
    }

    /// Login names of so many who are there, from somewhere in the middle; others than those before.
    pub fn people(&self, from: usize, many: usize) -> Vec<String> {
        (from..).filter(|n| !has_left(*n)).take(many).map(|n| format!("p{n:07}@staff")).collect()
    }

    /// Searches and binds so far.
    pub fn asked(&self) -> (usize, usize) {
        (self.slapd.count("SRCH"), self.slapd.count("BIND"))
    }
}
