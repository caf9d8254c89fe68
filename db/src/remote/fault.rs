//! What went wrong, and whether the same may be tried again.

use super::Flavor;
use crate::error::{DbError, WriteError};

/// What an error of the database means.
pub(crate) enum Fault {
    /// Nothing has happened; the same again may succeed.
    Retry(String),
    /// The server is going, gone, or full.
    Gone(String),
    /// A named constraint.
    Constraint(String),
    /// A value that no column can hold.
    Refused(String),
    /// Anything else.
    Failed(String),
}

/// A statement that did not succeed: where it stands decides whether it may be tried again.
pub(super) enum Trouble {
    Again(DbError),
    Final(WriteError),
}

/// What a lost connection means for a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// It may have been committed.
    Autocommit,
    /// The server undoes it.
    Transaction,
    /// It may have been committed.
    Commit,
}

/// Judges an error of a statement that has this duty.
pub(super) fn trouble<F: Flavor>(error: &sqlx::Error, sql: &str, name: &'static str, duty: Duty) -> Trouble {
    let fault = match error {
        sqlx::Error::Database(e) => F::fault(&**e, sql),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
            Fault::Gone(plain(error))
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            return Trouble::Final(DbError::Unavailable(plain(error)).into());
        }
        other => Fault::Failed(plain(other)),
    };
    match fault {
        Fault::Retry(text) => Trouble::Again(DbError::Unavailable(text)),
        Fault::Gone(text) if duty == Duty::Transaction => Trouble::Again(DbError::Unavailable(text)),
        Fault::Gone(text) => {
            Trouble::Final(DbError::Unavailable(format!("{text}; whether the change was made is not known")).into())
        }
        Fault::Constraint(constraint) => Trouble::Final(WriteError::Constraint(constraint)),
        Fault::Refused(what) => Trouble::Final(DbError::Refused(what, name).into()),
        Fault::Failed(text) => Trouble::Final(DbError::Failed(text, name).into()),
    }
}

/// The error in words, without anything that came from the URL or from arguments.
pub(crate) fn plain(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(e) => e.message().to_owned(),
        sqlx::Error::Configuration(_) => "the URL is not valid".to_owned(),
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        other => other.to_string(),
    }
}
