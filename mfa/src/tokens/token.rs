//! A token as it stands in the database: what every kind has, and the few fields that kinds use as they like.

use std::collections::BTreeMap;

use kernel::Timestamp;
use kernel::ids::{PersonId, TokenId};

use super::KindRef;
use crate::people::Person;

/// Tokeninfo: declared and free keys, all of them text on the wire.
pub type Info = BTreeMap<String, String>;

/// How far enrolment has come. The names are those of the wire format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rollout {
    /// Nothing special; usable.
    #[default]
    None,
    /// The application's half of the seed is awaited.
    ClientWait,
    /// Something outside is awaited.
    Pending,
    /// A first value is awaited that shows that the owner has the token.
    Verify,
    /// Done; usable.
    Enrolled,
    /// Unusable for good.
    Broken,
    /// Enrolment did not succeed.
    Failed,
    /// Enrolment was refused.
    Denied,
}

impl Rollout {
    const ALL: [Self; 8] =
        [Self::None, Self::ClientWait, Self::Pending, Self::Verify, Self::Enrolled, Self::Broken, Self::Failed, Self::Denied];

    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::ClientWait => "clientwait",
            Self::Pending => "pending",
            Self::Verify => "verify",
            Self::Enrolled => "enrolled",
            Self::Broken => "broken",
            Self::Failed => "failed",
            Self::Denied => "denied",
        }
    }

    /// Reads [`Rollout::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == text)
    }

    /// Whether its enrolment has begun and can still be completed.
    pub const fn unfinished(self) -> bool {
        matches!(self, Self::ClientWait | Self::Pending | Self::Verify)
    }

    /// Whether the token may be used to authenticate.
    pub const fn usable(self) -> bool {
        matches!(self, Self::None | Self::Enrolled)
    }
}

/// Who owns a token: the person, and where the person lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The person.
    pub person: PersonId,
    /// Name of the resolver.
    pub resolver: String,
    /// Identifier within the resolver.
    pub uid: String,
    /// The realm through which the token was given.
    pub realm: String,
}

impl Owner {
    /// The person as an owner.
    pub fn of(person: &Person) -> Self {
        Self { person: person.id, resolver: person.resolver.clone(), uid: person.uid.clone(), realm: person.realm.clone() }
    }
}

/// One token.
#[derive(Clone)]
pub struct Token {
    /// Its identity; sealed values are bound to it.
    pub id: TokenId,
    /// The integer shown on the wire.
    pub number: i64,
    /// The name that people and clients use.
    pub serial: String,
    /// What it is.
    pub kind: KindRef,
    /// Whose it is, if anybody's.
    pub owner: Option<Owner>,
    /// Realms of the token, which may differ from the owner's.
    pub realms: Vec<String>,
    /// The sealed hash of its PIN; none means that the PIN is empty.
    pub pin: Option<String>,
    /// The sealed seed.
    pub seed: String,
    /// Digits or characters of one value.
    pub otplen: u8,
    /// Moving factor: what it means is up to the kind.
    pub counter: i64,
    /// How many values ahead are accepted.
    pub count_window: i64,
    /// How many values ahead are searched to resynchronise.
    pub sync_window: i64,
    /// Failures since the last success.
    pub failcount: i64,
    /// As many failures lock the token.
    pub maxfail: i64,
    /// When `failcount` reached `maxfail`.
    pub failed_at: Option<Timestamp>,
    /// How often it was used and how often it may be.
    pub uses: Uses,
    /// First moment at which it may be used.
    pub valid_from: Option<Timestamp>,
    /// Last moment at which it may be used.
    pub valid_until: Option<Timestamp>,
    /// Last success.
    pub last_auth: Option<Timestamp>,
    /// Whether it may be used; changed by people.
    pub active: bool,
    /// Whether every change is refused.
    pub locked: bool,
    /// Whether it was revoked.
    pub revoked: bool,
    /// How far enrolment has come.
    pub rollout: Rollout,
    /// Words of its owner or administrator.
    pub description: String,
    /// Declared and free tokeninfo.
    pub info: Info,
    /// What the kind remembers between attempts.
    pub memory: Option<String>,
    /// Rises with every administrative change; guarded by every write.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How often a token was tried and accepted, and the limits of both (0: none).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Attempts.
    pub tried: i64,
    /// Limit of attempts.
    pub tried_max: i64,
    /// Successes.
    pub accepted: i64,
    /// Limit of successes.
    pub accepted_max: i64,
}

impl Uses {
    /// Whether a limit has been reached.
    pub const fn exhausted(&self) -> bool {
        (self.tried_max > 0 && self.tried >= self.tried_max) || (self.accepted_max > 0 && self.accepted >= self.accepted_max)
    }
}

/// Why a token cannot be used at present. The texts are those of the wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unusable {
    /// A use counter has reached its limit.
    Exhausted,
    /// Disabled, locked or revoked.
    Disabled,
    /// Too many failures.
    Failcounter,
    /// Before or after its validity period.
    Period,
    /// Enrolment is not complete.
    Rollout,
}

impl Unusable {
    /// The words for it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Exhausted => "Authentication counter exceeded",
            Self::Disabled => "Token is disabled",
            Self::Failcounter => "Failcounter exceeded",
            Self::Period => "Outside validity period",
            Self::Rollout => "Token is not yet enrolled",
        }
    }
}

impl Token {
    /// Whether the fail counter stands at its limit. `clear_after` frees a token that has rested that long.
    pub fn fail_locked(&self, at: Timestamp, clear_after: Option<std::time::Duration>) -> bool {
        let rested = match (clear_after, self.failed_at) {
            (Some(rest), Some(failed)) => at >= failed + rest,
            _ => false,
        };
        self.failcount >= self.maxfail && !rested
    }

    /// Everything that forbids its use now, in the order in which it is checked; empty when it may be used.
    pub fn unusable(&self, at: Timestamp, clear_after: Option<std::time::Duration>) -> Vec<Unusable> {
        let outside = self.valid_from.is_some_and(|from| at < from) || self.valid_until.is_some_and(|until| at > until);
        [
            (self.uses.exhausted(), Unusable::Exhausted),
            (!self.active || self.locked || self.revoked, Unusable::Disabled),
            (self.fail_locked(at, clear_after), Unusable::Failcounter),
            (outside, Unusable::Period),
            (!self.rollout.usable(), Unusable::Rollout),
        ]
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason))
        .collect()
    }

    /// A tokeninfo value.
    pub fn info(&self, name: &str) -> Option<&str> {
        self.info.get(name).map(String::as_str)
    }

    /// Whether this person owns it.
    pub fn belongs_to(&self, person: PersonId) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.person == person)
    }
}
