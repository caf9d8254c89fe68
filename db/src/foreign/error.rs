//! What can go wrong at a database that is not ours.

use crate::remote::{Fault, Flavor, plain};

/// The step at which a database cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The name of the server has no address.
    Name,
    /// Nobody listens, or nobody lets us through.
    Connect,
    /// TLS.
    Tls,
    /// The account is refused.
    SignIn,
    /// There is no such database, or the account may not use it.
    Database,
    /// The file.
    File,
}

/// A question was not answered. The texts have no values of rows.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ForeignError {
    /// The database cannot be entered.
    #[error("{1}")]
    Closed(Stage, String),
    /// It does not answer, at present or in time.
    #[error("{0}")]
    Unavailable(String),
    /// It does not do what it is asked for: a table or column that is not there, a right that is missing.
    #[error("{0}")]
    Failed(String),
    /// It refuses a value or a row.
    #[error("{0}")]
    Refused(String),
    /// Not exactly one row is concerned.
    #[error("not exactly one row is concerned")]
    NotOne,
}

impl ForeignError {
    pub(super) fn late() -> Self {
        Self::Unavailable("no answer in time".to_owned())
    }

    /// Of a statement.
    pub(super) fn of<F: Flavor>(error: &sqlx::Error, sql: &str) -> Self {
        match error {
            sqlx::Error::Database(e) => match F::fault(&**e, sql) {
                Fault::Retry(text) | Fault::Gone(text) => Self::Unavailable(text),
                Fault::Constraint(name) => Self::Refused(format!("the rule {name} of the table forbids it")),
                Fault::Refused(what) => Self::Refused(what),
                Fault::Failed(text) => Self::Failed(text),
            },
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
                Self::Unavailable(plain(error))
            }
            other => Self::Failed(plain(other)),
        }
    }

    /// Of entering.
    pub(super) fn entering(error: &sqlx::Error) -> Self {
        let stage = match error {
            sqlx::Error::Database(e) => match e.code().as_deref() {
                // Unknown database, access to the database denied; in the words of PostgreSQL and of MySQL (SQLSTATE).
                Some("3D000" | "42000") => Stage::Database,
                Some("28P01" | "28000") => Stage::SignIn,
                // Full, starting or going: it may pass.
                _ => return Self::Unavailable(plain(error)),
            },
            sqlx::Error::Tls(_) => Stage::Tls,
            // What a certificate is refused for.
            sqlx::Error::Io(e) if e.kind() == std::io::ErrorKind::InvalidData => Stage::Tls,
            sqlx::Error::Configuration(e) => return Self::Closed(Stage::Tls, e.to_string()),
            _ => Stage::Connect,
        };
        Self::Closed(stage, plain(error))
    }
}
