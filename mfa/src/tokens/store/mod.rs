//! Tokens in the database. Three kinds of write, each guarded by what the decision read:
//!
//! * [`spend`] and [`fail`]: what a check changes (counter, fail counter, use counters). They do not raise `version`, so
//!   that checks and administration do not hinder each other without need, but they repeat it: a PIN changed meanwhile
//!   undoes the check.
//! * [`save`]: what administration changes. Raises `version`.
//! * [`insert`] and [`delete`].

pub(crate) mod enrolment;
pub(crate) mod list;
pub(crate) mod owned;
mod read;
pub(crate) mod turn;
mod write;

pub(crate) use read::{by_person, by_serial, count_of_realm, unfinished};
pub(crate) use write::{Failure, Success, delete, fail, insert, rekey, reset_failcount, resync, save, spend};

/// Every statement of this store.
pub(crate) fn statements() -> Vec<&'static db::Stmt> {
    [enrolment::STATEMENTS, owned::STATEMENTS, read::STATEMENTS, turn::STATEMENTS, write::STATEMENTS].concat()
}
