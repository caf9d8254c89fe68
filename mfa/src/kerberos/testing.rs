//! A key distribution centre in a few lines: tickets and authenticators as one wants them, also wrong ones.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Entropy, Timestamp};

use super::accept::{Acceptor, Home, Names, Settings};
use super::der::{self, BITS, OCTETS, SEQUENCE, TEXT, TIME, application};
use super::enctype::{Enctype, Key, Usage};
use super::keytab::Keytab;
use super::messages::written;
use super::principal::Service;
use super::spnego;

pub(super) const REALM: &str = "EXAMPLE.TEST";

/// What a client sends, before it is written.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) enctype: Enctype,
    /// Key of the service, by its number.
    pub(super) key: u8,
    pub(super) session: Enctype,
    pub(super) service: Vec<&'static str>,
    pub(super) service_realm: &'static str,
    pub(super) client: Vec<&'static str>,
    pub(super) client_realm: &'static str,
    /// Who made the authenticator.
    pub(super) sender: Vec<&'static str>,
    pub(super) flags: [u8; 4],
    pub(super) options: u8,
    pub(super) authenticated: Timestamp,
    pub(super) starts: Option<Timestamp>,
    pub(super) ends: Timestamp,
    pub(super) made: Timestamp,
    pub(super) address: Option<(i64, Vec<u8>)>,
    pub(super) checksum: Option<i64>,
    /// Kind of what the centre says beside.
    pub(super) beside: Option<i64>,
}

impl Visit {
    /// `hans`, who signed in to the domain an hour ago.
    pub(super) fn at(now: Timestamp) -> Self {
        Self {
            enctype: Enctype::Aes256Sha1,
            key: 1,
            session: Enctype::Aes256Sha1,
            service: vec!["HTTP", "login.example.test"],
            service_realm: REALM,
            client: vec!["hans"],
            client_realm: REALM,
            sender: vec!["hans"],
            flags: [0; 4],
            options: 0x20,
            authenticated: now - Duration::from_secs(3600),
            starts: None,
            ends: now + Duration::from_secs(3600),
            made: now,
            address: None,
            checksum: Some(0x8003),
            beside: None,
        }
    }

    /// As it stands in the header.
    pub(super) fn header(&self, chance: &Entropy) -> String {
        STANDARD.encode(spnego::wrapped(&self.request(chance)))
    }

    /// The bytes of the request (`AP-REQ`).
    pub(super) fn request(&self, chance: &Entropy) -> Vec<u8> {
        let session = chance.vec(if matches!(self.session, Enctype::Aes128Sha1 | Enctype::Aes128Sha256) { 16 } else { 32 });
        let address = self.address.as_ref().map(|(kind, bytes)| {
            let one = [der::number_field(0, *kind), der::field(1, OCTETS, bytes)].concat();
            der::field(9, SEQUENCE, &der::element(SEQUENCE, &one))
        });
        let beside = self.beside.map(|kind| {
            let one = [der::number_field(0, kind), der::field(1, OCTETS, b"said beside")].concat();
            der::field(10, SEQUENCE, &der::element(SEQUENCE, &one))
        });
        let part = [
            der::field(0, BITS, &[&[0][..], &self.flags].concat()),
            der::field(1, SEQUENCE, &[der::number_field(0, self.session.number()), der::field(1, OCTETS, &session)].concat()),
            der::field(2, TEXT, self.client_realm.as_bytes()),
            der::field(3, SEQUENCE, &name(&self.client)),
            der::field(4, SEQUENCE, &[der::number_field(0, 1), der::field(1, OCTETS, b"")].concat()),
            der::field(5, TIME, written(self.authenticated).as_bytes()),
            self.starts.map(|at| der::field(6, TIME, written(at).as_bytes())).unwrap_or_default(),
            der::field(7, TIME, written(self.ends).as_bytes()),
            address.unwrap_or_default(),
            beside.unwrap_or_default(),
        ];
        let part = der::element(application(3), &der::element(SEQUENCE, &part.concat()));
        let sealed = service_key(self.enctype, self.key).seal(Usage::Ticket, &part, chance).unwrap();
        let ticket = [
            der::number_field(0, 5),
            der::field(1, TEXT, self.service_realm.as_bytes()),
            der::field(2, SEQUENCE, &name(&self.service)),
            der::field(3, SEQUENCE, &encrypted(self.enctype, &sealed)),
        ];
        let ticket = der::element(application(1), &der::element(SEQUENCE, &ticket.concat()));
        let key = Key::new(self.session, &session).unwrap();
        let sealed = key.seal(Usage::Authenticator, &self.authenticator(), chance).unwrap();
        let request = [
            der::number_field(0, 5),
            der::number_field(1, 14),
            der::field(2, BITS, &[0, self.options, 0, 0, 0]),
            der::element(der::context(3), &ticket),
            der::field(4, SEQUENCE, &encrypted(self.session, &sealed)),
        ];
        der::element(application(14), &der::element(SEQUENCE, &request.concat()))
    }

