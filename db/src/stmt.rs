//! Statements: SQL as static text, written once.

use std::sync::OnceLock;

/// A database that we speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL 13 or later.
    Postgres,
    /// MySQL 8 or MariaDB 10.6 or later.
    MySql,
}

impl Dialect {
    /// All of them, in the order of the migration folders.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];

    /// The name of its folder under `migrations/`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }
}

/// One SQL statement with `?` for each argument. Declared with [`statements!`](crate::statements), so that a test can prepare it
/// on every database.
pub struct Stmt {
    sql: &'static str,
    postgres: Option<&'static str>,
    mysql: Option<&'static str>,
    sqlite: Option<&'static str>,
    numbered: OnceLock<String>,
}

impl Stmt {
    /// A statement that every database understands.
    pub const fn new(sql: &'static str) -> Self {
        Self { sql, postgres: None, mysql: None, sqlite: None, numbered: OnceLock::new() }
    }

    /// What PostgreSQL gets instead (still with `?`).
    pub const fn postgres(mut self, sql: &'static str) -> Self {
        self.postgres = Some(sql);
        self
    }

    /// What MySQL and MariaDB get instead.
    pub const fn mysql(mut self, sql: &'static str) -> Self {
        self.mysql = Some(sql);
        self
    }

    /// What SQLite gets instead.
    pub const fn sqlite(mut self, sql: &'static str) -> Self {
        self.sqlite = Some(sql);
        self
    }

    /// The common text; names the statement in errors.
    pub const fn text(&self) -> &'static str {
        self.sql
    }

    /// The text for `dialect`, with `$1`, `$2`, ... for PostgreSQL.
    pub fn sql(&'static self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite | Dialect::MySql => self.unnumbered(dialect),
            Dialect::Postgres => self.numbered.get_or_init(|| number_from(self.unnumbered(dialect), &mut 0)),
        }
    }

    /// The text for `dialect`, as written.
    pub(crate) fn unnumbered(&self, dialect: Dialect) -> &'static str {
        let other = match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
            Dialect::MySql => self.mysql,
        };
        other.unwrap_or(self.sql)
    }
}

/// Replaces each `?` outside quotes by `$1`, `$2`, ..., counting on from `last`.
pub(crate) fn number_from(sql: &str, last: &mut usize) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut quoted = false;
    for c in sql.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                out.push(c);
            }
            '?' if !quoted => {
                *last += 1;
                out.push('$');
                out.push_str(&last.to_string());
            }
            _ => out.push(c),
        }
    }
    out
}

/// Declares the statements of a store and the list `STATEMENTS` of them all:
///
/// ```
/// db::statements! {
///     /// The token with this serial.
///     TOKEN_BY_SERIAL = "SELECT id, serial FROM token WHERE serial = ?";
///     /// Remembers a value (upserts differ between databases).
///     PUT = "INSERT INTO kv (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
///         mysql "INSERT INTO kv (k, v) VALUES (?, ?) ON DUPLICATE KEY UPDATE v = VALUES(v)";
/// }
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr $(, $dialect:ident $other:expr)* ;)+) => {
        $($(#[$doc])* pub(crate) static $name: $crate::Stmt = $crate::Stmt::new($sql)$(.$dialect($other))*;)+
        /// Every statement of this store.
        pub(crate) static STATEMENTS: &[&$crate::Stmt] = &[$(&$name),+];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_placeholders_outside_quotes() {
        assert_eq!(number_from("a = ? AND b = '?' AND c = ?", &mut 0), "a = $1 AND b = '?' AND c = $2");
    }
}
