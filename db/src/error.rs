//! What can go wrong at the database, in its terms. Stores turn constraint names into errors of their domain.

use kernel::{Class, Classified};

/// The database failed, or holds a row that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The statement failed. The text of the database follows; it contains no arguments.
    #[error("database: {0} (statement: {1})")]
    Failed(String, &'static str),
    /// A column holds what it must not.
    #[error("broken row: column {column} of `{statement}`: {what}")]
    Broken {
        /// The statement that read it.
        statement: &'static str,
        /// Position in the SELECT list, from 0.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// The database cannot hold a value: text that is too long or contains U+0000, a number out of range.
    #[error("value refused: {0} (statement: {1})")]
    Refused(String, &'static str),
    /// The database cannot take more work at present, or has gone. A change may or may not have happened only where the text
    /// says so.
    #[error("database unavailable: {0}")]
    Unavailable(String),
}

impl Classified for DbError {
    fn class(&self) -> Class {
        match self {
            Self::Unavailable(_) => Class::Unavailable,
            Self::Refused(..) => Class::Invalid,
            Self::Failed(..) | Self::Broken { .. } => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "database_unavailable",
            Self::Failed(..) => "database_failed",
            Self::Refused(..) => "value_refused",
            Self::Broken { .. } => "database_broken_row",
        }
    }
}

/// A batch did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A guarded statement did not touch exactly one row: the state that the decision read has changed. The label names it.
    #[error("changed meanwhile: {0}")]
    Guard(&'static str),
    /// A named constraint or unique index refused a row.
    #[error("constraint {0}")]
    Constraint(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl WriteError {
    /// Whether this is the violation of the constraint or unique index `name`.
    pub fn violates(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(c) if c == name)
    }
}

impl Classified for WriteError {
    fn class(&self) -> Class {
        match self {
            Self::Guard(_) | Self::Constraint(_) => Class::Conflict,
            Self::Db(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Guard(_) => "changed_meanwhile",
            Self::Constraint(_) => "constraint",
            Self::Db(e) => e.code(),
        }
    }
}

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no database that we know.
    #[error("`{0}:` is no database URL; use sqlite:PATH, postgres://USER@HOST/NAME or mysql://USER@HOST/NAME")]
    Scheme(String),
    /// It does not answer or refuses us.
    #[error("cannot open the database: {0}")]
    Failed(String),
}
