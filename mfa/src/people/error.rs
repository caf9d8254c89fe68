//! Why people cannot be looked up.

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
}

impl Classified for PeopleError {
    fn class(&self) -> Class {
        match self {
            Self::Resolver(_, e) => e.class(),
            Self::Db(e) => e.class(),
            Self::Write(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Resolver(_, e) => e.code(),
            Self::Db(e) => e.code(),
            Self::Write(e) => e.code(),
        }
    }
}

impl From<PeopleError> for Failure {
    fn from(e: PeopleError) -> Self {
        match e {
            PeopleError::Resolver(_, e) => e.into(),
            PeopleError::Db(e) => e.into(),
            PeopleError::Write(e) => e.into(),
        }
    }
}

impl From<ResolverError> for Failure {
    fn from(e: ResolverError) -> Self {
        match e {
            ResolverError::Unsupported(what) => Self::new(Code::NotImplemented, what),
            ResolverError::Parameters(what) => Self::new(Code::Parameter, what),
            ResolverError::Refused(what) => Self::user(what),
            ResolverError::Unavailable(inner) => {
                Self { inner: Some(inner), ..Self::new(Code::Unavailable, "The user store does not answer at present.") }
            }
            ResolverError::Busy(busy) => busy.into(),
            ResolverError::Internal(inner) => Self::internal(inner),
        }
    }
}
