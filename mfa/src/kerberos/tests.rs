//! What is taken, what is not, and that bytes of no sense do no harm.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Entropy, SecretText, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use super::accept::{Accepted, Home, Names, Settings};
use super::enctype::{Enctype, Usage};
use super::keytab::Keytab;
use super::testing::{REALM, Visit, acceptor, home, keytab, service_key, table};
use super::{Acceptor, Refused, SKEW, SignInByTicket, Ticketed, messages, spnego};
use crate::operation::{Caller, Params, perform};
use crate::people::ops::{AddUser, DisableUser, SetRealm, SetResolver};
use crate::testing::{administer, params, sqlite};
use crate::{Mfa, testing};

const NOW: Timestamp = testing::NOW;
const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 2, 3));

fn chance() -> Entropy {
    Entropy::seeded(5)
}

fn try_header(header: &str) -> Result<Accepted, Refused> {
    acceptor("none".as_ref()).accept(&keytab(), header, Some(CLIENT), (NOW, &chance()))
}

fn visit(change: impl FnOnce(&mut Visit)) -> Result<Accepted, Refused> {
    let mut visit = Visit::at(NOW);
    change(&mut visit);
    try_header(&visit.header(&chance()))
}

fn refused(change: impl FnOnce(&mut Visit)) -> &'static str {
    match visit(change) {
        Ok(accepted) => panic!("accepted: {}", accepted.client),
        Err(why) => why.name(),
    }
}

#[test]
fn every_type_of_key_opens() {
    for enctype in Enctype::ALL {
        for session in Enctype::ALL {
            let accepted = visit(|v| (v.enctype, v.session) = (enctype, session)).unwrap_or_else(|why| panic!("{}", why.words()));
            assert_eq!(accepted.client, "hans@EXAMPLE.TEST");
            assert_eq!((accepted.login.as_str(), accepted.sought.as_str(), accepted.home), ("hans", "hans", home()));
            assert_eq!(accepted.authenticated, NOW - Duration::from_secs(3600));
            assert_eq!(accepted.answer[0], 0xa1);
        }
    }
}

#[test]
fn what_is_not_for_us_is_refused() {
    assert_eq!(refused(|v| v.service = vec!["HTTP", "other.example.test"]), "other_service");
    assert_eq!(refused(|v| v.service = vec!["host", "login.example.test"]), "other_service");
    assert_eq!(refused(|v| v.service_realm = "OTHER.TEST"), "no_key");
    assert_eq!(refused(|v| v.key = 2), "wrong_key");
    assert_eq!(refused(|v| v.options = 0x40), "client", "between two people");
    assert!(visit(|v| v.service = vec!["http", "LOGIN.example.test"]).is_ok());
}

#[test]
fn people_of_others_are_refused() {
    for change in [
        (|v: &mut Visit| v.client_realm = "OTHER.TEST") as fn(&mut Visit),
        |v| (v.client_realm, v.flags) = ("OTHER.TEST", [0, 8, 0, 0]),
        |v| v.sender = vec!["eva"],
        |v| (v.client, v.sender) = (vec!["hans", "admin"], vec!["hans", "admin"]),
        |v| (v.client, v.sender) = (vec!["PC01$"], vec!["PC01$"]),
        |v| (v.client, v.sender) = (vec!["hans@default"], vec!["hans@default"]),
        |v| (v.client, v.sender) = (vec!["hans/admin"], vec!["hans/admin"]),
        |v| (v.client, v.sender) = (vec!["EXAMPLE\\hans"], vec!["EXAMPLE\\hans"]),
        |v| v.address = Some((2, vec![10, 1, 2, 4])),
        |v| v.beside = Some(9),
    ] {
        assert_eq!(refused(change), "client");
    }
    assert!(visit(|v| v.address = Some((2, vec![10, 1, 2, 3]))).is_ok());
    assert!(visit(|v| v.beside = Some(1)).is_ok());
    assert!(visit(|v| v.address = Some((20, b"PC01".to_vec()))).is_ok(), "names of machines are no addresses");
    assert_eq!(refused(|v| (v.client, v.sender) = (vec!["ha\0ns"], vec!["ha\0ns"])), "malformed");
}

#[test]
fn the_way_from_another_realm_must_have_been_checked() {
    let trusting = Acceptor::new(Settings {
        realms: [("OTHER.TEST".to_owned(), home())].into(),
        names: Names::Principal,
        ..acceptor("none".as_ref()).settings().clone()
    });
    let try_it = |flags| {
        let visit = Visit { client_realm: "OTHER.TEST", flags, ..Visit::at(NOW) };
        trusting.accept(&keytab(), &visit.header(&chance()), Some(CLIENT), (NOW, &chance()))
    };
    assert_eq!(try_it([0, 8, 0, 0]).map(|a| a.sought), Ok("hans@OTHER.TEST".to_owned()));
    assert!(matches!(try_it([0; 4]), Err(Refused::Client(_))));
}

