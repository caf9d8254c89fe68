//! The database facade: the only crate that talks to a database.
//!
//! * SQL is written once, as static text with `?` ([`Stmt`], [`statements!`]); an override per dialect only where they truly
//!   differ.
//! * A change is a [`Batch`]: a list of statements that commit together or not at all. What a decision has read is repeated
//!   as a condition in a *guarded* statement that must touch exactly one row; if it does not, nothing of the batch happens
//!   and the caller decides again. There are no interactive transactions, hence no locks held across I/O.
//! * Reads are single statements outside any transaction.
//! * Rows are read by position, in the order of the SELECT list ([`Row::reader`]).
//! * Rows touched are rows *found* by the WHERE, changed or not, on every database.
//!
//! [`foreign`] is apart from all this: tables of accounts in databases that are not ours.
//!
//! To add a table: one migration file of the same name in each folder of `migrations/`, one `store` module in the crate that
//! owns the aggregate, its `statements!` block named in that crate's list.

mod batch;
mod error;
mod facade;
#[cfg(test)]
mod facade_tests;
pub mod foreign;
pub mod list;
pub mod migrate;
mod mysql;
mod postgres;
mod remote;
mod sqlite;
mod stmt;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod transport;
mod value;

pub use batch::{Batch, Expect, Step, Written};
pub use error::{DbError, OpenError, WriteError};
pub use facade::{Db, Limits};
pub use stmt::{Dialect, Stmt};
pub use store::sequence::Sequences;
pub use store::{lease, outbox, revision, sequence, setting};
pub use value::{Args, FromValue, Reader, Row, Value};

/// Every statement of this crate.
pub fn statements() -> Vec<&'static Stmt> {
    [migrate::STATEMENTS, &store::statements()].concat()
}
