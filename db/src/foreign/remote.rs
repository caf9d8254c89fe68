//! Statements on a server, each with a limit of time, and answers of bounded size.

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Executor, IntoArguments};

use super::connect::Entry;
use super::pool::Pool;
use super::{Bounds, Cells, Expect, ForeignError, LONGEST, MOST_BYTES, Server, Statement};
use crate::value::Value;

pub(super) struct Remote<F: Entry> {
    pool: Pool<F>,
}

impl<F: Entry> Remote<F>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    pub(super) fn new(server: Server, bounds: Bounds) -> Self {
        Self { pool: Pool::new(server, bounds) }
    }

    pub(super) fn pool(&self) -> &Pool<F> {
        &self.pool
    }

    /// Runs statements, in one transaction if something is changed; the rows of the last one. What only reads is tried on a
    /// new connection when a used one turns out to be broken.
    pub(super) async fn run(&self, statements: &[Statement]) -> Result<Vec<Cells>, ForeignError> {
        let changes = statements.iter().any(|statement| statement.expect != Expect::Any);
        let mut new = false;
        loop {
            let mut lent = self.pool.take(new).await?;
            let work = async {
                if changes {
                    together::<F>(&mut lent.connection, statements).await
                } else {
                    each::<F>(&mut lent.connection, statements).await
                }
            };
            let outcome = tokio::time::timeout(self.pool.bounds().patience, work).await;
            match outcome {
                Err(_) => return Err(ForeignError::late()),
                Ok(Err(ForeignError::Unavailable(_))) if !changes && lent.used => new = true,
                Ok(Err(e @ (ForeignError::Unavailable(_) | ForeignError::Closed(..)))) => return Err(e),
                Ok(answered) => {
                    lent.give_back();
                    return answered;
                }
            }
        }
    }

    /// Whether connections are encrypted; `None` when the server does not say.
    pub(super) async fn encrypted(&self) -> Result<Option<bool>, ForeignError> {
        let statement = Statement { sql: F::ENCRYPTED.to_owned(), args: Vec::new(), expect: Expect::Any };
        let rows = match self.run(&[statement]).await {
            Err(ForeignError::Failed(_)) => return Ok(None),
            other => other?,
        };
        let said = rows.into_iter().next().and_then(|row| row.into_iter().next_back());
        Ok(said.map(|said| said.is_some_and(|said| !matches!(said.as_str(), "" | "f" | "false"))))
    }
}

async fn each<F: Entry>(connection: &mut F::Connection, statements: &[Statement]) -> Result<Vec<Cells>, ForeignError>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let mut rows = Vec::new();
    for statement in statements {
        rows = one::<F>(connection, statement).await?;
    }
    Ok(rows)
}

async fn together<F: Entry>(connection: &mut F::Connection, statements: &[Statement]) -> Result<Vec<Cells>, ForeignError>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let mut tx = connection.begin().await.map_err(|e| ForeignError::of::<F>(&e, "BEGIN"))?;
    match each::<F>(&mut tx, statements).await {
        Ok(rows) => {
            let unknown = |e: sqlx::Error| {
                ForeignError::Unavailable(format!("{}; whether the change was made is not known", crate::remote::plain(&e)))
            };
            tx.commit().await.map_err(unknown)?;
            Ok(rows)
        }
        Err(e) => {
            // When even this fails, the connection is gone and the server undoes.
            let undone = tx.rollback().await;
            undone.map_err(|gone| ForeignError::of::<F>(&gone, "ROLLBACK"))?;
            Err(e)
        }
    }
}

async fn one<F: Entry>(connection: &mut F::Connection, statement: &Statement) -> Result<Vec<Cells>, ForeignError>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let arguments = F::bind(statement.args.iter()).map_err(ForeignError::Refused)?;
    let failed = |e: sqlx::Error| ForeignError::of::<F>(&e, &statement.sql);
    // Not kept prepared: between us and the server there may be a pooler that does not know sessions.
    let query = sqlx::query_with::<F, _>(AssertSqlSafe(statement.sql.clone()), arguments).persistent(false);
    if statement.expect == Expect::Touched {
        let touched = F::touched(&query.execute(connection).await.map_err(failed)?);
        return if touched == 1 { Ok(Vec::new()) } else { Err(ForeignError::NotOne) };
    }
    let mut stream = query.fetch(connection);
    let (mut rows, mut size) = (Vec::new(), 0);
    while let Some(row) = stream.try_next().await.map_err(failed)? {
        let cells: Cells = (0..F::columns(&row)).map(|column| text(F::decode(&row, column))).collect();
        size += cells.iter().flatten().map(String::len).sum::<usize>();
        if size > MOST_BYTES {
            return Err(ForeignError::Unavailable("the answer is too large".to_owned()));
        }
        rows.push(cells);
    }
    match statement.expect {
        Expect::Found if rows.len() != 1 => Err(ForeignError::NotOne),
        _ => Ok(rows),
    }
}

/// A value as text, if it is text of a sound length.
fn text(value: Result<Value, String>) -> Option<String> {
    let text = match value.ok()? {
        Value::Text(text) => text?,
        Value::Bytes(bytes) => String::from_utf8(bytes?).ok()?,
        Value::Int(number) => number?.to_string(),
        Value::Bool(flag) => flag?.to_string(),
    };
    sound(text)
}

/// Text that is not too long and has no NUL, which not every database can hold.
pub(super) fn sound(text: String) -> Option<String> {
    (text.len() <= LONGEST * 4 && text.chars().count() <= LONGEST && !text.contains('\0')).then_some(text)
}
