//! Why an operation did not happen. One enum of meanings; class, stable code and the number of the wire format follow from it
//! in one place.

use db::{DbError, WriteError};
use kernel::{Class, Classified};
use keys::{Busy, SealError};

use super::params::ParamError;
use crate::policy::Fault;

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $number:literal, $class:ident, $name:literal;)+) => {
        /// The meaning of a failure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $code),+ }

        impl Code {
            /// The number of the wire format.
            pub const fn number(self) -> i64 {
                match self { $(Self::$code => $number),+ }
            }
            /// The class.
            pub const fn class(self) -> Class {
                match self { $(Self::$code => Class::$class),+ }
            }
            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name),+ }
            }
        }
    };
}

codes! {
    /// A parameter is missing or wrong.
    Parameter = 905, Invalid, "parameter";
    /// The person is not named.
    UserMissing = 9051, Invalid, "user_missing";
    /// The person does not exist or cannot be changed so.
    User = 904, Invalid, "user";
    /// Policies or missing rights forbid it.
    Policy = 303, Forbidden, "policy";
    /// What is named does not exist.
    NotFound = 601, NotFound, "not_found";
    /// It exists already, or changed meanwhile.
    Conflict = 602, Conflict, "conflict";
    /// A token cannot be managed so.
    TokenAdmin = 301, Invalid, "token_admin";
    /// The token is locked.
    TokenLocked = 1007, Invalid, "token_locked";
    /// No such kind of token.
    TokenKind = 1610, Invalid, "token_kind";
    /// The configuration cannot be changed so.
    ConfigAdmin = 302, Invalid, "config_admin";
    /// The enrolment cannot go on.
    Enrollment = 404, Invalid, "enrollment";
    /// A check could not be made.
    Validate = 401, Invalid, "validate";
    /// A resolver is wrong or does not answer.
    Resolver = 907, Invalid, "resolver";
    /// Who asks is not known.
    Authenticate = 403, Unauthenticated, "authenticate";
    /// Something about who was named; policy tells nobody what.
    Hidden = 403, Unauthenticated, "hidden";
    /// Name or secret is wrong.
    WrongCredentials = 4031, Unauthenticated, "wrong_credentials";
    /// Who asks has not the role.
    MissingRight = 4306, Unauthenticated, "missing_right";
    /// Too many attempts.
    Limited = 403, Limited, "limited";
    /// Something that we depend on does not answer.
    Unavailable = 903, Unavailable, "unavailable";
    /// Not possible with this resolver, kind or format.
    NotImplemented = -501, Invalid, "not_implemented";
    /// A fault of ours.
    Internal = -500, Internal, "internal";
}

/// An operation did not happen.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its meaning.
    pub code: Code,
    /// Text for the caller. Never says more than the caller may know.
    pub message: String,
    /// For the log only.
    pub inner: Option<String>,
    /// `detail` of the error document.
    pub detail: Option<Box<serde_json::Map<String, serde_json::Value>>>,
}

impl Failure {
    /// A failure with text for the caller.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), inner: None, detail: None }
    }

    /// A fault whose cause goes to the log; the caller learns nothing of it.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self { inner: Some(cause.to_string()), ..Self::new(Code::Internal, "An internal error has occurred.") }
    }

    /// The thing does not exist, or may not be seen.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(Code::NotFound, what)
    }

    /// A policy forbids it.
    pub fn policy(message: impl Into<String>) -> Self {
        Self::new(Code::Policy, message)
    }

    /// The person does not exist or cannot be changed so.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(Code::User, message)
    }
}

impl Classified for Failure {
    fn class(&self) -> Class {
        self.code.class()
    }
    fn code(&self) -> &'static str {
        self.code.name()
    }
}

impl From<ParamError> for Failure {
    fn from(e: ParamError) -> Self {
        Self::new(Code::Parameter, e.to_string())
    }
}

impl From<Fault> for Failure {
    fn from(e: Fault) -> Self {
        Self::policy(e.to_string())
    }
}

impl From<DbError> for Failure {
    fn from(e: DbError) -> Self {
        match e.class() {
            Class::Unavailable => {
                Self { inner: Some(e.to_string()), ..Self::new(Code::Unavailable, "The database does not answer at present.") }
            }
            // U+0000, text that is too long: what was sent, not what we are.
            Class::Invalid => Self { inner: Some(e.to_string()), ..Self::new(Code::Parameter, "A parameter cannot be stored.") },
            _ => Self::internal(e),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(e: WriteError) -> Self {
        match e {
            WriteError::Db(e) => e.into(),
            conflict => {
                let message = "Somebody else has changed this meanwhile. Please try again.";
                Self { inner: Some(conflict.to_string()), ..Self::new(Code::Conflict, message) }
            }
        }
    }
}

impl From<Busy> for Failure {
    fn from(_: Busy) -> Self {
        Self::new(Code::Limited, "Too many requests at present. Please try again in a moment.")
    }
}

impl From<SealError> for Failure {
    fn from(e: SealError) -> Self {
        Self::internal(e)
    }
}
