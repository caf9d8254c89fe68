//! Errors for people: what is wrong, where, and how to mend it.

use std::fmt;

use kernel::{Class, Classified};

use crate::config::Problems;

/// A verb did not do what it was asked for.
#[derive(Debug)]
pub struct CliError {
    /// Exit code.
    pub exit: u8,
    /// What is wrong.
    pub what: String,
    /// How to mend it, where that is known.
    pub mend: Option<String>,
}

impl CliError {
    /// Refused or failed.
    pub fn failed(what: impl Into<String>) -> Self {
        Self { exit: 1, what: what.into(), mend: None }
    }

    /// Wrong usage.
    pub fn usage(what: impl Into<String>) -> Self {
        Self { exit: 2, what: what.into(), mend: None }
    }

    /// Says how to mend it.
    #[must_use]
    pub fn mend(mut self, how: impl Into<String>) -> Self {
        self.mend = Some(how.into());
        self
    }

    /// An error of a library.
    pub fn of(error: &(dyn Classified + '_)) -> Self {
        let exit = if error.class() == Class::Unavailable { 4 } else { 1 };
        Self { exit, what: error.to_string(), mend: mend_of(error.code()).map(str::to_owned) }
    }
}

/// What to do about errors that everybody meets sooner or later, by their stable code.
fn mend_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "not_initialised" => "name another --data-dir, or run `symbolon init`",
        "already_initialised" => "`symbolon admin add` adds administrators, `symbolon admin password` sets a password",
        "database_open" => "look at database.url (`symbolon config show`) and whether the server behind it runs",
        "schema_newer" => "run the newer program, or restore the backup from before it",
        _ => return None,
    })
}

impl<E: Classified> From<E> for CliError {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

impl From<Problems> for CliError {
    fn from(problems: Problems) -> Self {
        Self { exit: 3, what: problems.to_string().trim_end().to_owned(), mend: None }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        match &self.mend {
            Some(mend) => write!(f, "\n  -> {mend}"),
            None => Ok(()),
        }
    }
}
