//! Why a database cannot be brought up to date, in words for who has to mend it.

use kernel::{Class, Classified};

use crate::{DbError, WriteError};

/// The database was not migrated, or not completely.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Made by a later version of Symbolon.
    #[error(
        "the database is newer than this program (it has {0}): use the version of Symbolon that made it, or restore a backup"
    )]
    Newer(String),
    /// An applied file has other contents now.
    #[error("migration {0} was applied from a file with other contents: this database was made by another build of Symbolon")]
    Changed(String),
    /// A migration began and did not finish, on a database that cannot undo changes of its schema.
    #[error(
        "migration {0} was begun and did not finish: restore the database from the backup taken before it, then migrate again"
    )]
    Unfinished(String),
    /// Only [`Status::ready`](super::Status::ready): not migrated yet.
    #[error("the database is older than this program (it lacks {0}): run `symbolon migrate`")]
    Pending(String),
    /// The copy that is taken first could not be made.
    #[error("the database could not be copied before migrating it, so nothing was changed: {0}")]
    Backup(DbError),
    /// A file failed.
    #[error("migration {file} failed: {error}{}", if *half_done {
        "; this database cannot undo changes of its schema: restore the backup taken before it, then migrate again"
    } else {
        "; it was undone"
    })]
    Failed {
        /// Folder and name.
        file: String,
        /// What the database said.
        error: Box<WriteError>,
        /// Whether parts of it may have been applied.
        half_done: bool,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Classified for MigrateError {
    fn class(&self) -> Class {
        match self {
            Self::Db(e) | Self::Backup(e) => e.class(),
            Self::Newer(_) | Self::Changed(_) | Self::Unfinished(_) | Self::Pending(_) | Self::Failed { .. } => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Newer(_) => "schema_newer",
            Self::Changed(_) => "schema_changed",
            Self::Unfinished(_) => "schema_unfinished",
            Self::Pending(_) => "schema_pending",
            Self::Backup(_) => "schema_backup",
            Self::Failed { .. } => "schema_failed",
            Self::Db(e) => e.code(),
        }
    }
}
