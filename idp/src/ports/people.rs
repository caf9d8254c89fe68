//! People and their passwords.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;
use kernel::SecretText;
use kernel::ids::{PersonId, RowId};

use super::{Negotiation, PasswordChange, PasswordChanged, PasswordChecked, PortError};
use crate::assurance::Material;

/// A person as the identity provider sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Stable identifier; `sub` where subjects are public.
    pub id: PersonId,
    /// Login name, without realm.
    pub login: String,
    /// The realm they signed in through or belong to.
    pub realm: String,
    /// What people read.
    pub display_name: String,
    /// Whatever is known about them, by the names of their resolver; claims are filled from it.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Rises when the person is disabled, reset or revoked; evidence and tokens of an older epoch are void.
    pub auth_epoch: i64,
    /// Whether they may use anything at all.
    pub enabled: bool,
}

impl Person {
    /// Somebody of whom nothing but the identifier is known, because nobody can tell who they are at present.
    fn unnamed(id: PersonId) -> Self {
        Self {
            id,
            login: String::new(),
            realm: String::new(),
            display_name: String::new(),
            attributes: BTreeMap::new(),
            auth_epoch: 0,
            enabled: false,
        }
    }
}

/// Who stands in the record of something that ends, such as a session. A name is decoration there: what ends does not wait for the
/// store of its person, and while that does not answer, the record has the identifier alone. `None` when they no longer exist.
pub async fn on_record(people: &dyn People, id: PersonId) -> Option<Person> {
    match people.person(id).await {
        Ok(person) => person,
        Err(error) => {
            tracing::warn!(person = %id, %error, "a record is written without the name of the person");
            Some(Person::unnamed(id))
        }
    }
}

/// A device on which the person named has signed in before: budgets of its own, so that outsiders cannot lock it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its id.
    pub id: RowId,
    /// Who is known on it.
    pub person: PersonId,
}

/// Whose password it is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed<'a> {
    /// As typed.
    Name {
        /// `login`, or `login@realm`.
        name: &'a str,
        /// A realm chosen beside the name.
        realm: Option<&'a str>,
    },
    /// Somebody known already, who is asked again.
    Person(PersonId),
}

/// Somebody says who they are.
pub struct PasswordAttempt<'a> {
    /// Who.
    pub who: Claimed<'a>,
    /// The password.
    pub password: &'a SecretText,
    /// The device, if it is known. Counts only for the person it belongs to.
    pub device: Option<&'a KnownDevice>,
}

/// Outcome of a check.
#[derive(Clone, Debug, PartialEq)]
pub enum Checked {
    /// It was right; this is what it proves, never empty. All of one person.
    Proved(Vec<Material>),
    /// It was not accepted, for whatever reason.
    Refused,
    /// The challenge or enrolment has expired, is spent, or never was.
    Gone,
    /// Not tried: too many attempts.
    Limited {
        /// When it may be tried again, if that may be told.
        retry_after: Option<Duration>,
    },
    /// Nothing can be said: a store that would have to be asked does not answer. Said to everybody of that store's realm who does
    /// not get in, so that it tells nothing about who exists; it counts as no failure of those whom the store would know.
    Unavailable,
}

/// People and their passwords.
#[async_trait]
pub trait People: Send + Sync {
    /// Checks name and password. A success proves the password of the person in the material.
    async fn password(&self, origin: &Origin, attempt: PasswordAttempt<'_>) -> Result<PasswordChecked, PortError>;

    /// Takes a ticket, at most once. A success proves that the person in the material signed in to the domain, at the time that the
    /// ticket says; it is knowledge like the password, for which the domain took it.
    async fn ticket(&self, origin: &Origin, negotiation: &Negotiation) -> Result<Checked, PortError>;

    /// Changes a password for who knows the old one. A success proves the password, and voids what was proven before.
    async fn change_password(&self, origin: &Origin, change: PasswordChange<'_>) -> Result<PasswordChanged, PortError>;

    /// The person as they are now, disabled or not; `None` when they no longer exist.
    async fn person(&self, id: PersonId) -> Result<Option<Person>, PortError>;

    /// Whether a `login_hint` (login name, `login@realm`, mail address) means this person.
    async fn is_meant(&self, person: &Person, hint: &str) -> Result<bool, PortError>;
}
