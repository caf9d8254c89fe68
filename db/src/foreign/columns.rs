//! What the database says about the columns of the table.

use super::{Cells, Expect, Name, Statement, Table};
use crate::args;
use crate::stmt::Dialect;

/// How values of a column are compared with text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As text.
    Text,
    /// As whole numbers.
    Int,
    /// As UUIDs.
    Uuid,
    /// As the text that the database makes of them.
    Other,
}

/// A column that exists.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: Name,
    pub(super) kind: Kind,
    /// The type that a value is cast to (PostgreSQL), or the collation in which text is compared (MySQL); may be empty.
    pub(super) cast: String,
}

/// All columns.
#[derive(Debug)]
pub(super) struct Columns {
    all: Vec<Column>,
}

const POSTGRES: &str = "SELECT CAST(a.attname AS TEXT), CAST(t.typname AS TEXT), CAST(t.typcategory AS TEXT), \
     pg_catalog.format_type(t.oid, NULL), CAST(t.typtype AS TEXT) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     WHERE a.attrelid = CAST(pg_catalog.to_regclass($1) AS oid) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// The question that [`Columns::read`] understands the answer of.
pub(super) fn question(dialect: Dialect, table: &Table) -> Statement {
    let (sql, args) = match dialect {
        Dialect::Postgres => (POSTGRES.to_owned(), args![table.quoted(dialect)]),
        Dialect::MySql => (format!("SHOW FULL COLUMNS FROM {}", table.quoted(dialect)), args![]),
        Dialect::Sqlite => {
            let schema = table.schema.as_ref().map_or("main", Name::as_str);
            ("SELECT name, type FROM pragma_table_info(?, ?)".to_owned(), args![table.name.as_str(), schema])
        }
    };
    Statement { sql, args, expect: Expect::Any }
}

impl Columns {
    pub(super) fn read(dialect: Dialect, rows: Vec<Cells>) -> Self {
        Self { all: rows.into_iter().filter_map(|row| column(dialect, &row)).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The column of this name; in another case only if there is no doubt.
    pub(super) fn find(&self, name: &Name) -> Option<&Column> {
        if let Some(exact) = self.all.iter().find(|column| column.name == *name) {
            return Some(exact);
        }
        let mut alike = self.all.iter().filter(|column| column.name.as_str().eq_ignore_ascii_case(name.as_str()));
        alike.next().filter(|_| alike.next().is_none())
    }
}

fn column(dialect: Dialect, row: &Cells) -> Option<Column> {
    let text = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
    let name = Name::new(text(0))?;
    let ty = text(1).to_ascii_lowercase();
    let (kind, cast) = match dialect {
        Dialect::Postgres => postgres(&ty, text(2), text(3), text(4) == "d"),
        Dialect::MySql => (mysql(&ty), collation(text(2)).to_owned()),
        Dialect::Sqlite => (sqlite(&ty), String::new()),
    };
    Some(Column { name, kind, cast })
}

fn postgres(ty: &str, category: &str, formatted: &str, is_domain: bool) -> (Kind, String) {
    match ty {
        "int2" | "int4" | "int8" => (Kind::Int, formatted.to_owned()),
        "uuid" => (Kind::Uuid, formatted.to_owned()),
        "text" | "varchar" | "name" => (Kind::Text, "text".to_owned()),
        // `character` without a length would cut to one.
        "bpchar" => (Kind::Text, "bpchar".to_owned()),
        // What the rule of a domain refuses is nobody's name, and no error.
        _ if category == "S" && is_domain => (Kind::Text, "text".to_owned()),
        _ if category == "S" => (Kind::Text, formatted.to_owned()),
        _ => (Kind::Other, formatted.to_owned()),
    }
}

fn mysql(ty: &str) -> Kind {
    let word = ty.split(['(', ' ']).next().unwrap_or_default();
    match word {
        "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" => Kind::Int,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" => Kind::Text,
        "uuid" => Kind::Uuid,
        _ => Kind::Other,
    }
}

/// The name of a collation, if it is one that may stand in a statement.
fn collation(name: &str) -> &str {
    let plain = name.contains('_') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain { name } else { "" }
}

/// As SQLite finds the affinity of a column.
fn sqlite(ty: &str) -> Kind {
    match () {
        () if ty.contains("int") => Kind::Int,
        () if ["char", "clob", "text"].iter().any(|word| ty.contains(word)) => Kind::Text,
        () => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_case_counts_without_doubt_only() {
        let rows = ["Login", "uid", "UID", "Mail"].map(|name| vec![Some(name.to_owned()), Some("text".to_owned())]);
        let columns = Columns::read(Dialect::Sqlite, rows.to_vec());
        let find = |name: &str| columns.find(&Name::new(name).unwrap()).map(|column| column.name.as_str());
        assert_eq!((find("login"), find("uid"), find("UID")), (Some("Login"), Some("uid"), Some("UID")));
        assert_eq!((find("Uid"), find("mail "), find("x")), (None, None, None));
    }
}
