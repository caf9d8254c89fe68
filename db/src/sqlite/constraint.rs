//! Names of violated constraints. SQLite names the columns of a violated unique index, not the index, and foreign keys not at
//! all: the names are looked up, so that stores can match on them as with the other databases.

use rusqlite::{Connection, ErrorCode};

use crate::remote::table_of;

/// The constraint or unique index that refused a row, if that is what the error means. For NOT NULL it is the column.
pub(super) fn violated(connection: &Connection, error: &rusqlite::Error, sql: &str) -> Option<String> {
    let rusqlite::Error::SqliteFailure(code, Some(message)) = error else { return None };
    if code.code != ErrorCode::ConstraintViolation {
        return None;
    }
    let what = message.rsplit_once("failed: ").map_or("", |(_, rest)| rest);
    Some(match code.extended_code {
        rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY => format!("{}_pk", what.split('.').next().unwrap_or_default()),
        rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE => unique(connection, what).unwrap_or_else(|| what.to_owned()),
        rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY => foreign(connection, table_of(sql)),
        rusqlite::ffi::SQLITE_CONSTRAINT_NOTNULL => what.rsplit('.').next().unwrap_or_default().to_owned(),
        _ => what.to_owned(),
    })
}

/// From "table.column, table.column" to the index, or the named UNIQUE constraint in the table's text. An index on an
/// expression is named by SQLite itself.
fn unique(connection: &Connection, columns: &str) -> Option<String> {
    if let Some(name) = columns.strip_prefix("index '") {
        return Some(name.trim_end_matches('\'').to_owned());
    }
    let (table, _) = columns.split_once('.')?;
    let wanted: Vec<&str> = columns.split(", ").filter_map(|c| c.split_once('.').map(|(_, name)| name)).collect();
    let mut indexes = connection.prepare("SELECT name FROM pragma_index_list(?) WHERE \"unique\"").ok()?;
    let names: Vec<String> = indexes.query_map([table], |row| row.get(0)).ok()?.filter_map(Result::ok).collect();
    for name in names.into_iter().filter(|name| !name.starts_with("sqlite_autoindex")) {
        let mut info = connection.prepare("SELECT name FROM pragma_index_info(?) ORDER BY seqno").ok()?;
        let columns: Vec<String> = info.query_map([&name], |row| row.get(0)).ok()?.filter_map(Result::ok).collect();
        if columns == wanted {
            return Some(name);
        }
    }
    let matching = |c: &(String, String)| c.1.split(',').map(str::trim).eq(wanted.iter().copied());
    named(connection, table, "UNIQUE").into_iter().find(matching).map(|(name, _)| name)
}

/// The one named foreign key of the table; which of several is not to be known.
fn foreign(connection: &Connection, table: &str) -> String {
    match named(connection, table, "FOREIGN KEY").as_slice() {
        [(name, _)] => name.clone(),
        _ => "foreign_key".to_owned(),
    }
}

/// Names and columns of the table's constraints of one kind, from `CONSTRAINT name KIND (columns)`.
fn named(connection: &Connection, table: &str, kind: &str) -> Vec<(String, String)> {
    let query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?";
    let Ok(text) = connection.query_row(query, [table], |row| row.get::<_, String>(0)) else { return Vec::new() };
    let parts = text.split("CONSTRAINT ").skip(1);
    let parse = |part: &str| {
        let (name, rest) = part.split_once(char::is_whitespace)?;
        let columns = rest.trim_start().strip_prefix(kind)?.trim_start().strip_prefix('(')?.split(')').next()?;
        Some((name.to_owned(), columns.to_owned()))
    };
    parts.filter_map(parse).collect()
}
