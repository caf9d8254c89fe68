//! Answers of a centre as one wants them, also wrong ones.

use kernel::{Entropy, Timestamp};

use super::super::der::{self, BITS, OCTETS, SEQUENCE, TEXT, TIME, application, context};
use super::super::enctype::{Enctype, Key, Usage};
use super::super::messages::written;
use super::super::principal::Principal;

pub(super) fn key(enctype: Enctype, byte: u8) -> Key {
    Key::new(enctype, &vec![byte; enctype.key_len()]).unwrap()
}

/// A ticket, as it looks to who cannot open it.
pub(super) fn ticket(service: &Principal) -> Vec<u8> {
    let inner = [
        der::number_field(0, 5),
        der::field(1, TEXT, service.realm.as_bytes()),
        der::field(2, SEQUENCE, &service.written()),
        der::field(3, SEQUENCE, &[der::number_field(0, 18), der::field(2, OCTETS, b"sealed")].concat()),
    ];
    der::element(application(1), &der::element(SEQUENCE, &inner.concat()))
}

/// `KRB-ERROR`
pub(super) fn error(code: i64, at: Timestamp, data: Option<&[u8]>) -> Vec<u8> {
    let inner = [
        der::number_field(0, 5),
        der::number_field(1, 30),
        der::field(4, TIME, written(at).as_bytes()),
        der::number_field(5, 0),
        der::number_field(6, code),
        der::field(9, TEXT, b"EXAMPLE.TEST"),
        der::field(10, SEQUENCE, &Principal::parse("krbtgt/EXAMPLE.TEST@EXAMPLE.TEST").unwrap().written()),
        data.map(|data| der::field(12, OCTETS, data)).unwrap_or_default(),
    ];
    der::element(application(30), &der::element(SEQUENCE, &inner.concat()))
}

/// The way of the encrypted time, and recipes for keys (`METHOD-DATA`).
pub(super) fn ways(recipes: &[(i64, Option<&str>, Option<u32>)]) -> Vec<u8> {
    let recipes = recipes.iter().map(|(enctype, salt, rounds)| {
        let inner = [
            der::number_field(0, *enctype),
            salt.map(|salt| der::field(1, TEXT, salt.as_bytes())).unwrap_or_default(),
            rounds.map(|rounds| der::field(2, OCTETS, &rounds.to_be_bytes())).unwrap_or_default(),
        ];
        der::element(SEQUENCE, &inner.concat())
    });
    let recipes = der::element(SEQUENCE, &recipes.collect::<Vec<_>>().concat());
    let way =
        |kind: i64, value: &[u8]| der::element(SEQUENCE, &[der::number_field(1, kind), der::field(2, OCTETS, value)].concat());
    der::element(SEQUENCE, &[way(136, b""), way(19, &recipes), way(2, b""), way(133, b"cookie")].concat())
}

/// An answer with a ticket, before it is written.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) first: bool,
    pub(super) client: &'static str,
    /// What the ticket and what the sealed part say.
    pub(super) services: [&'static str; 2],
    pub(super) key: Key,
    pub(super) nonce: i64,
    pub(super) flags: [u8; 4],
    pub(super) authenticated: Timestamp,
    pub(super) starts: Option<Timestamp>,
    pub(super) ends: Timestamp,
    pub(super) addresses: bool,
}

impl Grant {
    pub(super) fn written(&self) -> Vec<u8> {
        let [outer, inner] = self.services.map(|name| Principal::parse(name).unwrap());
        let client = Principal::parse(self.client).unwrap();
        let part = [
            der::field(0, SEQUENCE, &key(Enctype::Aes256Sha1, 5).written()),
            der::field(1, SEQUENCE, b""),
            der::number_field(2, self.nonce),
            der::field(4, BITS, &[&[0][..], &self.flags].concat()),
            der::field(5, TIME, written(self.authenticated).as_bytes()),
            self.starts.map(|at| der::field(6, TIME, written(at).as_bytes())).unwrap_or_default(),
            der::field(7, TIME, written(self.ends).as_bytes()),
            der::field(9, TEXT, inner.realm.as_bytes()),
            der::field(10, SEQUENCE, &inner.written()),
            if self.addresses { der::field(11, SEQUENCE, &der::element(SEQUENCE, b"")) } else { Vec::new() },
        ];
        // As MIT Kerberos does, with the number of the other answer.
        let part = der::element(application(26), &der::element(SEQUENCE, &part.concat()));
        let usage = if self.first { Usage::FirstReply } else { Usage::FurtherReply };
        let sealed = self.key.seal(usage, &part, &Entropy::seeded(2)).unwrap();
        let kind = if self.first { 11 } else { 13 };
        let whole = [
            der::number_field(0, 5),
            der::number_field(1, kind.into()),
            der::field(3, TEXT, client.realm.as_bytes()),
            der::field(4, SEQUENCE, &client.written()),
            der::element(context(5), &ticket(&outer)),
            der::field(
                6,
                SEQUENCE,
                &[der::number_field(0, self.key.enctype().number()), der::field(2, OCTETS, &sealed)].concat(),
            ),
        ];
        der::element(application(kind), &der::element(SEQUENCE, &whole.concat()))
    }
}
