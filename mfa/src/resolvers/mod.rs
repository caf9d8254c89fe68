//! Resolvers: where people live. One file for each kind and one line in the list below.
//!
//! A resolver answers in batches and never once for each row; what it holds is cached above it ([`People`](crate::people::People))
//! for at most [`Capabilities::staleness`]. Each stands behind a guard ([`Guarded`]) that bounds what it may take when its store is
//! slow or gone.

mod entraid;
pub(crate) mod guarded;
mod http;
mod internal;
mod internal_store;
mod keycloak;
mod ldap;
mod params;
mod passwd;
mod scim;
mod sql;
mod web;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::{Batch, Db, DbError};
use kernel::ids::RowId;
use kernel::outbound::Outbound;
use kernel::{Class, Classified, Clock, Entropy, SecretText, Timestamp};
use keys::{Busy, Keys, SealError};

pub use guarded::{Guarded, Health, Limits, State};
pub(crate) use params::is_secret;
pub use params::{CENSORED, Given, Param, ParamType, ParamValues, Preset};

use crate::people::Attributes;

/// A resolver cannot answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ResolverError {
    /// What it was asked for cannot be done here: the text says what.
    #[error("{0}")]
    Unsupported(&'static str),
    /// Its parameters are wrong.
    #[error("{0}")]
    Parameters(String),
    /// The request is wrong: a login that exists already, an attribute that it does not know.
    #[error("{0}")]
    Refused(String),
    /// Somebody who changes their password does not know the old one.
    #[error("The old password is wrong.")]
    WrongPassword,
    /// It does not answer.
    #[error("the resolver does not answer: {0}")]
    Unavailable(String),
    /// It answers, but does not say for certain whether somebody is there, or all that has to be known of them. For who asks it is an outage; of how the store is doing it
    /// tells nothing.
    #[error("the resolver does not tell for certain: {0}")]
    Unclear(String),
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl From<DbError> for ResolverError {
    fn from(e: DbError) -> Self {
        match e.class() {
            Class::Unavailable => Self::Unavailable(e.to_string()),
            _ => Self::Internal(e.to_string()),
        }
    }
}

impl From<SealError> for ResolverError {
    fn from(e: SealError) -> Self {
        Self::Internal(e.to_string())
    }
}

impl Classified for ResolverError {
    fn class(&self) -> Class {
        match self {
            Self::Unsupported(_) | Self::Parameters(_) | Self::Refused(_) | Self::WrongPassword => Class::Invalid,
            Self::Unavailable(_) | Self::Unclear(_) => Class::Unavailable,
            Self::Busy(_) => Class::Limited,
            Self::Internal(_) => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Unsupported(_) => "resolver_unsupported",
            Self::Parameters(_) => "resolver_parameters",
            Self::Refused(_) => "resolver_refused",
            Self::WrongPassword => "resolver_wrong_password",
            Self::Unavailable(_) => "resolver_unavailable",
            Self::Unclear(_) => "resolver_unclear",
            Self::Busy(_) => "resolver_busy",
            Self::Internal(_) => "resolver_internal",
        }
    }
}

/// One person as a resolver knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What never changes about them in this resolver.
    pub uid: String,
    /// The login name, as stored.
    pub login: String,
    /// Everything else.
    pub attributes: Attributes,
    /// Whether the store bars them.
    pub standing: Standing,
}

/// Whether a store bars somebody, whatever they know and have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The account is disabled.
    pub disabled: bool,
    /// The account ends then.
    pub expires: Option<Timestamp>,
}

impl Standing {
    /// Whether they may do nothing at this moment.
    pub fn bars(&self, now: Timestamp) -> bool {
        self.disabled || self.expires.is_some_and(|at| at <= now)
    }
}

/// What a search asks for. All conditions must hold; `*` stands for any characters; case is ignored.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Pairs of attribute (also `username` and `userid`) and pattern.
    pub conditions: Vec<(String, String)>,
}

