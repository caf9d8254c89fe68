//! What is wrong with a configuration, said once for all.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `section.key`, or the name of a file.
    pub at: String,
    /// What is wrong; never contains the value of a secret.
    pub what: String,
    /// How to mend it.
    pub mend: String,
    /// Where the value came from, such as `symbolon.toml` or `the environment`.
    pub from: Option<String>,
}

/// Everything that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem whose origin is not known.
    pub fn add(&mut self, at: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) {
        self.push(Problem { at: at.into(), what: what.into(), mend: mend.into(), from: None });
    }

    /// Adds a problem.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "the configuration has a problem:")?,
            n => writeln!(f, "the configuration has {n} problems:")?,
        }
        for problem in &self.0 {
            write!(f, "  {}: {}", problem.at, problem.what)?;
            if let Some(from) = &problem.from {
                write!(f, " (from {from})")?;
            }
            writeln!(f, "\n    -> {}", problem.mend)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
