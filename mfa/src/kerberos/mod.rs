//! Kerberos tickets in place of a password: what a browser on a domain machine sends with HTTP `Negotiate` (RFC 4559) is opened with the
//! key of our service from its key table, and names somebody whom the domain has let in.
//!
//! * Reading is of bounded size, without recursion, and needs no library of the machine: [`der`], [`spnego`], [`messages`], [`keytab`].
//! * Only AES is taken ([`Enctype`]). Everything is checked that RFC 4120 section 3.2.3 wants: service, key, names, times, addresses,
//!   realms on the way; an authenticator counts once, on whichever node it comes ([`store`]).
//! * [`SignInByTicket`] is the operation: it finds the person, looks whether they may sign in, and leaves a record.
//!
//! * [`client`] is the other direction: we get tickets for an account of ours, and show them to directories.
//!
//! A ticket says that somebody signed in to the domain at some time; it does not say that they are there now. Whoever demands that
//! asks for the password.

mod accept;
pub(crate) mod client;
mod der;
mod enctype;
mod keytab;
mod messages;
mod password;
mod principal;
mod sign_in;
mod spnego;
pub(crate) mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use accept::{Acceptor, Home, Names, Settings};
pub(crate) use der::element;
pub use enctype::Enctype;
pub use keytab::{Entry, Keytab};
pub use principal::Service;
pub use sign_in::{SignInByTicket, Ticketed};

/// How far clocks may be apart (RFC 4120 section 1.6).
pub const SKEW: Duration = Duration::from_secs(300);

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is not what it should be.
    Malformed(&'static str),
    /// It is of another mechanism.
    NoKerberos(&'static str),
    /// The ticket is for another service.
    OtherService,
    /// The key table has no key that it could open with, or a key is of a type that is not taken.
    NoKey(&'static str),
    /// Something does not open with its key.
    WrongKey,
    /// It is too early, or too late.
    Time(&'static str),
    /// It is somebody's who may not use it here.
    Client(&'static str),
    /// The key table cannot be used.
    Keytab(&'static str),
}

impl Refused {
    /// Its name, for records and figures.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::NoKerberos(_) => "no_kerberos",
            Self::OtherService => "other_service",
            Self::NoKey(_) => "no_key",
            Self::WrongKey => "wrong_key",
            Self::Time(_) => "time",
            Self::Client(_) => "client",
            Self::Keytab(_) => "keytab",
        }
    }

    /// What an administrator reads.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Malformed(what) | Self::NoKerberos(what) | Self::NoKey(what) | Self::Time(what) | Self::Client(what) => what,
            Self::Keytab(what) => what,
            Self::OtherService => "the ticket is for another service",
            Self::WrongKey => "it does not open with the key of the service",
        }
    }
}