impl Filter {
    /// Whether an entry meets all conditions.
    pub fn admits(&self, entry: &Entry) -> bool {
        self.conditions.iter().all(|(name, pattern)| match name.as_str() {
            "username" => wildcard(pattern, &entry.login),
            "userid" => wildcard(pattern, &entry.uid),
            name => match entry.attributes.get(name) {
                Some(value) => value.texts().iter().any(|text| wildcard(pattern, text)),
                None => pattern.bytes().all(|b| b == b'*'),
            },
        })
    }
}

/// Whether the text matches a pattern with `*`, whatever the case.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = &rest[at + middle.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

/// Which part of a result.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Entries to skip.
    pub skip: usize,
    /// Entries at most.
    pub limit: usize,
}

/// What a resolver can do.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// People can be created, changed and deleted through it.
    pub editable: bool,
    /// It can check passwords.
    pub passwords: bool,
    /// Login names that differ only in case are the same.
    pub folds_case: bool,
    /// How old what is remembered of it may be.
    pub staleness: Duration,
}

/// What came of checking a password.
#[derive(Clone, Default)]
pub struct PasswordCheck {
    /// Whether it is right and proves who they are.
    pub ok: bool,
    /// What else the store says. Other than a lock, it is said only to who knows the password.
    pub note: PasswordNote,
    /// What to write because of it, such as a newer hash.
    pub batch: Batch,
}

/// What a store says about a password beside right and wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordNote {
    /// Nothing.
    #[default]
    None,
    /// It is right, and expires after so long.
    Expires(Duration),
    /// It is right although it has expired; so many sign-ins are left.
    Grace(u32),
    /// It is right, but nothing may be done with it except to change it: `ok` is false. See [`Resolver::change_password`].
    MustChange(MustChange),
    /// The account is locked for a while or until somebody unlocks it; whether the password is right is not told.
    Locked,
    /// The password is right, but the account is disabled, has ended, or may not sign in now or from here.
    Barred,
    /// The password is right, but its store demands more, which only its own pages can do: another factor, a new password.
    Demands,
}

impl PasswordNote {
    /// What the log says of a password that did not let somebody in.
    pub const fn words(self) -> &'static str {
        match self {
            Self::None | Self::Expires(_) | Self::Grace(_) => "wrong credentials",
            Self::MustChange(MustChange::Expired) => "the password has expired",
            Self::MustChange(MustChange::Reset) => "the password must be changed",
            Self::Locked => "the account is locked in its store",
            Self::Barred => "the account is disabled in its store",
            Self::Demands => "the store of the account demands more than the password",
        }
    }
}

/// Why a password must be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MustChange {
    /// It is too old.
    Expired,
    /// Somebody else has set it.
    Reset,
}

/// Declares what stores may have against a new password.
macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident = $words:literal;)+) => {
        /// Why a store does not take a new password, where it says so in a way that we know.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum NewPasswordFault { $($(#[$doc])* $fault),+ }

        impl NewPasswordFault {
            /// The words of [`ResolverError::Refused`] for it.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$fault => $words),+ }
            }

            /// What these words mean.
            pub fn of(words: &str) -> Option<Self> {
                match words { $($words => Some(Self::$fault),)+ _ => None }
            }
        }
    };
}

faults! {
    /// The person may not change it.
    NotAllowed = "The password may not be changed.";
    /// It is not good enough.
    TooWeak = "The new password is not good enough.";
    /// It is too short.
    TooShort = "The new password is too short.";
    /// The last change was too short ago.
    TooSoon = "The password was changed too recently.";
    /// It was used before.
    Used = "The new password was used before.";
    /// It is too long.
    TooLong = "The new password is too long.";
}

/// A change of one person.
#[derive(Default)]
pub struct Change {
    /// Another login name.
    pub login: Option<String>,
    /// Another password.
    pub password: Option<SecretText>,
    /// Attributes to set, or to remove when `None`.
    pub attributes: Vec<(String, Option<crate::people::Attribute>)>,
}

