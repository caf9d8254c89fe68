//! A context of GSS-API with a service, begun by us (RFC 4121): our ticket, the service's proof that it could read it, and messages
//! with a checksum.

use kernel::{Entropy, Timestamp};
use openssl::hash::{MessageDigest, hash};

use super::super::Refused;
use super::super::der::{self, Der, INTEGER, OID, SEQUENCE, TIME, application};
use super::super::enctype::{Key, Usage};
use super::super::messages::{Encrypted, number_of, session_key, time};
use super::super::spnego::{ERROR, KERBEROS, REPLY, REQUEST};
use super::Credential;
use super::requests::Shown;
use super::trouble::{Kind, Told, Trouble};

/// Kind of the checksum in which GSS-API says what is wanted (RFC 4121 section 4.1.1).
const GSS_CHECKSUM: i64 = 0x8003;
/// The service shows that it is it; messages are numbered. No protection of messages is asked for, which some directories refuse inside TLS.
const FLAGS: u32 = 2 | 8;

const WRAPPED: [u8; 2] = [5, 4];
const FROM_ACCEPTOR: u8 = 1;
const SEALED: u8 = 2;
const WITH_SUBKEY: u8 = 4;
const HEAD: usize = 16;

/// A context that waits for the service's answer.
pub(crate) struct Begun {
    session: Key,
    subkey: Key,
    /// When our authenticator was made, which the service repeats.
    at: Timestamp,
    number: u32,
}

/// A context in which both sides know each other.
pub(crate) struct Context {
    key: Key,
    /// The key is the service's.
    of_service: bool,
    ours: u64,
    theirs: u64,
}

impl Begun {
    /// Begins; with what binds the context to the channel in which it travels, if there is something. The token goes to the service.
    pub(crate) fn new(
        credential: &Credential,
        binding: Option<&[u8]>,
        (now, chance): (Timestamp, &Entropy),
    ) -> Result<(Self, Vec<u8>), Trouble> {
        let enctype = credential.session.enctype();
        let subkey = Key::new(enctype, &chance.vec(enctype.key_len())).ok_or(Refused::WrongKey)?;
        let number = u32::from_be_bytes(chance.bytes()) >> 2;
        let checksum = [&16_u32.to_le_bytes()[..], &bound(binding)?, &FLAGS.to_le_bytes()].concat();
        let shown = Shown {
            checksum: (GSS_CHECKSUM, checksum),
            subkey: Some(&subkey),
            number: Some(number),
            mutual: true,
            usage: Usage::Authenticator,
        };
        let request = shown.request(credential, now, chance)?;
        let inner = [&der::element(OID, KERBEROS)[..], &REQUEST, &request].concat();
        let begun = Self { session: credential.session.clone(), subkey, at: now, number };
        Ok((begun, der::element(application(0), &inner)))
    }

    /// Reads the service's answer: only who could open our ticket can have made it.
    ///
    /// # Errors
    /// When it is another's, or an error.
    pub(crate) fn established(self, token: &[u8]) -> Result<Context, Trouble> {
        let answer = opened(token)?;
        if let Some(error) = answer.strip_prefix(&ERROR) {
            return Err(of_service(&Told::read(error)?, self.at));
        }
        let reply = answer.strip_prefix(&REPLY).ok_or(Refused::Malformed("no answer of a service"))?;
        let reply = Reply::read(reply, &self.session)?;
        if reply.at != self.at {
            return Err(Trouble::new(Kind::Odd, "the directory's answer is to another ticket"));
        }
        let of_service = reply.subkey.is_some();
        let key = reply.subkey.unwrap_or(self.subkey);
        Ok(Context { key, of_service, ours: self.number.into(), theirs: reply.number })
    }
}

/// What a token tells that a service sends with its refusal.
pub(crate) fn refusal(token: &[u8], now: Timestamp) -> Option<Trouble> {
    let error = opened(token).ok()?.strip_prefix(&ERROR)?;
    Told::read(error).ok().map(|told| of_service(&told, now))
}

/// What an error means that a service tells, not a centre.
fn of_service(told: &Told<'_>, now: Timestamp) -> Trouble {
    let trouble = told.trouble(now);
    let kind = if trouble.kind == Kind::Skew { Kind::Skew } else { Kind::Service };
    Trouble { kind, ..trouble }
}

/// What is in the envelope of a token.
fn opened(token: &[u8]) -> Result<&[u8], Refused> {
    let mut inner = Der::new(Der::new(token).take(application(0))?);
    if inner.take(OID)? != KERBEROS {
        return Err(Refused::NoKerberos("another mechanism"));
    }
    Ok(inner.rest())
}

