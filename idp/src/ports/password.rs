//! What a store wants of a password beside being right, and how a person changes it.

use std::time::Duration;

use kernel::SecretText;
use kernel::ids::PersonId;
use serde::{Deserialize, Serialize};

use super::{Checked, KnownDevice};
use crate::assurance::Material;

/// Why a password should be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeReason {
    /// It has expired: it is good for nothing but to be changed.
    Expired,
    /// Somebody else has set it: it is good for nothing but to be changed.
    Reset,
    /// It has expired and still lets the person in.
    Grace {
        /// So many times more.
        left: u32,
    },
    /// It expires soon.
    Expires {
        /// In so many days; zero: today.
        days: u32,
    },
}

impl ChangeReason {
    /// Whether nothing goes on before it is changed.
    pub const fn is_demanded(self) -> bool {
        matches!(self, Self::Expired | Self::Reset)
    }
}

/// A wish of the store that a password be changed. It is told only to who has just shown that they know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeWanted {
    /// Whose password.
    pub person: PersonId,
    /// Their login name, to show.
    pub login: String,
    /// Why.
    pub reason: ChangeReason,
}

/// Outcome of checking a password.
#[derive(Clone, Debug, PartialEq)]
pub struct PasswordChecked {
    /// What it proves. A password that must be changed is right and proves nothing: it is refused.
    pub checked: Checked,
    /// What is to be done about it.
    pub change: Option<ChangeWanted>,
}

impl From<Checked> for PasswordChecked {
    fn from(checked: Checked) -> Self {
        Self { checked, change: None }
    }
}

/// A person changes their own password, and shows that it is theirs by the old one.
pub struct PasswordChange<'a> {
    /// Who.
    pub person: PersonId,
    /// What was good until now. A wrong one counts like a wrong password at sign-in.
    pub old: &'a SecretText,
    /// What is to be good from now on.
    pub new: &'a SecretText,
    /// The device, if it is known.
    pub device: Option<&'a KnownDevice>,
}

/// What is wrong with a new password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewPasswordFault {
    /// There is none.
    Empty,
    /// It was typed twice, in two ways.
    Differs,
    /// It is the old one.
    Same,
    /// It is too short.
    TooShort,
    /// It is too long.
    TooLong,
    /// It is too simple.
    TooWeak,
    /// It was used before.
    Used,
    /// The last change was too short ago.
    TooSoon,
    /// The person may not change it, or it cannot be changed here.
    NotAllowed,
    /// In the words of the store.
    Other(String),
}

/// Outcome of changing a password.
#[derive(Clone, Debug, PartialEq)]
pub enum PasswordChanged {
    /// It is another, and everything that rested on the old one is void. This is what the change proves, never empty: the old
    /// password was right.
    Proved(Vec<Material>),
    /// The old one was not accepted.
    Refused,
    /// The store does not take the new one. The old one was right.
    NotTaken(NewPasswordFault),
    /// Not tried: too many attempts.
    Limited {
        /// When it may be tried again, if that may be told.
        retry_after: Option<Duration>,
    },
    /// The store does not answer. Whether the password was changed is not known.
    Unavailable,
}
