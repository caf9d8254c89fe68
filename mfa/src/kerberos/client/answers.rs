//! What a key distribution centre answers (RFC 4120 section 5.4.2), and the checks of sections 3.1.5 and 3.3.4.

use kernel::{SecretBytes, Timestamp};

use super::super::der::{BITS, Der, INTEGER, OCTETS, SEQUENCE, TEXT, TIME, application, context, number};
use super::super::enctype::{Enctype, Key, Usage};
use super::super::messages::{Bits, Encrypted, principal, session_key, text, time};
use super::super::principal::Principal;
use super::super::{Refused, SKEW};
use super::Credential;
use super::requests::{ENCRYPTED_TIME, Wanted};
use super::trouble::{Kind, Told, Trouble};

/// Ways to prove a key that are read at most.
const MAX_WAYS: usize = 64;

/// An answer, opened as far as it can be without a key.
pub(super) enum Answer<'a> {
    Granted(Granted<'a>),
    Refused(Told<'a>),
}

/// A ticket and what is said of it.
pub(super) struct Granted<'a> {
    first: bool,
    /// With which salt the key of a password is made, where it says so.
    pub(super) ways: Option<&'a [u8]>,
    client: Principal,
    ticket: &'a [u8],
    /// For whom the ticket says that it is.
    service: Principal,
    pub(super) sealed: Encrypted<'a>,
}

impl<'a> Answer<'a> {
    /// Reads the answer to a request for a first ticket, or for a further one.
    pub(super) fn read(bytes: &'a [u8], first: bool) -> Result<Self, Refused> {
        if bytes.first() == Some(&application(30)) {
            return Told::read(bytes).map(Self::Refused);
        }
        let kind = if first { 11 } else { 13 };
        let mut der = Der::new(Der::new(bytes).take(application(kind))?);
        let mut der = Der::new(der.take(SEQUENCE)?);
        if der.number(0)? != 5 || der.number(1)? != i64::from(kind) {
            return Err(Refused::Malformed("no answer of a centre"));
        }
        let ways = der.optional_field(2, SEQUENCE)?;
        let realm = text(der.field(3, TEXT)?)?;
        let client = principal(der.field(4, SEQUENCE)?, realm)?;
        let ticket = der.take(context(5))?;
        let mut inner = Der::new(ticket);
        let mut fields = Der::new(Der::new(inner.take(application(1))?).take(SEQUENCE)?);
        if fields.number(0)? != 5 || !inner.is_empty() {
            return Err(Refused::Malformed("a ticket of another version"));
        }
        let realm = text(fields.field(1, TEXT)?)?;
        let service = principal(fields.field(2, SEQUENCE)?, realm)?;
        let sealed = Encrypted::read(der.field(6, SEQUENCE)?)?;
        Ok(Self::Granted(Granted { first, ways, client, ticket, service, sealed }))
    }
}

impl Granted<'_> {
    /// Opens and checks it.
    ///
    /// # Errors
    /// When it does not open with the key, or is not what was asked for.
    pub(super) fn open(&self, key: &Key, wanted: &Wanted<'_>) -> Result<Credential, Trouble> {
        let wrong = || Trouble::new(Kind::WrongKey, "the answer of the centre does not open with our key");
        if Enctype::of(self.sealed.enctype) != Some(key.enctype()) {
            return Err(wrong());
        }
        let usage = if self.first { Usage::FirstReply } else { Usage::FurtherReply };
        let part = Part::read(&key.open(usage, self.sealed.cipher).map_err(|_| wrong())?)?;
        self.check(&part, wanted)?;
        let life = part.ends.since(part.starts.max(wanted.now));
        Ok(Credential {
            ticket: self.ticket.to_vec(),
            session: part.session,
            client: self.client.clone(),
            // Not in its last minutes: the service's clock may be ahead.
            until: part.ends - SKEW.min(life / 4),
        })
    }

    fn check(&self, part: &Part, wanted: &Wanted<'_>) -> Result<(), Trouble> {
        let odd = |what: &str| Err(Trouble::new(Kind::Odd, format!("the answer of the centre is not taken: {what}")));
        if part.nonce != i64::from(wanted.nonce) {
            return odd("it answers another question");
        }
        if !self.client.is(wanted.client) {
            return odd(&format!("it is for {}", self.client));
        }
        if !self.service.is(&part.service) {
            return odd("the ticket is for another service than it says");
        }
        if !part.service.is(wanted.service) {
            // A centre that does not know the service may refer to another realm.
            let what = format!("the domain has no {}, but refers to {}", wanted.service, part.service);
            return Err(Trouble::new(Kind::UnknownService, what));
        }
        if part.invalid || part.restricted {
            return odd("the ticket is not valid yet, or bound to addresses");
        }
        let ahead = part.starts > wanted.now + SKEW || part.authenticated > wanted.now + SKEW;
        // A first ticket says by the centre's clock when it was asked for.
        let behind = part.ends <= wanted.now || self.first && part.authenticated + SKEW < wanted.now;
        if ahead || behind {
            let at = if self.first { part.authenticated } else { part.starts };
            let apart = at.since(wanted.now).max(wanted.now.since(at)).as_secs();
            return Err(Trouble::new(Kind::Skew, format!("the clocks are too far apart, by {apart} seconds")));
        }
        Ok(())
    }
}

