//! From questions to SQL. Everything that is no keyword of ours is a quoted name of a column that exists, or is bound.

use kernel::SecretText;

use super::columns::{Column, Columns, Kind};
use super::{Change, Expect, ForeignError, LONGEST, Name, Operator, Select, Statement, Table, Test};
use crate::stmt::Dialect;
use crate::value::Value;

/// A statement that grows.
struct Text<'a> {
    dialect: Dialect,
    columns: &'a Columns,
    sql: String,
    args: Vec<Value>,
}

/// `None` when no row can meet the tests.
pub(super) fn select(
    dialect: Dialect,
    table: &Table,
    columns: &Columns,
    select: &Select,
) -> Result<Option<Statement>, ForeignError> {
    let mut text = Text { dialect, columns, sql: "SELECT ".to_owned(), args: Vec::new() };
    for (at, name) in select.columns.iter().enumerate() {
        let column = text.column(name)?;
        let shown = text.as_text(column);
        text.push(if at > 0 { ", " } else { "" });
        // One more than the longest, so that what is too long can be told.
        text.push(&format!("SUBSTR({shown}, 1, {})", LONGEST + 1));
    }
    text.push(&format!(" FROM {}", table.quoted(dialect)));
    if !text.tests(&select.tests)? {
        return Ok(None);
    }
    for (at, name) in select.order.iter().enumerate() {
        let quoted = text.column(name)?.name.quoted(dialect);
        text.push(if at > 0 { ", " } else { " ORDER BY " });
        text.push(&quoted);
    }
    text.push(&format!(" LIMIT {}", select.most));
    Ok(Some(text.finish(Expect::Any)))
}

/// `None` when no row can meet the tests.
pub(super) fn count(
    dialect: Dialect,
    table: &Table,
    columns: &Columns,
    tests: &[Test],
) -> Result<Option<Statement>, ForeignError> {
    let ty = if dialect == Dialect::MySql { "CHAR" } else { "TEXT" };
    let sql = format!("SELECT CAST(COUNT(*) AS {ty}) FROM {}", table.quoted(dialect));
    let mut text = Text { dialect, columns, sql, args: Vec::new() };
    Ok(text.tests(tests)?.then(|| text.finish(Expect::Any)))
}

/// `None` when no row can meet the tests.
pub(super) fn change(
    dialect: Dialect,
    table: &Table,
    columns: &Columns,
    change: &Change,
) -> Result<Option<Statement>, ForeignError> {
    let table = table.quoted(dialect);
    let mut text = Text { dialect, columns, sql: String::new(), args: Vec::new() };
    let tests = match change {
        Change::Insert(values) => {
            let names = values.iter().map(|(name, _)| text.column(name).map(|column| column.name.quoted(dialect)));
            let names = names.collect::<Result<Vec<_>, _>>()?.join(", ");
            text.push(&format!("INSERT INTO {table} ({names}) VALUES ("));
            for (at, (name, value)) in values.iter().enumerate() {
                text.push(if at > 0 { ", " } else { "" });
                text.value(name, value.as_ref())?;
            }
            text.push(")");
            return Ok(Some(text.finish(Expect::Touched)));
        }
        Change::Update(values, tests) => {
            text.push(&format!("UPDATE {table} SET "));
            for (at, (name, value)) in values.iter().enumerate() {
                let quoted = text.column(name)?.name.quoted(dialect);
                text.push(if at > 0 { ", " } else { "" });
                text.push(&format!("{quoted} = "));
                text.value(name, value.as_ref())?;
            }
            tests
        }
        Change::Delete(tests) => {
            text.push(&format!("DELETE FROM {table}"));
            tests
        }
    };
    Ok(text.tests(tests)?.then(|| text.finish(Expect::Touched)))
}

impl<'a> Text<'a> {
    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn finish(self, expect: Expect) -> Statement {
        Statement { sql: self.sql, args: self.args, expect }
    }

