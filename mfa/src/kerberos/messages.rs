//! The messages of Kerberos that a service reads and writes (RFC 4120 section 5).

use kernel::{SecretBytes, Timestamp};

use super::Refused;
use super::der::{self, BITS, Der, OCTETS, SEQUENCE, TEXT, TIME, application, context};
use super::enctype::{Enctype, Key};
use super::principal::Principal;

/// `AD-IF-RELEVANT`, and the groups of Active Directory where they stand alone.
const RELEVANT_TO_SOME: [i64; 2] = [1, 128];
/// Names of hosts in one list at most.
const MAX_ADDRESSES: usize = 64;

/// Something encrypted.
pub(super) struct Encrypted<'a> {
    pub(super) enctype: i64,
    pub(super) cipher: &'a [u8],
}

impl<'a> Encrypted<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refused> {
        let mut der = Der::new(bytes);
        let enctype = der.number(0)?;
        der.optional(context(1))?;
        Ok(Self { enctype, cipher: der.field(2, OCTETS)? })
    }
}

/// A client asks to be let in (`AP-REQ`).
pub(super) struct Request<'a> {
    /// The key is that of the client's own ticket: between people, never for a service.
    pub(super) between_users: bool,
    /// The client wants to know that it is we.
    pub(super) mutual: bool,
    /// For whom the ticket is.
    pub(super) service: Principal,
    pub(super) ticket: Encrypted<'a>,
    pub(super) authenticator: Encrypted<'a>,
}

impl<'a> Request<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refused> {
        let mut der = Der::new(Der::new(bytes).take(application(14))?);
        let mut der = Der::new(der.take(SEQUENCE)?);
        if der.number(0)? != 5 || der.number(1)? != 14 {
            return Err(Refused::Malformed("no request to a service"));
        }
        let options = Bits(der.field(2, BITS)?);
        let mut ticket = Der::new(Der::new(der.take(context(3))?).take(application(1))?);
        let mut ticket = Der::new(ticket.take(SEQUENCE)?);
        if ticket.number(0)? != 5 {
            return Err(Refused::Malformed("a ticket of another version"));
        }
        let realm = text(ticket.field(1, TEXT)?)?;
        let service = principal(ticket.field(2, SEQUENCE)?, realm)?;
        let ticket = Encrypted::read(ticket.field(3, SEQUENCE)?)?;
        let authenticator = Encrypted::read(der.field(4, SEQUENCE)?)?;
        Ok(Self { between_users: options.has(1), mutual: options.has(2), service, ticket, authenticator })
    }
}

/// What only the service can read of a ticket (`EncTicketPart`).
pub(super) struct Ticket {
    pub(super) invalid: bool,
    /// The centre has checked the realms on the way.
    pub(super) way_checked: bool,
    pub(super) session: Key,
    pub(super) client: Principal,
    /// When the client signed in to the domain.
    pub(super) authenticated: Timestamp,
    pub(super) starts: Timestamp,
    pub(super) ends: Timestamp,
    /// Addresses from which it may be used, where it says so: their kind and bytes.
    pub(super) addresses: Vec<(i64, Vec<u8>)>,
}

impl Ticket {
    pub(super) fn read(plain: &SecretBytes) -> Result<Self, Refused> {
        let mut der = Der::new(Der::new(plain.expose()).take(application(3))?);
        let mut der = Der::new(der.take(SEQUENCE)?);
        let flags = Bits(der.field(0, BITS)?);
        let session = session_key(der.field(1, SEQUENCE)?)?;
        let realm = text(der.field(2, TEXT)?)?;
        let client = principal(der.field(3, SEQUENCE)?, realm)?;
        der.take(context(4))?;
        let authenticated = time(der.field(5, TIME)?)?;
        let starts = der.optional_field(6, TIME)?.map(time).transpose()?.unwrap_or(authenticated);
        let ends = time(der.field(7, TIME)?)?;
        der.optional(context(8))?;
        let addresses = der.optional_field(9, SEQUENCE)?.map(addresses).transpose()?.unwrap_or_default();
        der.optional_field(10, SEQUENCE)?.map_or(Ok(()), no_restrictions)?;
        let (invalid, way_checked) = (flags.has(7), flags.has(12));
        Ok(Self { invalid, way_checked, session, client, authenticated, starts, ends, addresses })
    }
}

/// Shows that who sends the ticket knows its key (`Authenticator`).
pub(super) struct Authenticator {
    pub(super) client: Principal,
    /// Kind and bytes.
    pub(super) checksum: Option<(i64, Vec<u8>)>,
    pub(super) seconds: Timestamp,
    pub(super) micros: i64,
}

impl Authenticator {
    pub(super) fn read(plain: &SecretBytes) -> Result<Self, Refused> {
        let mut der = Der::new(Der::new(plain.expose()).take(application(2))?);
        let mut der = Der::new(der.take(SEQUENCE)?);
        if der.number(0)? != 5 {
            return Err(Refused::Malformed("an authenticator of another version"));
        }
        let realm = text(der.field(1, TEXT)?)?;
        let client = principal(der.field(2, SEQUENCE)?, realm)?;
        let checksum = match der.optional_field(3, SEQUENCE)? {
            Some(inner) => {
                let mut inner = Der::new(inner);
                Some((inner.number(0)?, inner.field(1, OCTETS)?.to_vec()))
            }
            None => None,
        };
        let micros = der.number(4)?;
        let seconds = time(der.field(5, TIME)?)?;
        if !(0..1_000_000).contains(&micros) {
            return Err(Refused::Malformed("a time of no possible size"));
        }
        Ok(Self { client, checksum, seconds, micros })
    }

    /// When the client made it.
    pub(super) const fn at(&self) -> Timestamp {
        Timestamp(self.seconds.0.saturating_add(self.micros))
    }