/// What only the client can read (`EncKDCRepPart`).
struct Part {
    session: Key,
    nonce: i64,
    invalid: bool,
    /// It counts from some addresses only; that was not asked for.
    restricted: bool,
    authenticated: Timestamp,
    starts: Timestamp,
    ends: Timestamp,
    service: Principal,
}

impl Part {
    fn read(plain: &SecretBytes) -> Result<Self, Refused> {
        // Some centres use the number of one answer for the other (RFC 4120 section 5.4.2).
        let inner = match Der::new(plain.expose()).next()? {
            (tag, inner) if tag == application(25) || tag == application(26) => inner,
            _ => return Err(Refused::Malformed("no answer of a centre")),
        };
        let mut der = Der::new(Der::new(inner).take(SEQUENCE)?);
        let session = session_key(der.field(0, SEQUENCE)?)?;
        der.take(context(1))?;
        let nonce = der.number(2)?;
        der.optional_field(3, TIME)?;
        let invalid = Bits(der.field(4, BITS)?).has(7);
        let authenticated = time(der.field(5, TIME)?)?;
        let starts = der.optional_field(6, TIME)?.map(time).transpose()?.unwrap_or(authenticated);
        let ends = time(der.field(7, TIME)?)?;
        der.optional_field(8, TIME)?;
        let realm = text(der.field(9, TEXT)?)?;
        let service = principal(der.field(10, SEQUENCE)?, realm)?;
        let restricted = der.optional_field(11, SEQUENCE)?.is_some_and(|addresses| !addresses.is_empty());
        Ok(Self { session, nonce, invalid, restricted, authenticated, starts, ends, service })
    }
}

/// How a key of some type is made of a password (`ETYPE-INFO2-ENTRY`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recipe {
    pub(super) enctype: Enctype,
    pub(super) salt: Option<Vec<u8>>,
    pub(super) params: Option<Vec<u8>>,
}

/// The ways in which a centre wants a key proved.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ways {
    /// The time under the key is one.
    pub(super) time: bool,
    /// Recipes of types that are taken, the centre's most welcome first.
    pub(super) recipes: Vec<Recipe>,
}

impl Ways {
    /// Reads a list of them (`METHOD-DATA`).
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let mut list = Der::new(bytes);
        let (mut ways, mut seen) = (Self::default(), 0);
        while !list.is_empty() && seen < MAX_WAYS {
            seen += 1;
            let mut one = Der::new(list.take(SEQUENCE)?);
            match (one.number(1)?, one.field(2, OCTETS)?) {
                (ENCRYPTED_TIME, _) => ways.time = true,
                (19, info) => ways.recipes = recipes(info)?,
                _ => {}
            }
        }
        Ok(ways)
    }
}

fn recipes(info: &[u8]) -> Result<Vec<Recipe>, Refused> {
    let (mut list, mut found) = (Der::new(Der::new(info).take(SEQUENCE)?), Vec::new());
    while !list.is_empty() && found.len() < MAX_WAYS {
        let mut one = Der::new(list.take(SEQUENCE)?);
        let enctype = Enctype::of(number(one.field(0, INTEGER)?)?);
        let salt = one.optional_field(1, TEXT)?.map(<[u8]>::to_vec);
        let params = one.optional_field(2, OCTETS)?.map(<[u8]>::to_vec);
        found.extend(enctype.map(|enctype| Recipe { enctype, salt, params }));
    }
    Ok(found)
}