    fn authenticator(&self) -> Vec<u8> {
        let checksum = self.checksum.map(|kind| {
            let bytes = [&[16, 0, 0, 0][..], &[0; 16], &[0x3e, 0, 0, 0]].concat();
            der::field(3, SEQUENCE, &[der::number_field(0, kind), der::field(1, OCTETS, &bytes)].concat())
        });
        let inner = [
            der::number_field(0, 5),
            der::field(1, TEXT, self.client_realm.as_bytes()),
            der::field(2, SEQUENCE, &name(&self.sender)),
            checksum.unwrap_or_default(),
            der::number_field(4, self.made.0.rem_euclid(1_000_000)),
            der::field(5, TIME, written(self.made).as_bytes()),
        ];
        der::element(application(2), &der::element(SEQUENCE, &inner.concat()))
    }
}

fn name(parts: &[&str]) -> Vec<u8> {
    let parts: Vec<u8> = parts.iter().flat_map(|part| der::element(TEXT, part.as_bytes())).collect();
    [der::number_field(0, 1), der::field(1, SEQUENCE, &parts)].concat()
}

fn encrypted(enctype: Enctype, cipher: &[u8]) -> Vec<u8> {
    [der::number_field(0, enctype.number()), der::number_field(1, 3), der::field(2, OCTETS, cipher)].concat()
}

/// The key of this number.
pub(super) fn service_key(enctype: Enctype, number: u8) -> Key {
    let len = if matches!(enctype, Enctype::Aes128Sha1 | Enctype::Aes128Sha256) { 16 } else { 32 };
    Key::new(enctype, &vec![number; len]).unwrap()
}

/// A key table with key 1 of the service in every type, a hole, and a key of another service and of an old type.
pub(super) fn table() -> Vec<u8> {
    let mut out = vec![5, 2];
    for enctype in Enctype::ALL {
        let len = if matches!(enctype, Enctype::Aes128Sha1 | Enctype::Aes128Sha256) { 16 } else { 32 };
        out.extend(entry(&["HTTP", "login.example.test"], enctype.number(), &vec![1; len]));
    }
    out.extend((-7_i32).to_be_bytes());
    out.extend([0xff; 7]);
    out.extend(entry(&["host", "login.example.test"], 18, &[2; 32]));
    out.extend(entry(&["HTTP", "login.example.test"], 23, &[3; 16]));
    out
}

fn entry(parts: &[&str], enctype: i64, key: &[u8]) -> Vec<u8> {
    let counted = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let mut body = u16::try_from(parts.len()).unwrap().to_be_bytes().to_vec();
    body.extend(counted(REALM.as_bytes()));
    body.extend(parts.iter().flat_map(|part| counted(part.as_bytes())));
    body.extend([0, 0, 0, 1, 0, 0, 0, 0, 3]);
    body.extend(u16::try_from(enctype).unwrap().to_be_bytes());
    body.extend(counted(key));
    body.extend([0, 0, 0, 3]);
    [&i32::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat()
}

/// The realm `default`, with whichever resolver it has.
pub(super) fn home() -> Home {
    Home { realm: "default".to_owned(), resolver: None }
}

/// Accepts people of [`REALM`], who are in the realm `default`.
pub(super) fn acceptor(keytab: &std::path::Path) -> Acceptor {
    Acceptor::new(Settings {
        keytab: keytab.to_owned(),
        service: Service::of_host("login.example.test"),
        realms: [(REALM.to_owned(), home())].into(),
        names: Names::Login,
    })
}

pub(super) fn keytab() -> Keytab {
    Keytab::parse(&table()).unwrap()
}
