//! What can go wrong around a flow. Refusals and wrong answers are no errors.

use std::time::Duration;

use db::{DbError, WriteError};
use kernel::{Class, Classified};
use keys::SealError;

use crate::ports::PortError;

/// The flow could not go on.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] WriteError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// What was sealed does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A stored form cannot be read or written.
    #[error("stored form: {0}")]
    Stored(#[from] serde_json::Error),
    /// Too many sign-ins are begun from there.
    #[error("too many sign-ins are begun")]
    Limited {
        /// When it may be tried again, if that may be told.
        retry_after: Option<Duration>,
    },
    /// The request is larger than is kept.
    #[error("the request is too large")]
    TooLarge,
    /// A rule of the house was broken; the flow stops rather than let somebody in.
    #[error("broken rule: {0}")]
    Broken(&'static str),
}

impl From<DbError> for LoginError {
    fn from(error: DbError) -> Self {
        Self::Db(error.into())
    }
}

impl Classified for LoginError {
    fn class(&self) -> Class {
        match self {
            Self::Db(e) => e.class(),
            Self::Port(e) => e.class(),
            Self::Seal(e) => e.class(),
            Self::Limited { .. } => Class::Limited,
            Self::TooLarge => Class::Invalid,
            Self::Stored(_) | Self::Broken(_) => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Db(e) => e.code(),
            Self::Port(e) => e.code(),
            Self::Seal(e) => e.code(),
            Self::Limited { .. } => "sign_in_limited",
            Self::TooLarge => "sign_in_too_large",
            Self::Stored(_) => "sign_in_stored",
            Self::Broken(_) => "sign_in_broken",
        }
    }
}