#[test]
fn times_are_kept() {
    let late = SKEW + Duration::from_secs(1);
    for change in [
        (|v: &mut Visit| v.ends = NOW - SKEW - Duration::from_secs(1)) as fn(&mut Visit),
        |v| v.starts = Some(NOW + SKEW + Duration::from_secs(1)),
        |v| v.flags = [1, 0, 0, 0],
        |v| v.made = NOW + SKEW + Duration::from_secs(1),
        |v| v.made = NOW - SKEW - Duration::from_secs(1),
    ] {
        assert_eq!(refused(change), "time");
    }
    assert!(visit(|v| v.ends = NOW - SKEW).is_ok());
    assert!(visit(|v| (v.made, v.starts) = (NOW + SKEW, Some(NOW + SKEW))).is_ok());
    let ahead = visit(|v| v.authenticated = NOW + late - Duration::from_secs(2)).unwrap_or_else(|why| panic!("{}", why.words()));
    assert_eq!(ahead.authenticated, NOW, "nobody signs in in the future");
}

#[test]
fn other_mechanisms_lead_to_the_form() {
    let ntlm = |inner: &[u8]| try_header(&STANDARD.encode(inner)).map(|_| ()).map_err(Refused::name);
    assert_eq!(ntlm(b"NTLMSSP\0\x01\0\0\0\x97\x82\x08\xe2"), Err("no_kerberos"));
    // An envelope that offers NTLM alone, as Windows sends it without a ticket.
    let offer = "YEgGBisGAQUFAqA+MDygDjAMBgorBgEEAYI3AgIKoioEKE5UTE1TU1AAAQAAAJeCCOIAAAAAAAAAAAAAAAAAAAAACgBhSgAAAA8=";
    assert_eq!(try_header(offer).map(|_| ()).map_err(Refused::name), Err("no_kerberos"));
    let plain = Visit::at(NOW).request(&chance());
    assert_eq!(ntlm(&plain), Err("malformed"), "no envelope at all");
    assert_eq!(refused(|v| v.checksum = None), "malformed");
    assert_eq!(refused(|v| v.checksum = Some(7)), "malformed");
}

#[test]
fn the_answer_shows_that_it_is_we() {
    let visit = Visit { session: Enctype::Aes128Sha256, ..Visit::at(NOW) };
    let (bytes, answer) = (spnego::wrapped(&visit.request(&chance())), visit_answer(&visit));
    // The session key is known to who opens the ticket.
    let request = messages::Request::read(spnego::Token::read(&bytes).unwrap().request).unwrap();
    let ticket = service_key(visit.enctype, 1).open(Usage::Ticket, request.ticket.cipher).unwrap();
    let session = messages::Ticket::read(&ticket).unwrap().session;
    let sealed = answer.windows(4).rposition(|w| w[0] == 0xa2 && w[2] == 4).expect("something encrypted");
    let echo = session.open(Usage::Reply, &answer[sealed + 4..]).unwrap();
    let made = messages::written(NOW);
    assert!(echo.expose().windows(made.len()).any(|w| w == made.as_bytes()));
}

fn visit_answer(visit: &Visit) -> Vec<u8> {
    try_header(&visit.header(&chance())).unwrap_or_else(|why| panic!("{}", why.words())).answer
}

#[test]
fn headers_are_bounded() {
    let whole = Visit::at(NOW).header(&chance());
    for len in 0..whole.len() {
        assert!(try_header(&whole[..len]).is_err(), "cut at {len}");
    }
    assert!(matches!(try_header(&"A".repeat(100_000)), Err(Refused::Malformed("too long"))));
    assert!(matches!(try_header("?"), Err(Refused::Malformed("no base64"))));
}

