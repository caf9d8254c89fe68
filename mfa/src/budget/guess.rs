//! What is guessed, by whom and from where: which buckets a guess touches.

use std::net::IpAddr;
use std::time::Duration;

use audit::{Door, Origin};
use kernel::ids::PersonId;
use sha2::{Digest, Sha256};

use super::bucket::Rate;

/// Kinds of secret; each has buckets of its own, so that failures with one do not bar the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Secret {
    /// A password.
    Password,
    /// A one-time value, PIN or recovery code.
    Otp,
    /// The secret of a client or service provider.
    Client,
    /// A code that a person types from another device.
    UserCode,
    /// An API key.
    ApiKey,
}

impl Secret {
    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Otp => "otp",
            Self::Client => "client",
            Self::UserCode => "usercode",
            Self::ApiKey => "apikey",
        }
    }
}

/// Whose secret is guessed.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A person's.
    Person(PersonId),
    /// That of whoever was named at a door where the limit can be seen. What was typed is limited, whether somebody has the name
    /// or not; the person who has it is limited as well, but that is told to nobody (see [`Limited`](super::Limited)).
    Typed {
        /// The name in its canonical form, see [`People::canonical`](crate::people::People::canonical).
        name: &'a str,
        /// Who has it.
        person: Option<PersonId>,
    },
    /// That of somebody who does not exist, under the name that was typed: they are limited like people who do, or the
    /// limit would tell.
    Unknown(&'a str),
    /// That of something else with a canonical name: a client, a token without owner.
    Named(&'a str),
    /// Nobody's in particular.
    Anyone,
}

/// A guess.
#[derive(Clone, Copy, Debug)]
pub struct Guess<'a> {
    /// What is guessed.
    pub secret: Secret,
    /// Whose.
    pub subject: Subject<'a>,
    /// From where.
    pub origin: &'a Origin,
    /// The known device from which it comes, by an identifier that cannot be forged.
    pub device: Option<&'a str>,
}

/// How many failures each bucket takes.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// For one person (or client) and kind of secret.
    pub subject: Rate,
    /// For one known device of a person.
    pub device: Rate,
    /// For one network: /24 or /64.
    pub network: Rate,
    /// For one machine that asks on behalf of people whose addresses it does not tell.
    pub relay: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        let rate = |burst, seconds| Rate { burst, interval: Duration::from_secs(seconds) };
        Self { subject: rate(20, 180), device: rate(20, 60), network: rate(100, 10), relay: rate(1000, 1) }
    }
}

/// The /24 (IPv4) or /64 (IPv6) of an address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::from((u32::from(v4) & 0xffff_ff00).to_be_bytes()),
        IpAddr::V6(v6) => IpAddr::from((u128::from(v6) & !u128::from(u64::MAX)).to_be_bytes()),
    }
}

/// Typed text becomes a key of bounded length that tells nothing.
fn hashed(text: &str) -> String {
    let digest = Sha256::digest(text.trim().to_lowercase().as_bytes());
    data_encoding::HEXLOWER.encode(&digest[..16])
}

impl Guess<'_> {
    /// Names and rates of the buckets that this guess touches.
    pub(super) fn buckets(&self, rates: &Rates) -> Vec<(String, Rate)> {
        let secret = self.secret.name();
        let of_person = |person: PersonId| format!("p.{secret}.{person}");
        let of_text = |typed: &str| format!("u.{secret}.{}", hashed(typed));
        let (subject, typed) = match self.subject {
            Subject::Person(person) => (Some(of_person(person)), None),
            Subject::Typed { name, person: Some(person) } => (Some(of_person(person)), Some(of_text(name))),
            Subject::Typed { name: typed, person: None } | Subject::Unknown(typed) => (Some(of_text(typed)), None),
            Subject::Named(name) => (Some(format!("s.{secret}.{}", hashed(name))), None),
            Subject::Anyone => (None, None),
        };
        if let (Some(device), Some(subject)) = (self.device, &subject) {
            return vec![(format!("d.{subject}.{}", hashed(device)), rates.device)];
        }
        let source = match (self.origin.client, self.origin.relay) {
            // Machines ask at this door; without an asserted client their address stands for everybody behind them.
            (Some(machine), None) if self.origin.door == Door::Validate => {
                Some((format!("r.{secret}.{}", machine.to_canonical()), rates.relay))
            }
            (Some(client), _) => Some((format!("n.{secret}.{}", network(client)), rates.network)),
            (None, Some(relay)) => Some((format!("r.{secret}.{}", relay.to_canonical()), rates.relay)),
            (None, None) => None,
        };
        subject.into_iter().chain(typed).map(|name| (name, rates.subject)).chain(source).collect()
    }

    /// Of its buckets, the one of whose state nobody may learn.
    pub(super) fn hidden_bucket(&self) -> Option<String> {
        match self.subject {
            Subject::Typed { person: Some(person), .. } => Some(format!("p.{}.{person}", self.secret.name())),
            _ => None,
        }
    }
}
