//! Reads: single statements outside any transaction.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, Executor, IntoArguments};

use super::fault::{Duty, Trouble, trouble};
use super::{Flavor, Remote};
use crate::error::{DbError, WriteError};
use crate::value::{Row, Value};

/// How often a read is tried when its connection breaks.
const ATTEMPTS: u32 = 3;

impl<F: Flavor> Remote<F>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    /// All rows. Tried again when the connection breaks: reading twice does no harm.
    pub(crate) async fn fetch(&self, sql: Cow<'static, str>, name: &'static str, args: &[Value]) -> Result<Vec<Row>, DbError> {
        self.fetch_between(None, sql, name, args).await
    }

    /// All rows, including whatever any node of the cluster had committed before.
    pub(crate) async fn fetch_causal(&self, sql: &'static str, name: &'static str, args: &[Value]) -> Result<Vec<Row>, DbError> {
        let around = F::CAUSAL.filter(|_| self.clustered);
        self.fetch_between(around, Cow::Borrowed(sql), name, args).await
    }

    async fn fetch_between(
        &self,
        around: Option<[&'static str; 2]>,
        sql: Cow<'static, str>,
        name: &'static str,
        args: &[Value],
    ) -> Result<Vec<Row>, DbError> {
        let mut attempt = 1;
        loop {
            let mut connection = if attempt == 1 { self.connection().await? } else { self.answering_connection().await? };
            let outcome = fetch_on::<F>(&mut connection, around, sql.clone(), name, args).await;
            match outcome {
                Ok(rows) => return Ok(rows),
                Err(Trouble::Again(e)) if attempt >= ATTEMPTS => return Err(e),
                Err(Trouble::Again(_)) => attempt += 1,
                Err(Trouble::Final(WriteError::Db(e))) => return Err(e),
                Err(Trouble::Final(e)) => return Err(DbError::Failed(e.to_string(), name)),
            }
            // It may be broken: it is not given back.
            drop(connection.detach());
        }
    }
}

/// Rows of one statement on a given connection, between two settings of the session.
async fn fetch_on<F: Flavor>(
    connection: &mut F::Connection,
    around: Option<[&'static str; 2]>,
    sql: Cow<'static, str>,
    name: &'static str,
    args: &[Value],
) -> Result<Vec<Row>, Trouble>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let arguments = F::bind(args.iter()).map_err(|what| Trouble::Final(DbError::Refused(what, name).into()))?;
    let failed = |e: sqlx::Error| trouble::<F>(&e, "", name, Duty::Transaction);
    if let Some([before, _]) = around {
        connection.execute(sqlx::raw_sql(before)).await.map_err(failed)?;
    }
    // Lists are composed: to keep each of their texts prepared would push the others out.
    let keep = matches!(sql, Cow::Borrowed(_));
    let query = sqlx::query_with::<F, _>(AssertSqlSafe(sql), arguments).persistent(keep);
    let found = query.fetch_all(&mut *connection).await;
    if let Some([_, after]) = around {
        connection.execute(sqlx::raw_sql(after)).await.map_err(failed)?;
    }
    let decode = |row: &F::Row| -> Result<Row, DbError> {
        let value = |column| F::decode(row, column).map_err(|what| DbError::Broken { statement: name, column, what });
        let values: Vec<Value> = (0..F::columns(row)).map(value).collect::<Result<_, _>>()?;
        Ok(Row { values: values.into(), statement: name })
    };
    let rows: Result<_, DbError> = found.map_err(failed)?.iter().map(decode).collect();
    rows.map_err(|e| Trouble::Final(e.into()))
}