/// A store of people. Reads answer from the store itself; caches are above.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// What it may take at most.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Whether its people live in our own database, so that an empty store is nothing odd.
    fn is_ours(&self) -> bool {
        false
    }

    /// Names of the attributes that it can deliver; searches and changes may use these.
    fn attributes(&self) -> Vec<String>;

    /// The person with this login name.
    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError>;

    /// The people with these uids, in any order; those who do not exist are left out. Of several, also those may be left out of whom
    /// the store does not say anything; who is asked for alone and is left out is certainly not there: sessions end because of it.
    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError>;

    /// Those of these uids who are there, for who would act on their absence: that somebody is not among them is certain. Somebody of
    /// whom the store tells something that cannot be used is there. It is an error where any part of the store could not be asked,
    /// or an answer may have been cut short.
    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        let _ = uids;
        Err(ResolverError::Unsupported("This resolver cannot say for certain who is not there."))
    }

    /// Everybody who meets the filter, ordered by login; with only the attributes named, if some are.
    async fn search(&self, filter: &Filter, page: Page, projection: Option<&[String]>) -> Result<Vec<Entry>, ResolverError>;

    /// Checks a password. Somebody who does not exist has no right one, and costs the same.
    async fn check_password(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError>;

    /// Adds a person; returns the uid. A store of our own adds to the batch; a foreign one has done it on return.
    async fn add(&self, batch: &mut Batch, login: &str, change: Change) -> Result<String, ResolverError> {
        let _ = (batch, login, change);
        Err(ResolverError::Unsupported("This resolver cannot be edited."))
    }

    /// Changes a person.
    async fn change(&self, batch: &mut Batch, uid: &str, change: Change) -> Result<(), ResolverError> {
        let _ = (batch, uid, change);
        Err(ResolverError::Unsupported("This resolver cannot be edited."))
    }

    /// Has a person change their own password, which proves itself by the old one: also one that must be changed. A wrong old one is
    /// [`ResolverError::WrongPassword`], whatever there is against the new one; that is [`ResolverError::Refused`], with the words
    /// of [`NewPasswordFault`] where they fit.
    async fn change_password(&self, uid: &str, old: &SecretText, new: &SecretText) -> Result<(), ResolverError> {
        let _ = (uid, old, new);
        Err(ResolverError::Unsupported("The password cannot be changed here."))
    }

    /// Removes a person.
    async fn remove(&self, batch: &mut Batch, uid: &str) -> Result<(), ResolverError> {
        let _ = (batch, uid);
        Err(ResolverError::Unsupported("This resolver cannot be edited."))
    }

    /// Tries whether it answers; the text is for people.
    async fn test(&self) -> Result<String, ResolverError>;
}

/// What resolvers are built on.
#[derive(Clone)]
pub struct Env {
    /// The database.
    pub db: Db,
    /// Sealing and password hashes.
    pub keys: Keys,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub chance: Entropy,
    /// The client for calls to others.
    pub outbound: Outbound,
}

/// Makes a resolver of a row and its parameters.
pub type Build = fn(RowId, &ParamValues, &Env) -> Result<Arc<dyn Resolver>, ResolverError>;

/// A kind of resolver.
pub struct ResolverKind {
    /// Its name in the wire format.
    pub name: &'static str,
    /// For people.
    pub description: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// Values for usual cases.
    pub presets: &'static [Preset],
    /// Makes one.
    pub build: Build,
}

/// Declares the kinds.
macro_rules! resolvers {
    ($($module:ident),+ $(,)?) => {
        /// Every kind of resolver.
        pub static KINDS: &[&ResolverKind] = &[$(&$module::KIND),+];
        /// Statements of all resolvers.
        pub(crate) fn statements() -> Vec<&'static db::Stmt> {
            [$($module::STATEMENTS),+].concat()
        }
    };
}

resolvers! { internal, passwd, ldap, sql, http, scim, entraid, keycloak }

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static ResolverKind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("hans", "Hans", true),
            ("hans", "hansi", false),
            ("h*", "hans", true),
            ("*s", "hans", true),
            ("h*n*s", "hans", true),
            ("h*s*s", "hans", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("a*a", "a", false),
            ("**a**", "bab", true),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn wildcards_agree_with_expressions(pattern in "[ab*]{0,6}", text in "[ab]{0,6}") {
            let regex = regex::Regex::new(&format!("^{}$", pattern.replace('*', ".*"))).unwrap();
            proptest::prop_assert_eq!(wildcard(&pattern, &text), regex.is_match(&text));
        }
    }
}
