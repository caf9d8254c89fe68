//! Names of tables and columns that come from a configuration.

use std::fmt;

use crate::stmt::Dialect;

/// Longer than any database has them.
const LONGEST: usize = 128;

/// The name of a column, a table or a schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// Any text without control characters, up to 128 bytes; `None` for everything else.
    pub fn new(text: &str) -> Option<Self> {
        let sound = !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
        sound.then(|| Self(text.to_owned()))
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in SQL.
    pub(super) fn quoted(&self, dialect: Dialect) -> String {
        // SQLite takes a double-quoted name that is no column for text.
        let mark = if dialect == Dialect::Postgres { '"' } else { '`' };
        let mut out = String::with_capacity(self.0.len() + 2);
        out.push(mark);
        for c in self.0.chars() {
            if c == mark {
                out.push(mark);
            }
            out.push(c);
        }
        out.push(mark);
        out
    }
}

/// A table, perhaps in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(super) schema: Option<Name>,
    pub(super) name: Name,
}

impl Table {
    /// `[schema.]table`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().split_once('.') {
            Some((schema, name)) => Some(Self { schema: Some(Name::new(schema)?), name: Name::new(name)? }),
            None => Some(Self { schema: None, name: Name::new(text.trim())? }),
        }
    }

    pub(super) fn quoted(&self, dialect: Dialect) -> String {
        let name = self.name.quoted(dialect);
        self.schema.as_ref().map_or_else(|| name.clone(), |schema| format!("{}.{name}", schema.quoted(dialect)))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{}.{}", schema.0, self.name.0),
            None => f.write_str(&self.name.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        let name = Name::new("a\"b`c").unwrap();
        assert_eq!(name.quoted(Dialect::Postgres), "\"a\"\"b`c\"");
        assert_eq!(name.quoted(Dialect::MySql), "`a\"b``c`");
        assert_eq!(name.quoted(Dialect::Sqlite), "`a\"b``c`");
        assert_eq!(Table::parse("s.t").unwrap().quoted(Dialect::Postgres), "\"s\".\"t\"");
        let long = "x".repeat(129);
        for wrong in ["", "a\0b", "a\nb", long.as_str()] {
            assert!(Name::new(wrong).is_none(), "{wrong:?}");
        }
        assert!(Table::parse("").is_none() && Table::parse("a.").is_none() && Table::parse(".b").is_none());
    }
}
