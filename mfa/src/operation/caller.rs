//! Who asks.

use crate::people::Person;

/// An administrator who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// The name.
    pub name: String,
    /// The administrator realm; empty for local administrators.
    pub realm: String,
}

/// Who asks. The door has verified it; rights are read anew for every operation.
#[derive(Clone)]
pub enum Caller {
    /// Nobody in particular: a machine that checks a factor, somebody who signs in.
    Anonymous,
    /// A person, for themselves.
    Person(Person),
    /// An administrator.
    Admin(Administrator),
    /// A client of the API with a key of its own.
    Service(String),
    /// Who has the machine: the command line, and background jobs. Bound by no policy; named in the audit.
    Operator(String),
}

impl Caller {
    /// A local administrator of this name.
    pub fn local_admin(name: impl Into<String>) -> Self {
        Self::Admin(Administrator { name: name.into(), realm: String::new() })
    }
}
