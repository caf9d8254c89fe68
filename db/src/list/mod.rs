//! Lists: the one place with composed SQL. Names of tables and columns are program text (`&'static str`), values are always
//! bound.
//!
//! ```no_run
//! # async fn f(db: &db::Db) -> Result<(), db::DbError> {
//! use db::list::{Filter, ListQuery, Order};
//! let list = ListQuery::new("token", &["id", "serial"])
//!     .filter(Filter::like("serial_folded", "totp*"))
//!     .filter(Filter::equals("active", true))
//!     .order_by("serial", Order::Ascending)
//!     .page(1, 15);
//! let (rows, count) = (list.rows(db).await?, list.count(db).await?);
//! # Ok(()) }
//! ```

mod filter;
#[cfg(test)]
mod tests;
mod wildcard;

use std::borrow::Cow;

use sea_query::{
    Asterisk, Expr, ExprTrait, Func, MysqlQueryBuilder, PostgresQueryBuilder, Query, SelectStatement, SqliteQueryBuilder,
};

pub use filter::Filter;

use crate::value::Value;
use crate::{Args, Db, DbError, Dialect, Row};

/// Values that one list may compare with: more is an attack or a mistake.
const MAX_VALUES: usize = 2000;

/// Which way a list goes. NULL comes before everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A list of one table's rows. Ties in the order are broken by the id column (the first of `columns`), so that pages never overlap.
#[derive(Clone)]
#[must_use = "a list does nothing until rows or count"]
pub struct ListQuery {
    table: &'static str,
    columns: &'static [&'static str],
    filters: Vec<Filter>,
    order: Option<&'static str>,
    nullable: bool,
    direction: Order,
    after: Option<(Option<Value>, Value)>,
    limit: Option<u64>,
    offset: u64,
}

impl ListQuery {
    /// All rows of `table`; `columns` begin with its unique id.
    pub fn new(table: &'static str, columns: &'static [&'static str]) -> Self {
        let direction = Order::Ascending;
        let filters = Vec::new();
        Self { table, columns, filters, order: None, nullable: false, direction, after: None, limit: None, offset: 0 }
    }

    /// Only rows that pass; all filters must.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// In the order of a column that is never NULL. Without it, in the order of the id.
    pub fn order_by(mut self, column: &'static str, direction: Order) -> Self {
        self.order = (column != self.id()).then_some(column);
        self.direction = direction;
        self
    }

    /// In the order of a column that may be NULL; NULL counts as smallest. Cannot be combined with [`ListQuery::after`].
    pub fn order_by_nullable(mut self, column: &'static str, direction: Order) -> Self {
        self.nullable = true;
        self.order_by(column, direction)
    }

    /// The page `page` (from 1) of pages with `size` rows. Far pages cost the database all the rows before them: where
    /// possible, go on with [`ListQuery::after`].
    pub fn page(mut self, page: u64, size: u64) -> Self {
        self.limit = Some(size);
        self.offset = page.saturating_sub(1).saturating_mul(size);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Goes on after the row with this value in the order column (`None` when ordered by id) and this id. It costs the same
    /// however far down the list it is.
    pub fn after(mut self, ordered: Option<Value>, id: impl Into<Value>) -> Self {
        self.after = Some((ordered, id.into()));
        self
    }

    /// The rows.
    ///
    /// # Errors
    /// [`DbError::Refused`] when a pattern or a set of values is too large; otherwise when the database fails.
    pub async fn rows(&self, db: &Db) -> Result<Vec<Row>, DbError> {
        let (sql, args) = self.select(db.dialect())?;
        db.fetch_text(Cow::Owned(sql), self.table, args).await
    }

    /// How many rows pass the filters, whatever the page.
    ///
    /// # Errors
    /// As [`ListQuery::rows`].
    pub async fn count(&self, db: &Db) -> Result<u64, DbError> {
        // The builder's tree may not be held across the wait: it is not Send.
        let (sql, args) = {
            let mut select = Query::select();
            select.from(self.table).expr(Func::count(Expr::col(Asterisk)));
            self.build(&mut select, db.dialect())?
        };
        let rows = db.fetch_text(Cow::Owned(sql), self.table, args).await?;
        rows.first().map_or(Ok(0), |row| row.get(0))
    }

    fn id(&self) -> &'static str {
        self.columns.first().copied().unwrap_or("id")
    }

    fn select(&self, dialect: Dialect) -> Result<(String, Args), DbError> {
        let direction = match self.direction {
            Order::Ascending => sea_query::Order::Asc,
            Order::Descending => sea_query::Order::Desc,
        };
        let mut select = Query::select();
        select.from(self.table).columns(self.columns.iter().copied());
        if let Some(column) = self.order {
            if self.nullable {
                let present = Expr::case(Expr::col(column).is_null(), 0).finally(1);
                select.order_by_expr(present.into(), direction.clone());
            }
            select.order_by(column, direction.clone());
        }
        select.order_by(self.id(), direction);
        if let Some((ordered, id)) = &self.after {
            select.and_where(self.beyond(ordered.as_ref(), id)?);
        }
        if let Some(limit) = self.limit {
            select.limit(limit);
        }
        if self.offset > 0 {
            select.offset(self.offset);
        }
        self.build(&mut select, dialect)
    }

    /// `column >= v AND (column > v OR id > i)`: the first half is what an index can use.
    fn beyond(&self, ordered: Option<&Value>, id: &Value) -> Result<Expr, DbError> {
        let refused = |what: &str| Err(DbError::Refused(what.to_owned(), self.table));
        let further = |column: &'static str, value: &Value| match self.direction {
            Order::Ascending => Expr::col(column).gt(filter::bound(value)),
            Order::Descending => Expr::col(column).lt(filter::bound(value)),
        };
        match (self.order, ordered) {
            (None, _) => Ok(further(self.id(), id)),
            (Some(_), _) if self.nullable => refused("a list ordered by a nullable column has pages only"),
            (Some(_), None) => refused("the position has no value for the ordered column"),
            (Some(column), Some(value)) => {
                let from = match self.direction {
                    Order::Ascending => Expr::col(column).gte(filter::bound(value)),
                    Order::Descending => Expr::col(column).lte(filter::bound(value)),
                };
                Ok(from.and(further(column, value).or(further(self.id(), id))))
            }
        }
    }

    fn build(&self, select: &mut SelectStatement, dialect: Dialect) -> Result<(String, Args), DbError> {
        let refused = |what: String| DbError::Refused(what, self.table);
        for filter in &self.filters {
            select.and_where(filter.expr(dialect).map_err(refused)?);
        }
        let (sql, values) = match dialect {
            Dialect::Sqlite => select.build(SqliteQueryBuilder),
            Dialect::Postgres => select.build(PostgresQueryBuilder),
            Dialect::MySql => select.build(MysqlQueryBuilder),
        };
        if values.0.len() > MAX_VALUES {
            return Err(refused(format!("more than {MAX_VALUES} values to compare with")));
        }
        let args = values.0.into_iter().map(filter::unbound).collect::<Result<_, _>>().map_err(refused)?;
        Ok((sql, args))
    }
}
