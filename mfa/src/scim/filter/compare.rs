//! One comparison.

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Op;
use crate::scim::Object;
use crate::scim::path::Path;
use crate::scim::schema::{Attr, Type};

/// Whether the comparison holds for one of the values; `ne` holds when none is equal.
pub(super) fn holds(path: &Path, op: Op, literal: &Value, resource: &Object) -> bool {
    let Some(leaf) = path.leaf() else { return false };
    let values = path.leaves(resource);
    match op {
        Op::Ne => !values.iter().any(|value| compares(leaf, value, Op::Eq, literal)),
        _ => values.iter().any(|value| compares(leaf, value, op, literal)),
    }
}

fn compares(leaf: &Attr, value: &Value, op: Op, literal: &Value) -> bool {
    match (value, literal) {
        (Value::String(value), Value::String(literal)) if leaf.ty == Type::Moment && !matches!(op, Op::Co | Op::Sw | Op::Ew) => {
            match (moment(value), moment(literal)) {
                (Some(value), Some(literal)) => ordered(op, value.cmp(&literal)),
                _ => false,
            }
        }
        (Value::String(value), Value::String(literal)) if leaf.exact => text(op, value, literal),
        (Value::String(value), Value::String(literal)) => text(op, &value.to_lowercase(), &literal.to_lowercase()),
        (Value::Bool(value), Value::Bool(literal)) => op == Op::Eq && value == literal,
        _ => false,
    }
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn text(op: Op, value: &str, literal: &str) -> bool {
    match op {
        Op::Co => value.contains(literal),
        Op::Sw => value.starts_with(literal),
        Op::Ew => value.ends_with(literal),
        _ => ordered(op, value.cmp(literal)),
    }
}

fn ordered(op: Op, order: Ordering) -> bool {
    match op {
        Op::Eq => order == Ordering::Equal,
        Op::Gt => order == Ordering::Greater,
        Op::Ge => order != Ordering::Less,
        Op::Lt => order == Ordering::Less,
        Op::Le => order != Ordering::Greater,
        Op::Ne | Op::Co | Op::Sw | Op::Ew => false,
    }
}
