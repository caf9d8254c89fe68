//! What is asked of a key distribution centre (RFC 4120 section 5.4.1), and how a client shows a ticket (section 5.5.1).

use kernel::{Entropy, Timestamp};

use super::super::Refused;
use super::super::der::{self, BITS, INTEGER, OCTETS, SEQUENCE, TEXT, TIME, application, context};
use super::super::enctype::{Enctype, Key, Usage};
use super::super::messages::written;
use super::super::principal::Principal;
use super::Credential;

/// Kinds of what goes beside a request (RFC 4120 section 7.5.2).
const SHOWN_TICKET: i64 = 1;
pub(super) const ENCRYPTED_TIME: i64 = 2;

/// For how long tickets are wanted; centres cut it to what they allow.
const LIFE: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// What a ticket is wanted for, by whom.
pub(super) struct Wanted<'a> {
    pub(super) client: &'a Principal,
    pub(super) service: &'a Principal,
    /// What the answer must repeat.
    pub(super) nonce: u32,
    /// Types of keys that are taken, the most welcome first.
    pub(super) enctypes: &'a [Enctype],
    pub(super) now: Timestamp,
}

impl Wanted<'_> {
    /// The body of a request; the client is named in the first one alone, later its ticket says it.
    fn body(&self, first: bool) -> Vec<u8> {
        let types: Vec<u8> = self.enctypes.iter().flat_map(|enctype| integer(enctype.number())).collect();
        let inner = [
            der::field(0, BITS, &[0, 0, 0, 0, 0]),
            if first { der::field(1, SEQUENCE, &self.client.written()) } else { Vec::new() },
            der::field(2, TEXT, self.service.realm.as_bytes()),
            der::field(3, SEQUENCE, &self.service.written()),
            der::field(5, TIME, written(self.now + LIFE).as_bytes()),
            der::number_field(7, self.nonce.into()),
            der::field(8, SEQUENCE, &types),
        ];
        inner.concat()
    }

    /// Asks for a first ticket (`AS-REQ`), with the time under the client's key as its proof, where the centre wants one.
    pub(super) fn first(&self, proof: Option<(&Key, &Entropy)>) -> Result<Vec<u8>, Refused> {
        let proof = proof.map(|(key, chance)| self.encrypted_time(key, chance)).transpose()?;
        Ok(request(10, proof.map(|proof| beside(ENCRYPTED_TIME, &proof)), &self.body(true)))
    }

    /// `PA-ENC-TIMESTAMP`
    fn encrypted_time(&self, key: &Key, chance: &Entropy) -> Result<Vec<u8>, Refused> {
        let inner =
            [der::field(0, TIME, written(self.now).as_bytes()), der::number_field(1, self.now.0.rem_euclid(1_000_000))].concat();
        let sealed = key.seal(Usage::ClientTime, &der::element(SEQUENCE, &inner), chance)?;
        Ok(der::element(SEQUENCE, &encrypted(key.enctype(), &sealed)))
    }

    /// Asks for a further ticket by the first one (`TGS-REQ`).
    pub(super) fn further(&self, granting: &Credential, chance: &Entropy) -> Result<Vec<u8>, Refused> {
        let body = self.body(false);
        let sum = granting.session.checksum(Usage::FurtherBody, &der::element(SEQUENCE, &body))?;
        let shown = Shown {
            checksum: (granting.session.enctype().checksum(), sum),
            subkey: None,
            number: None,
            mutual: false,
            usage: Usage::FurtherAuthenticator,
        };
        let shown = shown.request(granting, self.now, chance)?;
        Ok(request(12, Some(beside(SHOWN_TICKET, &shown)), &body))
    }
}

/// How a ticket is shown (`AP-REQ`).
pub(super) struct Shown<'a> {
    /// Kind and bytes.
    pub(super) checksum: (i64, Vec<u8>),
    /// A fresh key for what follows.
    pub(super) subkey: Option<&'a Key>,
    /// The number of the first message that follows.
    pub(super) number: Option<u32>,
    /// Whether the service is to show that it could read the ticket.
    pub(super) mutual: bool,
    pub(super) usage: Usage,
}

impl Shown<'_> {
    pub(super) fn request(&self, credential: &Credential, now: Timestamp, chance: &Entropy) -> Result<Vec<u8>, Refused> {
        let sum = [der::number_field(0, self.checksum.0), der::field(1, OCTETS, &self.checksum.1)].concat();
        let inner = [
            der::number_field(0, 5),
            der::field(1, TEXT, credential.client.realm.as_bytes()),
            der::field(2, SEQUENCE, &credential.client.written()),
            der::field(3, SEQUENCE, &sum),
            der::number_field(4, now.0.rem_euclid(1_000_000)),
            der::field(5, TIME, written(now).as_bytes()),
            self.subkey.map(|key| der::field(6, SEQUENCE, &key.written())).unwrap_or_default(),
            self.number.map(|number| der::number_field(7, number.into())).unwrap_or_default(),
        ];
        let authenticator = der::element(application(2), &der::element(SEQUENCE, &inner.concat()));
        let sealed = credential.session.seal(self.usage, &authenticator, chance)?;
        let inner = [
            der::number_field(0, 5),
            der::number_field(1, 14),
            der::field(2, BITS, &[0, if self.mutual { 0x20 } else { 0 }, 0, 0, 0]),
            der::element(context(3), &credential.ticket),
            der::field(4, SEQUENCE, &encrypted(credential.session.enctype(), &sealed)),
        ];
        Ok(der::element(application(14), &der::element(SEQUENCE, &inner.concat())))
    }
}

fn integer(value: i64) -> Vec<u8> {
    // The inner element of a field that is not wanted around it.
    let field = der::number_field(0, value);
    der::element(INTEGER, &field[4..])
}

fn encrypted(enctype: Enctype, cipher: &[u8]) -> Vec<u8> {
    [der::number_field(0, enctype.number()), der::field(2, OCTETS, cipher)].concat()
}

fn beside(kind: i64, bytes: &[u8]) -> Vec<u8> {
    let inner = [der::number_field(1, kind), der::field(2, OCTETS, bytes)].concat();
    der::element(SEQUENCE, &inner)
}

fn request(kind: u8, beside: Option<Vec<u8>>, body: &[u8]) -> Vec<u8> {
    let inner = [
        der::number_field(1, 5),
        der::number_field(2, kind.into()),
        beside.map(|beside| der::field(3, SEQUENCE, &beside)).unwrap_or_default(),
        der::field(4, SEQUENCE, body),
    ];
    der::element(application(kind), &der::element(SEQUENCE, &inner.concat()))
}
