//! Why people cannot be looked up.

use std::sync::Arc;

use db::{DbError, WriteError};
use kernel::{Class, Classified};

use crate::operation::{Code, Failure};
use crate::resolvers::ResolverError;

/// Looking somebody up failed. That they do not exist is no error.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// A resolver cannot answer.
    #[error("resolver {0}: {1}")]
    Resolver(String, ResolverError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The database refused a row.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The error of a question that several asked together.
    #[error(transparent)]
    Shared(Arc<PeopleError>),
}

impl PeopleError {
    /// Whether a resolver could not be asked, or did not answer. That says nothing about whom it was asked for.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Resolver(_, e) => matches!(e, ResolverError::Unavailable(_) | ResolverError::Unclear(_)),
            Self::Shared(e) => e.is_outage(),
            Self::Db(_) | Self::Write(_) => false,
        }
    }
}

impl Classified for PeopleError {
    fn class(&self) -> Class {
        match self {
            Self::Resolver(_, e) => e.class(),
            Self::Db(e) => e.class(),
            Self::Write(e) => e.class(),
            Self::Shared(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Resolver(_, e) => e.code(),
            Self::Db(e) => e.code(),
            Self::Write(e) => e.code(),
            Self::Shared(e) => e.code(),
        }
    }
}

impl From<PeopleError> for Failure {
    fn from(e: PeopleError) -> Self {
        match e {
            PeopleError::Resolver(_, e) => e.into(),
            PeopleError::Db(e) => e.into(),
            PeopleError::Write(e) => e.into(),
            PeopleError::Shared(e) => match &*e {
                PeopleError::Resolver(_, e) => e.clone().into(),
                other if other.class() == Class::Unavailable => {
                    let text = "The database does not answer at present.";
                    Self { inner: Some(other.to_string()), ..Self::new(Code::Unavailable, text) }
                }
                other => Self::internal(other),
            },
        }
    }
}

impl Failure {
    /// A user store does not answer, so that nothing can be said about anybody. `inner` is for the log.
    pub fn outage(inner: impl Into<String>) -> Self {
        let text = "The user store does not answer at present.";
        Self { inner: Some(inner.into()), ..Self::new(Code::Unavailable, text) }
    }
}

impl From<ResolverError> for Failure {
    fn from(e: ResolverError) -> Self {
        match e {
            ResolverError::Unsupported(what) => Self::new(Code::NotImplemented, what),
            ResolverError::Parameters(what) => Self::new(Code::Parameter, what),
            ResolverError::Refused(what) => Self::user(what),
            ResolverError::WrongPassword => Self::user("The old password is wrong."),
            ResolverError::Unavailable(inner) | ResolverError::Unclear(inner) => Self::outage(inner),
            ResolverError::Busy(busy) => busy.into(),
            ResolverError::Internal(inner) => Self::internal(inner),
        }
    }
}
