//! Why a client gets no ticket, or is not let in with it.

use kernel::Timestamp;

use super::super::Refused;
use super::super::der::{Der, INTEGER, OCTETS, SEQUENCE, TEXT, TIME, application, context};
use super::super::messages::time;

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There is no key of ours that could be used.
    NoKey,
    /// No centre answers.
    Unreachable,
    /// The clocks are too far apart.
    Skew,
    /// Our key is another than that of the account.
    WrongKey,
    /// The centre does not know our account.
    UnknownClient,
    /// The centre does not know the service.
    UnknownService,
    /// The account may not sign in.
    Barred,
    /// Centre and we have no encryption type in common.
    Enctype,
    /// The centre refuses for another reason.
    Centre,
    /// An answer is not what it should be.
    Odd,
    /// The service does not take the mechanism.
    NoMechanism,
    /// The service does not take the ticket.
    Service,
    /// The service wants to protect messages itself.
    Layer,
}

impl Kind {
    /// Whether another service of the same realm may do.
    pub(crate) const fn is_of_one_service(self) -> bool {
        matches!(self, Self::UnknownService | Self::Odd | Self::NoMechanism | Self::Service | Self::Layer)
    }

    /// What may be done about it.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::NoKey => "Does KEYTABFILE have an AES key of BINDDN, and may this program read it?",
            Self::Unreachable => "Is KERBEROS_KDC right, and does a firewall let TCP to it pass (usually port 88)?",
            Self::Skew => "Set the clocks of this machine and of the domain by the same source of time.",
            Self::WrongKey => {
                "Was the key of the account changed after KEYTABFILE was written, or is BINDPW wrong? Write the key table anew."
            }
            Self::UnknownClient => "Is BINDDN written as name@REALM, with the realm as the domain writes it?",
            Self::UnknownService => "Does the domain have the service ldap/HOST, with the very name of the host in LDAPURI?",
            Self::Barred => "Is the account disabled or locked, or has its password expired?",
            Self::Enctype => "Are AES keys allowed for the account and for the directory? Only AES is spoken.",
            Self::Centre => "The log of the key distribution centre says more.",
            Self::Odd => "Is it the right server, and does nobody on the way change what it says?",
            Self::NoMechanism => "Is the GSSAPI module of SASL installed at the directory (Debian: libsasl2-modules-gssapi-mit)?",
            Self::Service => "Has the directory the present key of its service, and is its clock right? Its log says more.",
            Self::Layer => "Have the directory accept sign-ins without a layer of SASL inside TLS.",
        }
    }
}

/// Why it does not work.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Trouble {
    pub(crate) kind: Kind,
    pub(crate) what: String,
}

impl Trouble {
    pub(crate) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }
}

impl From<Refused> for Trouble {
    fn from(why: Refused) -> Self {
        Self::new(Kind::Odd, format!("an answer of Kerberos is not taken: {}", why.words()))
    }
}

/// An error as centres and services tell it (`KRB-ERROR`). Nobody vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told<'a> {
    pub(super) code: i64,
    /// The clock of who tells it.
    pub(super) at: Timestamp,
    text: &'a [u8],
    pub(super) data: Option<&'a [u8]>,
}

/// The centre wants the key proved first.
pub(super) const PROVE_FIRST: i64 = 25;

impl<'a> Told<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refused> {
        let mut der = Der::new(Der::new(bytes).take(application(30))?);
        let mut der = Der::new(der.take(SEQUENCE)?);
        if der.number(0)? != 5 || der.number(1)? != 30 {
            return Err(Refused::Malformed("no error of Kerberos"));
        }
        der.optional_field(2, TIME)?;
        der.optional_field(3, INTEGER)?;
        let at = time(der.field(4, TIME)?)?;
        der.number(5)?;
        let code = der.number(6)?;
        // Client and service.
        for n in 7..=10 {
            der.optional(context(n))?;
        }
        let text = der.optional_field(11, TEXT)?.unwrap_or_default();
        Ok(Self { code, at, text, data: der.optional_field(12, OCTETS)? })
    }

    /// What it means for us, whose clock says `now`.
    pub(super) fn trouble(&self, now: Timestamp) -> Trouble {
        let (kind, words) = match self.code {
            6 | 68 => (Kind::UnknownClient, "the domain does not know the account"),
            7 => (Kind::UnknownService, "the domain does not know the service"),
            14 | 15 => (Kind::Enctype, "there is no encryption type in common"),
            12 | 18 | 21 | 23 => (Kind::Barred, "the account may not sign in"),
            24 | 31 => (Kind::WrongKey, "the key is not the account's"),
            29 => (Kind::Unreachable, "the centre is out of order"),
            37 => (Kind::Skew, "the clocks are too far apart"),
            41 | 44 => (Kind::Service, "the service has another key than the centre"),
            _ => (Kind::Centre, "the domain refuses"),
        };
        let apart = (now.seconds() - self.at.seconds()).abs();
        let more = match kind {
            Kind::Skew => format!(" by {apart} seconds"),
            _ => String::new(),
        };
        let text: String = String::from_utf8_lossy(self.text).chars().filter(|c| !c.is_control()).take(100).collect();
        let text = if text.is_empty() { text } else { format!(": {text}") };
        Trouble::new(kind, format!("{words}{more} (error {}{text})", self.code))
    }
}