#[test]
fn key_tables() {
    let bytes = table();
    let table = Keytab::parse(&bytes).unwrap();
    assert_eq!(table.entries().len(), 6);
    let ours = acceptor("none".as_ref());
    let keys: Vec<_> = table.of(&ours.settings().service).map(|e| (e.version(), e.enctype(), e.key().is_some())).collect();
    assert_eq!(keys, [(3, 17, true), (3, 18, true), (3, 19, true), (3, 20, true), (3, 23, false)]);
    assert!(Keytab::parse(&[5, 1, 0]).is_err() && Keytab::parse(b"").is_err() && Keytab::parse(b"-----BEGIN").is_err());
    assert!((3..bytes.len()).filter(|len| Keytab::parse(&bytes[..*len]).is_ok()).count() < 7, "only where an entry ends");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(300)))]

    #[test]
    fn changed_tokens_are_no_danger(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = spnego::wrapped(&Visit::at(NOW).request(&chance()));
        let whole = bytes.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(accepted) = try_header(&STANDARD.encode(&bytes)) {
            // What is not encrypted may be written in another way; who it is stays.
            prop_assert!(accepted.client == "hans@EXAMPLE.TEST" || bytes == whole);
        }
    }

    #[test]
    fn any_bytes_are_no_danger(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = try_header(&STANDARD.encode(&bytes));
        let _ = Keytab::parse(&bytes);
        let _ = Keytab::parse(&[&[5, 2][..], &bytes].concat());
        let plain = kernel::SecretBytes::new(bytes.clone());
        let _ = (messages::Ticket::read(&plain), messages::Authenticator::read(&plain), messages::Request::read(&bytes));
    }

    #[test]
    fn changed_tickets_of_the_domain_are_no_danger(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let bytes = spnego::wrapped(&Visit::at(NOW).request(&chance()));
        let request = messages::Request::read(spnego::Token::read(&bytes).unwrap().request).unwrap();
        let ticket = service_key(Enctype::Aes256Sha1, 1).open(Usage::Ticket, request.ticket.cipher).unwrap();
        let mut plain = ticket.expose().to_vec();
        for (at, byte) in changes {
            let at = at.index(plain.len());
            plain[at] = byte;
        }
        let _ = messages::Ticket::read(&kernel::SecretBytes::new(plain));
    }
}

/// Many more at full scale.
#[allow(clippy::disallowed_methods, reason = "the scale of a test run is chosen by the environment")]
fn cases(few: u32) -> u32 {
    if std::env::var_os("SYMBOLON_PROOF").is_some() { few.saturating_mul(200) } else { few }
}

/// An engine with `hans`, and the acceptor.
struct House {
    sys: Mfa,
    acceptor: Acceptor,
    _dir: tempfile::TempDir,
    _db: db::testing::TestDb,
}

impl House {
    async fn new() -> Self {
        let (sys, _db) = sqlite().await;
        administer(&sys, &AddUser, params(json!({"user": "hans", "resolver": "internal"}))).await.unwrap();
        let _dir = tempfile::tempdir().unwrap();
        let path = _dir.path().join("http.keytab");
        std::fs::write(&path, table()).unwrap();
        Self { sys, acceptor: acceptor(&path), _dir, _db }
    }

    /// Shows this header; the outcome and what was recorded.
    async fn show(&self, header: &str) -> (Result<Ticketed, crate::operation::Code>, String) {
        let header = SecretText::new(header);
        let operation = SignInByTicket { acceptor: &self.acceptor, header: &header };
        let call = testing::call(&self.sys, Caller::Anonymous, Params::default());
        match perform(&self.sys, &operation, call).await {
            Ok(done) => (Ok(done.output), format!("{} {}", done.audit.authentication, done.audit.info)),
            Err(failure) => (Err(failure.code), failure.message),
        }
    }

    fn header(&self, change: impl FnOnce(&mut Visit)) -> String {
        let mut visit = Visit::at(self.sys.clock.now());
        change(&mut visit);
        visit.header(&self.sys.chance)
    }
}

#[tokio::test]
async fn a_ticket_counts_once() {
    let house = House::new().await;
    let header = house.header(|_| {});
    let (outcome, record) = house.show(&header).await;
    assert!(matches!(outcome, Ok(Ticketed::Proved { person, .. }) if person.login == "hans"), "{record}");
    assert_eq!(record, "ACCEPT ticket of hans@EXAMPLE.TEST: accepted");
    let (outcome, record) = house.show(&header).await;
    assert!(matches!(outcome, Ok(Ticketed::Refused)));
    assert_eq!(record, "REJECT ticket of hans@EXAMPLE.TEST: it was used before");
    let again = house.acceptor.accept(&keytab(), &header, Some(CLIENT), (house.sys.clock.now(), &chance()));
    let once = again.unwrap_or_else(|why| panic!("{}", why.words())).once;
    let tag = house.sys.keys.mac_key(keys::Purpose::Lookup).text(&[&b"kerberos\n"[..], &once].concat());
    assert!(super::store::was_used(&house.sys.db, &tag).await.unwrap());
    // The same ticket with a new authenticator is no replay.
    assert!(matches!(house.show(&house.header(|_| {})).await.0, Ok(Ticketed::Proved { .. })));
    // It is remembered for as long as it could be used.
    house.sys.clock.advance(SKEW * 2);
    house.sys.tidy().await.unwrap();
    assert!(house.show(&header).await.1.contains("clocks"), "too old by now");
    house.sys.clock.advance(SKEW * 2);
    house.sys.tidy().await.unwrap();
    assert!(!super::store::was_used(&house.sys.db, &tag).await.unwrap(), "and forgotten after that");
}