/// The checksum of channel bindings (RFC 4121 section 4.1.1.2): no addresses, and what the application says. Zeros where there is nothing.
fn bound(binding: Option<&[u8]>) -> Result<[u8; 16], Trouble> {
    let Some(binding) = binding else { return Ok([0; 16]) };
    let len = u32::try_from(binding.len()).unwrap_or(u32::MAX).to_le_bytes();
    let digest = hash(MessageDigest::md5(), &[&[0; 16][..], &len, binding].concat());
    let digest = digest.map_err(|_| Trouble::new(Kind::Odd, "this machine's OpenSSL has no MD5, which channel bindings need"))?;
    digest[..].try_into().map_err(|_| Refused::Malformed("a hash of another length").into())
}

/// What a service says to show that it could read the ticket (`AP-REP`).
struct Reply {
    at: Timestamp,
    subkey: Option<Key>,
    number: u64,
}

impl Reply {
    fn read(bytes: &[u8], session: &Key) -> Result<Self, Refused> {
        let mut der = Der::new(Der::new(bytes).take(application(15))?);
        let mut der = Der::new(der.take(SEQUENCE)?);
        if der.number(0)? != 5 || der.number(1)? != 15 {
            return Err(Refused::Malformed("no answer of a service"));
        }
        let sealed = Encrypted::read(der.field(2, SEQUENCE)?)?;
        if sealed.enctype != session.enctype().number() {
            return Err(Refused::WrongKey);
        }
        let plain = session.open(Usage::Reply, sealed.cipher)?;
        let mut der = Der::new(Der::new(plain.expose()).take(application(27))?);
        let mut der = Der::new(der.take(SEQUENCE)?);
        let seconds = time(der.field(0, TIME)?)?;
        let micros = der.number(1)?;
        let subkey = der.optional_field(2, SEQUENCE)?.map(session_key).transpose()?;
        let number = der.optional_field(3, INTEGER)?.map(number_of).transpose()?.unwrap_or(0);
        Ok(Self { at: Timestamp(seconds.0.saturating_add(micros)), subkey, number })
    }
}

impl Context {
    /// Opens a message of the service (RFC 4121 section 4.2.6.2): one that is not encrypted, but has a checksum.
    ///
    /// # Errors
    /// When it was changed, is out of its turn, or is encrypted.
    pub(crate) fn unwrap(&mut self, token: &[u8]) -> Result<Vec<u8>, Refused> {
        let (head, body) = token.split_at_checked(HEAD).ok_or(Refused::Malformed("a message without a head"))?;
        let two = |at: usize| usize::from(u16::from_be_bytes([head[at], head[at + 1]]));
        let wanted = FROM_ACCEPTOR | if self.of_service { WITH_SUBKEY } else { 0 };
        if head[..2] != WRAPPED || head[3] != 0xff || head[2] & !SEALED != wanted {
            return Err(Refused::Malformed("no message of the service"));
        }
        if head[2] & SEALED != 0 {
            return Err(Refused::Malformed("a message that is encrypted, which was not agreed on"));
        }
        let (extra, turn) = (two(4), two(6));
        let len = body.len().checked_sub(extra).filter(|_| extra == self.key.enctype().tag_len());
        let mut body = body.to_vec();
        let turned = turn % body.len().max(1);
        body.rotate_left(turned);
        let (message, sum) = body.split_at(len.ok_or(Refused::Malformed("a message of no possible length"))?);
        let signed = [message, &[head[0], head[1], head[2], 0xff, 0, 0, 0, 0], &head[8..]].concat();
        let expected = self.key.checksum(Usage::FromService, &signed)?;
        if !keys::constant_time_eq(&expected, sum) {
            return Err(Refused::WrongKey);
        }
        if head[8..] != self.theirs.to_be_bytes() {
            return Err(Refused::Malformed("a message out of its turn"));
        }
        self.theirs = self.theirs.wrapping_add(1);
        Ok(message.to_vec())
    }

    /// Gives a message a checksum.
    pub(crate) fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Refused> {
        let flags = if self.of_service { WITH_SUBKEY } else { 0 };
        let number = self.ours.to_be_bytes();
        self.ours = self.ours.wrapping_add(1);
        let head = |extra: [u8; 2]| [&[WRAPPED[0], WRAPPED[1], flags, 0xff][..], &extra, &[0, 0], &number].concat();
        let sum = self.key.checksum(Usage::FromClient, &[message, &head([0, 0])].concat())?;
        let extra = u16::try_from(sum.len()).unwrap_or(0).to_be_bytes();
        Ok([&head(extra), message, &sum].concat())
    }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