    fn column(&self, name: &Name) -> Result<&'a Column, ForeignError> {
        let found = self.columns.find(name);
        found.ok_or_else(|| ForeignError::Failed(format!("the table has no column {}", name.as_str())))
    }

    /// Binds a value; the place for it.
    fn bind(&mut self, value: Value) -> String {
        self.args.push(value);
        if self.dialect == Dialect::Postgres { format!("${}", self.args.len()) } else { "?".to_owned() }
    }

    fn as_text(&self, column: &Column) -> String {
        let ty = if self.dialect == Dialect::MySql { "CHAR" } else { "TEXT" };
        format!("CAST({} AS {ty})", column.name.quoted(self.dialect))
    }

    /// A value of the type of a column.
    fn value(&mut self, name: &Name, value: Option<&SecretText>) -> Result<(), ForeignError> {
        let column = self.column(name)?;
        let place = self.bind(Value::Text(value.map(|value| value.expose().to_owned())));
        let typed = self.typed(column, place);
        self.push(&typed);
        Ok(())
    }

    fn typed(&self, column: &Column, place: String) -> String {
        if self.dialect == Dialect::Postgres { format!("CAST({place} AS {})", column.cast) } else { place }
    }

    /// Text in the form that the column is compared with. MySQL refuses to compare letters that the column cannot hold.
    fn comparable(&self, column: &Column, place: String) -> String {
        match column.cast.split_once('_') {
            Some((charset, _)) if self.dialect == Dialect::MySql => {
                format!("CONVERT({place} USING {charset}) COLLATE {}", column.cast)
            }
            _ => self.typed(column, place),
        }
    }

    /// Adds the conditions; whether any row can meet them.
    fn tests(&mut self, tests: &[Test]) -> Result<bool, ForeignError> {
        for (at, test) in tests.iter().enumerate() {
            self.push(if at > 0 { " AND " } else { " WHERE " });
            if !self.test(test)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn test(&mut self, test: &Test) -> Result<bool, ForeignError> {
        match test {
            Test::Is(name, value) => self.among(name, std::slice::from_ref(value)),
            Test::In(name, values) => self.among(name, values),
            Test::Like(name, pattern) => {
                let shown = self.as_text(self.column(name)?);
                let place = self.bind(Value::from(like(pattern)));
                self.push(&format!("LOWER({shown}) LIKE {place} ESCAPE '!'"));
                Ok(true)
            }
            Test::Empty(name) => {
                let column = self.column(name)?;
                let (quoted, shown) = (column.name.quoted(self.dialect), self.as_text(column));
                self.push(&format!("({quoted} IS NULL OR {shown} = '')"));
                Ok(true)
            }
            Test::Given(name) => {
                let shown = self.as_text(self.column(name)?);
                self.push(&format!("{shown} <> ''"));
                Ok(true)
            }
            Test::Holds(name, operator, value) => {
                let column = self.column(name)?;
                let place = self.bind(Value::from(value));
                let condition = match operator {
                    Operator::Like => format!("{} LIKE {place}", self.as_text(column)),
                    Operator::Equal => format!("{} = {}", column.name.quoted(self.dialect), self.typed(column, place)),
                    Operator::Greater => format!("{} > {}", column.name.quoted(self.dialect), self.typed(column, place)),
                    Operator::Less => format!("{} < {}", column.name.quoted(self.dialect), self.typed(column, place)),
                };
                self.push(&condition);
                Ok(true)
            }
        }
    }

    /// The column has one of the values; an index on it can be used.
    fn among(&mut self, name: &Name, values: &[String]) -> Result<bool, ForeignError> {
        let column = self.column(name)?;
        let mut places = Vec::with_capacity(values.len());
        for value in values.iter().filter(|value| !value.contains('\0')) {
            let bound = match column.kind {
                // What is no number is no value of such a column, but a database may find that `12x` is 12.
                Kind::Int => value.parse::<i64>().ok().filter(|n| n.to_string() == *value).map(Value::from),
                Kind::Uuid => is_uuid(value).then(|| Value::from(value)),
                Kind::Text | Kind::Other => Some(Value::from(value)),
            };
            let Some(bound) = bound else { continue };
            let place = self.bind(bound);
            places.push(match column.kind {
                Kind::Text => self.comparable(column, place),
                Kind::Uuid => self.typed(column, place),
                Kind::Int | Kind::Other => place,
            });
        }
        let left = if column.kind == Kind::Other { self.as_text(column) } else { column.name.quoted(self.dialect) };
        match places.as_slice() {
            [] => return Ok(false),
            [one] => self.push(&format!("{left} = {one}")),
            several => self.push(&format!("{left} IN ({})", several.join(", "))),
        }
        Ok(true)
    }
}

/// In the form in which databases show them.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
        })
}

/// The pattern with `*` for `LIKE ... ESCAPE '!'`. Databases do not agree about the case of letters beyond ASCII: they stand for any.
fn like(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    for c in pattern.to_lowercase().chars() {
        match c {
            '%' | '_' | '!' => out.extend(['!', c]),
            c if c == '*' || !c.is_ascii() => {
                if !out.ends_with('%') || out.ends_with("!%") {
                    out.push('%');
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, expected) in
            [("Ha*s", "ha%s"), ("50%_!", "50!%!_!!"), ("100%*", "100!%%"), ("J**Ü*x", "j%x"), ("ÄÖ", "%"), ("", "")]
        {
            assert_eq!(like(pattern), expected, "{pattern}");
        }
        assert!(is_uuid("3a2d1f00-0000-4000-8000-000000000001") && !is_uuid("3A2d1f00-0000-4000-8000-000000000001"));
    }
}
