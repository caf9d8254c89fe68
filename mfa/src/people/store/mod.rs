//! Rows of people: one file for each aggregate.

pub(crate) mod administrator;
pub(crate) mod attribute;
pub(crate) mod node;
pub(crate) mod person;
pub(crate) mod realm;
pub(crate) mod resolver;

/// Every statement.
pub(crate) fn statements() -> Vec<&'static db::Stmt> {
    [
        administrator::STATEMENTS,
        attribute::STATEMENTS,
        node::STATEMENTS,
        person::STATEMENTS,
        realm::STATEMENTS,
        resolver::STATEMENTS,
    ]
    .concat()
}