    /// What the service encrypts to show that it could read this (`EncAPRepPart`), with a number of its own.
    pub(super) fn echo(&self, number: u32) -> Vec<u8> {
        let inner = [
            der::field(0, TIME, written(self.seconds).as_bytes()),
            der::number_field(1, self.micros),
            der::number_field(3, number.into()),
        ];
        der::element(application(27), &der::element(SEQUENCE, &inner.concat()))
    }
}

/// The answer of the service (`AP-REP`).
pub(super) fn reply(enctype: Enctype, cipher: &[u8]) -> Vec<u8> {
    let encrypted = [der::number_field(0, enctype.number()), der::field(2, OCTETS, cipher)].concat();
    let inner = [der::number_field(0, 5), der::number_field(1, 15), der::field(2, SEQUENCE, &encrypted)].concat();
    der::element(application(15), &der::element(SEQUENCE, &inner))
}

/// A string of bits, with the number of those that do not count before it.
pub(super) struct Bits<'a>(pub(super) &'a [u8]);

impl Bits<'_> {
    pub(super) fn has(&self, n: usize) -> bool {
        self.0.get(1 + n / 8).is_some_and(|byte| byte & (0x80 >> (n % 8)) != 0)
    }
}

/// A key of a type that is taken.
pub(super) fn session_key(bytes: &[u8]) -> Result<Key, Refused> {
    let mut der = Der::new(bytes);
    let enctype = der.number(0)?;
    let key = der.field(1, OCTETS)?;
    let weak = Refused::NoKey("the session key is of a type that is not taken");
    Enctype::of(enctype).and_then(|enctype| Key::new(enctype, key)).ok_or(weak)
}

/// What the centre says beside (RFC 4120 section 5.2.6): what matters only to who understands it, such as the groups of Active Directory,
/// is passed over; anything else may restrict the ticket, and is not understood here.
fn no_restrictions(bytes: &[u8]) -> Result<(), Refused> {
    let mut der = Der::new(bytes);
    while !der.is_empty() {
        if !RELEVANT_TO_SOME.contains(&Der::new(der.take(SEQUENCE)?).number(0)?) {
            return Err(Refused::Client("the ticket has a restriction that is not understood"));
        }
    }
    Ok(())
}

fn addresses(bytes: &[u8]) -> Result<Vec<(i64, Vec<u8>)>, Refused> {
    let (mut der, mut found) = (Der::new(bytes), Vec::new());
    while !der.is_empty() {
        let mut one = Der::new(der.take(SEQUENCE)?);
        found.push((one.number(0)?, one.field(1, OCTETS)?.to_vec()));
        if found.len() > MAX_ADDRESSES {
            return Err(Refused::Malformed("too many addresses"));
        }
    }
    Ok(found)
}

/// A name of this realm.
pub(super) fn principal(bytes: &[u8], realm: String) -> Result<Principal, Refused> {
    let mut der = Der::new(bytes);
    der.number(0)?;
    let (mut names, mut parts) = (Der::new(der.field(1, SEQUENCE)?), Vec::new());
    while !names.is_empty() && parts.len() <= 16 {
        parts.push(text(names.take(TEXT)?)?);
    }
    Principal::new(parts, realm).ok_or(Refused::Malformed("a name of no possible form"))
}

/// Text.
pub(super) fn text(bytes: &[u8]) -> Result<String, Refused> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Refused::Malformed("a name that is no text"))
}

/// A number without a sign (`UInt32`); some write it as one with a sign.
pub(super) fn number_of(digits: &[u8]) -> Result<u64, Refused> {
    let number = der::number(digits)?;
    let bad = Refused::Malformed("a number of no possible size");
    match i32::try_from(number) {
        Ok(signed) => Ok(u64::from(signed.cast_unsigned())),
        Err(_) => u32::try_from(number).map(u64::from).map_err(|_| bad),
    }
}

/// `20240131235959Z`.
pub(super) fn time(bytes: &[u8]) -> Result<Timestamp, Refused> {
    let bad = Refused::Malformed("a time of no possible form");
    let digits = bytes.strip_suffix(b"Z").filter(|d| d.len() == 14 && d.iter().all(u8::is_ascii_digit)).ok_or(bad)?;
    let at = |from: usize, len: usize| digits[from..from + len].iter().fold(0_u32, |n, d| n * 10 + u32::from(d - b'0'));
    let small = |from: usize| u8::try_from(at(from, 2)).unwrap_or(u8::MAX);
    let month = time::Month::try_from(small(4)).map_err(|_| bad)?;
    let year = i32::try_from(at(0, 4)).unwrap_or_default();
    let date = time::Date::from_calendar_date(year, month, small(6)).map_err(|_| bad)?;
    // A leap second is the last one of its minute.
    let clock = time::Time::from_hms(small(8), small(10), small(12).min(59)).map_err(|_| bad)?;
    Ok(Timestamp::from_seconds(time::PrimitiveDateTime::new(date, clock).assume_utc().unix_timestamp()))
}

/// The written form of a moment.
pub(super) fn written(at: Timestamp) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}{:02}{day:02}{hour:02}{minute:02}{second:02}Z", u8::from(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let at = Timestamp::from_seconds(1_700_000_000);
        assert_eq!(written(at), "20231114221320Z");
        assert_eq!(time(b"20231114221320Z"), Ok(at));
        assert_eq!(time(b"20240229000000Z").map(written), Ok("20240229000000Z".to_owned()));
        for wrong in
            [&b""[..], b"Z", b"20231114221320", b"20231314221320Z", b"20230229000000Z", b"2023111422132xZ", b"20231114251320Z"]
        {
            assert!(time(wrong).is_err());
        }
    }
}
