//! What a row must be like. Conditions are either true or false: a comparison with NULL is false, and its negation true.

use sea_query::extension::sqlite::SqliteExpr;
use sea_query::{Cond, Expr, ExprTrait, Func, LikeExpr, Query};

use super::wildcard;
use crate::Dialect;
use crate::value::Value;

/// A condition on the rows of one table. Made by its constructors.
#[derive(Clone)]
pub struct Filter(Kind);

#[derive(Clone)]
enum Kind {
    Equals(&'static str, Value),
    Like(&'static str, String),
    AnyOf(&'static str, Vec<Value>),
    AtLeast(&'static str, Value),
    Below(&'static str, Value),
    IsNull(&'static str),
    Within { column: &'static str, table: &'static str, other: &'static str, filters: Vec<Filter> },
    Not(Box<Filter>),
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

impl Filter {
    /// The column has this value; for a NULL value, it is NULL.
    pub fn equals(column: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        Self(if is_null(&value) { Kind::IsNull(column) } else { Kind::Equals(column, value) })
    }

    /// The text matches a pattern, in which `*` stands for any text and everything else for itself. Upper and lower case differ:
    /// compare folded patterns with folded columns.
    pub fn like(column: &'static str, pattern: &str) -> Self {
        if pattern.contains('*') { Self(Kind::Like(column, pattern.to_owned())) } else { Self::equals(column, pattern) }
    }

    /// The column has one of these values. None of them: no row.
    pub fn any_of<V: Into<Value>>(column: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        Self(Kind::AnyOf(column, values.into_iter().map(Into::into).collect()))
    }

    /// The column is this value or above.
    pub fn at_least(column: &'static str, value: impl Into<Value>) -> Self {
        Self(Kind::AtLeast(column, value.into()))
    }

    /// The column is below this value.
    pub fn below(column: &'static str, value: impl Into<Value>) -> Self {
        Self(Kind::Below(column, value.into()))
    }

    /// The column is NULL.
    pub fn is_null(column: &'static str) -> Self {
        Self(Kind::IsNull(column))
    }

    /// The column equals the column `other` of some row of `table` that passes `filters`.
    pub fn within(column: &'static str, table: &'static str, other: &'static str, filters: Vec<Filter>) -> Self {
        Self(Kind::Within { column, table, other, filters })
    }

    /// The filter does not hold.
    #[allow(clippy::should_implement_trait, reason = "`Filter::not(f)` reads as the others do")]
    pub fn not(filter: Filter) -> Self {
        Self(Kind::Not(Box::new(filter)))
    }

    /// All of them hold. None at all: true.
    pub fn all(filters: Vec<Filter>) -> Self {
        Self(Kind::All(filters))
    }

    /// Any of them holds. None at all: false.
    pub fn any(filters: Vec<Filter>) -> Self {
        Self(Kind::Any(filters))
    }

    /// The condition in the tree of the query builder; the error says what is too large.
    pub(super) fn expr(&self, dialect: Dialect) -> Result<Expr, String> {
        let many = |filters: &[Filter]| filters.iter().map(|f| f.expr(dialect)).collect::<Result<Vec<Expr>, String>>();
        Ok(match &self.0 {
            Kind::Equals(column, value) => Expr::col(*column).eq(bound(value)),
            Kind::Like(column, pattern) => like(column, pattern, dialect)?,
            Kind::AnyOf(column, values) => Expr::col(*column).is_in(values.iter().map(bound)),
            Kind::AtLeast(column, value) => Expr::col(*column).gte(bound(value)),
            Kind::Below(column, value) => Expr::col(*column).lt(bound(value)),
            Kind::IsNull(column) => Expr::col(*column).is_null(),
            Kind::Within { column, table, other, filters } => {
                let mut rows = Query::select();
                rows.from(*table).column(*other);
                for condition in many(filters)? {
                    rows.and_where(condition);
                }
                Expr::col(*column).in_subquery(rows)
            }
            Kind::Not(filter) => {
                let known = Func::coalesce([filter.expr(dialect)?, Expr::cust("FALSE")]);
                Expr::expr(known).not()
            }
            Kind::All(filters) if filters.is_empty() => Expr::cust("1 = 1"),
            Kind::Any(filters) if filters.is_empty() => Expr::cust("1 = 0"),
            Kind::All(filters) => many(filters)?.into_iter().fold(Cond::all(), Cond::add).into(),
            Kind::Any(filters) => many(filters)?.into_iter().fold(Cond::any(), Cond::add).into(),
        })
    }
}

/// SQLite's LIKE ignores the case of ASCII; its GLOB does not.
fn like(column: &'static str, pattern: &str, dialect: Dialect) -> Result<Expr, String> {
    wildcard::check(pattern)?;
    Ok(match dialect {
        Dialect::Sqlite => Expr::col(column).glob(wildcard::glob(pattern)),
        Dialect::Postgres | Dialect::MySql => {
            Expr::col(column).like(LikeExpr::new(wildcard::like(pattern)).escape(wildcard::ESCAPE))
        }
    })
}

fn is_null(value: &Value) -> bool {
    matches!(value, Value::Bool(None) | Value::Int(None) | Value::Text(None) | Value::Bytes(None))
}

/// Our value as one of the query builder.
pub(super) fn bound(value: &Value) -> Expr {
    match value.clone() {
        Value::Bool(b) => Expr::val(b),
        Value::Int(n) => Expr::val(n),
        Value::Text(text) => Expr::val(text),
        Value::Bytes(bytes) => Expr::val(bytes),
    }
}

/// And back. The builder makes limits and small numbers of its own.
pub(super) fn unbound(value: sea_query::Value) -> Result<Value, String> {
    use sea_query::Value as V;
    Ok(match value {
        V::Bool(b) => Value::Bool(b),
        V::Int(n) => Value::Int(n.map(i64::from)),
        V::BigInt(n) => Value::Int(n),
        V::BigUnsigned(n) => Value::Int(n.map(|n| i64::try_from(n).unwrap_or(i64::MAX))),
        V::String(text) => Value::Text(text),
        V::Bytes(bytes) => Value::Bytes(bytes),
        _ => return Err("a value of another kind".to_owned()),
    })
}
