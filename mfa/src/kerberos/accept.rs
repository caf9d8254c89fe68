//! Accepting a client (RFC 4120 section 3.2.3).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Entropy, Timestamp};

use super::enctype::{Enctype, Key, Usage};
use super::keytab::{self, Keytab};
use super::messages::{self, Authenticator, Request, Ticket};
use super::principal::{Principal, Service};
use super::spnego::Token;
use super::{Refused, SKEW};
use crate::people::{Directory, ResolverRef};

/// Longest header that is looked at. Windows sends up to 48,000 bytes, which base64 makes a third longer.
const MAX_HEADER: usize = 72 * 1024;
/// Kind of the checksum in which GSS-API says what is wanted (RFC 4121 section 4.1.1).
const GSS_CHECKSUM: i64 = 0x8003;
const IPV4: i64 = 2;
const IPV6: i64 = 24;

/// By what people are found whose name a ticket tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// By the name alone.
    Login,
    /// By the name with its Kerberos realm, such as Active Directory's `userPrincipalName`.
    Principal,
}

/// Where people of a Kerberos realm are: those of one resolver and no others. A domain controller gives tickets in names that none of its
/// people has, to machines that others may have made (`anna` for the account `anna$`), so a ticket must never mean somebody whom the domain
/// does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The realm.
    pub realm: String,
    /// The resolver that is the domain's directory. Without it the realm must have one resolver and no more.
    pub resolver: Option<String>,
}

impl Home {
    /// The resolver whose people are meant.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn resolver<'d>(&self, directory: &'d Directory, node: &str) -> Result<&'d ResolverRef, &'static str> {
        let realm = directory.realm(&self.realm).ok_or("the realm does not exist")?;
        let members = realm.resolvers_on(node);
        let found = match (&self.resolver, members.as_slice()) {
            (Some(name), _) => directory.resolver(name).filter(|resolver| members.contains(&resolver.id)),
            (None, [one]) => directory.resolver_by_id(*one),
            (None, _) => return Err("the realm has several resolvers, and kerberos.realms does not say which is the domain's"),
        };
        found.map(|resolver| &**resolver).ok_or("the realm does not have this resolver")
    }
}

/// How tickets are accepted.
#[derive(Clone, Debug)]
pub struct Settings {
    /// File with our keys. Read for every ticket, so that new keys count at once.
    pub keytab: PathBuf,
    /// Our name.
    pub service: Service,
    /// Kerberos realms that are trusted, and where their people are.
    pub realms: BTreeMap<String, Home>,
    /// By what people are found.
    pub names: Names,
}

/// Accepts tickets.
pub struct Acceptor(Settings);

/// What a ticket that was accepted says.
pub(super) struct Accepted {
    /// Who it is, to be recorded.
    pub(super) client: String,
    /// Their name in the domain.
    pub(super) login: String,
    /// By what they are found.
    pub(super) sought: String,
    /// Where they are.
    pub(super) home: Home,
    /// When they signed in to the domain.
    pub(super) authenticated: Timestamp,
    /// What must not come twice.
    pub(super) once: Vec<u8>,
    /// What the client is told, so that it knows that it is we.
    pub(super) answer: Vec<u8>,
}

impl Acceptor {
    /// Accepts tickets as `settings` say.
    pub fn new(settings: Settings) -> Self {
        Self(settings)
    }

    /// As which service.
    pub fn settings(&self) -> &Settings {
        &self.0
    }