#[tokio::test]
async fn of_two_at_once_one_is_taken() {
    let house = House::new().await;
    for _ in 0..5 {
        let header = house.header(|_| {});
        let shown = futures::future::join_all((0..4).map(|_| house.show(&header))).await;
        let taken = shown.iter().filter(|(outcome, _)| matches!(outcome, Ok(Ticketed::Proved { .. }))).count();
        assert_eq!(taken, 1, "{:?}", shown.iter().map(|(_, record)| record).collect::<Vec<_>>());
        let others = shown.iter().filter(|(_, record)| record.ends_with("it was used before")).count();
        assert_eq!(others, 3);
    }
}

/// Whoever may make machines in a domain gets tickets in names that none of its people has.
#[tokio::test]
async fn a_ticket_means_people_of_the_domain_alone() {
    let mut house = House::new().await;
    let slapd = testbed::Slapd::start();
    slapd.modify("dn: uid=eva,ou=people,dc=example,dc=org\nchangetype: modify\nadd: employeeNumber\nemployeeNumber: 4711\n");
    let given = json!({"resolver": "dir", "type": "ldapresolver", "preset": "openldap", "LDAPURI": slapd.url(),
        "LDAPBASE": testbed::BASE, "LOGINNAMEATTRIBUTE": "uid,employeeNumber"});
    administer(&house.sys, &SetResolver, params(given)).await.unwrap();
    administer(&house.sys, &AddUser, params(json!({"user": "breakglass", "resolver": "internal"}))).await.unwrap();
    let realm = json!({"realm": "default", "resolvers": "internal,dir"});
    administer(&house.sys, &SetRealm, params(realm)).await.unwrap();
    for (resolver, name, expected) in [
        (None, "hans", "does not say which is the domain's"),
        (Some("none"), "hans", "the realm does not have this resolver"),
        (Some("dir"), "breakglass", "nobody here has this name"),
        (Some("dir"), "4711", "called otherwise"),
        (Some("dir"), "EVA", "accepted"),
        // Of two with the same name, that of the domain.
        (Some("dir"), "hans", "accepted"),
    ] {
        let home = Home { resolver: resolver.map(str::to_owned), ..home() };
        let settings = Settings { realms: [(REALM.to_owned(), home)].into(), ..house.acceptor.settings().clone() };
        house.acceptor = Acceptor::new(settings);
        let (outcome, record) = house.show(&house.header(|v| (v.client, v.sender) = (vec![name], vec![name]))).await;
        assert!(record.ends_with(expected), "{resolver:?} {name}: {record}");
        match outcome {
            Ok(Ticketed::Proved { person, .. }) => assert_eq!(person.resolver, "dir", "{name}"),
            Ok(_) => assert_ne!(expected, "accepted"),
            Err(code) => panic!("{name}: {code:?}"),
        }
    }
}

#[tokio::test]
async fn people_are_looked_at_as_at_any_sign_in() {
    let house = House::new().await;
    let (outcome, record) = house.show(&house.header(|v| (v.client, v.sender) = (vec!["nobody"], vec!["nobody"]))).await;
    assert!(matches!(outcome, Ok(Ticketed::Refused)) && record.ends_with("nobody here has this name"), "{record}");
    // A name is never read as one with a realm.
    let (outcome, _) = house.show(&house.header(|v| (v.client, v.sender) = (vec!["hans@default"], vec!["hans@default"]))).await;
    assert!(matches!(outcome, Ok(Ticketed::Refused)));
    administer(&house.sys, &DisableUser(true), params(json!({"user": "hans"}))).await.unwrap();
    let (outcome, record) = house.show(&house.header(|_| {})).await;
    assert!(matches!(outcome, Ok(Ticketed::Refused)) && record.ends_with("the person is disabled"), "{record}");
    assert!(record.starts_with("REJECT"));
    std::fs::remove_file(&house.acceptor.settings().keytab).unwrap();
    let (outcome, record) = house.show(&house.header(|_| {})).await;
    assert!(matches!(outcome, Ok(Ticketed::Refused)) && record.contains("key table"), "{record}");
}
