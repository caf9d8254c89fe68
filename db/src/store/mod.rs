//! The tables that every part of Symbolon shares. One file per aggregate.

pub mod lease;
pub mod outbox;
pub mod revision;
pub mod sequence;
pub mod setting;

/// Every statement of these stores.
pub(crate) fn statements() -> Vec<&'static crate::Stmt> {
    [lease::STATEMENTS, outbox::STATEMENTS, revision::STATEMENTS, sequence::STATEMENTS, setting::STATEMENTS].concat()
}
