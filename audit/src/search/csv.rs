//! Entries as lines of a CSV file: quoted with `'`, separated by commas.

use serde_json::Value;

use super::{COLUMNS, Found};

/// The line with the names of the columns.
pub fn header() -> String {
    line(COLUMNS.iter().map(|column| column.name.to_owned()))
}

/// The line of an entry.
pub fn row(found: &Found) -> String {
    line(COLUMNS.iter().map(|column| match (column.value)(found) {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }))
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let quoted = cells.map(|cell| format!("'{}'", cell.replace('\'', "''").replace(['\r', '\n'], " ")));
    let mut out = quoted.collect::<Vec<_>>().join(",");
    out.push('\n');
    out
}