    /// Reads the key table as it is now.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub async fn keytab(&self) -> Result<Keytab, String> {
        Keytab::read(&self.0.keytab).await
    }

    /// Opens what stands behind `Negotiate` in the header, and checks all of it but whether it came before.
    pub(super) fn accept(
        &self,
        keytab: &Keytab,
        header: &str,
        client: Option<IpAddr>,
        (now, chance): (Timestamp, &Entropy),
    ) -> Result<Accepted, Refused> {
        if header.len() > MAX_HEADER {
            return Err(Refused::Malformed("too long"));
        }
        let bytes = STANDARD.decode(header.trim()).map_err(|_| Refused::Malformed("no base64"))?;
        let token = Token::read(&bytes)?;
        let request = Request::read(token.request)?;
        if request.between_users {
            return Err(Refused::Client("a ticket between two people"));
        }
        let ticket = self.ticket(keytab, &request)?;
        if Enctype::of(request.authenticator.enctype) != Some(ticket.session.enctype()) {
            return Err(Refused::WrongKey);
        }
        let authenticator = Authenticator::read(&ticket.session.open(Usage::Authenticator, request.authenticator.cipher)?)?;
        check_times(&ticket, &authenticator, now)?;
        check_client(&ticket, &authenticator, &request.service, client)?;
        let mutual = wants_mutual(&authenticator)? || request.mutual;
        let answer = match mutual {
            true => {
                let number = u32::from_be_bytes(chance.bytes()) >> 2;
                let cipher = ticket.session.seal(Usage::Reply, &authenticator.echo(number), chance)?;
                token.answer(Some(&messages::reply(ticket.session.enctype(), &cipher)))
            }
            false => token.answer(None),
        };
        let (login, sought, home) = self.name(&ticket.client)?;
        let (client, once) = (ticket.client.to_string(), request.authenticator.cipher.to_vec());
        let authenticated = ticket.authenticated.min(now);
        Ok(Accepted { client, login, sought, home, authenticated, once, answer })
    }

    /// Opens the ticket with whichever of our keys fits.
    fn ticket(&self, keytab: &Keytab, request: &Request<'_>) -> Result<Ticket, Refused> {
        let Principal { parts, realm } = &request.service;
        if !self.0.service.is(parts, realm) {
            return Err(Refused::OtherService);
        }
        let weak = Refused::NoKey("the ticket is under a key of a type that is not taken");
        let enctype = Enctype::of(request.ticket.enctype).ok_or(weak)?;
        let of_realm = |entry: &&keytab::Entry| entry.principal.realm == *realm;
        let fits = |key: &&Key| key.enctype() == enctype;
        // Versions of keys are counted by domain controllers in ways of their own; whether a key fits shows when it opens.
        let mut keys = keytab.of(&self.0.service).filter(of_realm).filter_map(keytab::Entry::key).filter(fits).peekable();
        if keys.peek().is_none() {
            return Err(Refused::NoKey("the key table has no key of this type for the service"));
        }
        let opened = keys.find_map(|key| key.open(Usage::Ticket, request.ticket.cipher).ok());
        Ticket::read(&opened.ok_or(Refused::WrongKey)?)
    }

    /// Whom a name in the ticket means here: their name, by what they are found, and where.
    fn name(&self, client: &Principal) -> Result<(String, String, Home), Refused> {
        let home = self.0.realms.get(&client.realm).ok_or(Refused::Client("people of this Kerberos realm are nobody's here"))?;
        let login = match &client.parts[..] {
            // Machines and services have tickets, too.
            [machine] if machine.ends_with('$') => return Err(Refused::Client("a machine")),
            // Other ways to write names, which would be read as something else.
            [login] if login.contains(['@', '/', '\\']) => return Err(Refused::Client("a name with more than a name in it")),
            [login] => login,
            _ => return Err(Refused::Client("a service, or a role of somebody")),
        };
        let sought = match self.0.names {
            Names::Login => login.clone(),
            Names::Principal => format!("{login}@{}", client.realm),
        };
        Ok((login.clone(), sought, home.clone()))
    }
}

fn check_times(ticket: &Ticket, authenticator: &Authenticator, now: Timestamp) -> Result<(), Refused> {
    if ticket.invalid || ticket.starts > now + SKEW {
        return Err(Refused::Time("the ticket is not valid yet"));
    }
    if ticket.ends + SKEW < now {
        return Err(Refused::Time("the ticket has expired"));
    }
    let made = authenticator.at();
    if made > now + SKEW || made + SKEW < now {
        return Err(Refused::Time("the clocks of client and service are too far apart"));
    }
    Ok(())
}

fn check_client(
    ticket: &Ticket,
    authenticator: &Authenticator,
    service: &Principal,
    client: Option<IpAddr>,
) -> Result<(), Refused> {
    if ticket.client != authenticator.client {
        return Err(Refused::Client("ticket and authenticator are of different people"));
    }
    // Whether the realms on the way may be trusted is the centre's to say.
    if ticket.client.realm != service.realm && !ticket.way_checked {
        return Err(Refused::Client("the way from another realm was not checked"));
    }
    let known: Vec<&(i64, Vec<u8>)> = ticket.addresses.iter().filter(|(kind, _)| [IPV4, IPV6].contains(kind)).collect();
    let own = client.map(|ip| ip.to_canonical());
    let is_own = |(_, bytes): &&(i64, Vec<u8>)| match own {
        Some(IpAddr::V4(own)) => bytes[..] == own.octets(),
        Some(IpAddr::V6(own)) => bytes[..] == own.octets(),
        None => false,
    };
    if !known.is_empty() && !known.iter().any(is_own) {
        return Err(Refused::Client("the ticket is for another address"));
    }
    Ok(())
}

/// What the client wants of GSS-API. Bindings to a channel are not compared: the channel may end at a proxy (RFC 4121 section
/// 4.1.1.2 leaves that to the service). Rights that are handed over are not looked at.
fn wants_mutual(authenticator: &Authenticator) -> Result<bool, Refused> {
    match &authenticator.checksum {
        Some((GSS_CHECKSUM, bytes)) if bytes.len() >= 24 && bytes[..4] == [16, 0, 0, 0] => Ok(bytes[20] & 2 != 0),
        _ => Err(Refused::Malformed("no checksum of GSS-API")),
    }
}
