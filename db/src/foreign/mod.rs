//! One table in a database that is not ours: a table of accounts that an administrator has named.
//!
//! * Names of table and columns come from a configuration. They are quoted in the way of the database, and a column is used only if
//!   the database says that it has one of this name. Operators are values of ours, everything else is bound: no text that somebody
//!   typed becomes SQL.
//! * Values travel as text, whatever the type of their column; a value above [`LONGEST`] characters is left out, not cut.
//! * The database is not trusted with our time or memory: each step has a limit of time, answers have one of size, connections are
//!   few and ours alone. Whoever may not change anything has sessions that cannot.
//! * Equality is a matter of the database: a collation may know no case, or no accents. [`Test::Is`] may therefore find more than was
//!   asked for, and so may [`Test::Like`]; who asks compares again.

mod columns;
mod compose;
mod connect;
mod error;
mod file;
mod name;
mod pool;
mod probe;
mod remote;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::SecretText;
use sqlx::{MySql, Postgres};

use crate::stmt::Dialect;
use crate::value::Value;
use columns::Columns;

pub use error::{ForeignError, Stage};
pub use name::{Name, Table};
pub use probe::Way;

/// Characters of a value at most.
pub const LONGEST: usize = 16 * 1024;
/// Bytes of all values of one answer at most.
const MOST_BYTES: usize = 64 << 20;

/// Where a server is, and how it is to be entered.
#[derive(Clone)]
pub struct Server {
    /// PostgreSQL or MySQL.
    pub dialect: Dialect,
    /// Name or address.
    pub host: String,
    /// The usual one without it.
    pub port: Option<u16>,
    /// A socket in the file system (a directory for PostgreSQL) in place of host and port.
    pub socket: Option<PathBuf>,
    /// The database.
    pub database: String,
    /// The account.
    pub user: String,
    /// Its password.
    pub password: SecretText,
    /// How the connection is protected.
    pub tls: Tls,
    /// Settings of sessions (PostgreSQL), such as `search_path`.
    pub settings: Vec<(String, String)>,
}

/// How a connection is protected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// What is demanded.
    pub demand: Demand,
    /// A file with the certificates that are trusted.
    pub authority: Option<PathBuf>,
    /// Files with a certificate of our own and its key.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// What is demanded of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Demand {
    /// No encryption.
    Never,
    /// Encryption where the server has it.
    #[default]
    Perhaps,
    /// Encryption, with whoever answers.
    Always,
    /// A certificate that is trusted, for whomever it was made.
    Authority,
    /// A certificate that is trusted, made for this name.
    Name,
}

/// An SQLite database.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path.
    pub path: PathBuf,
    /// A file that it must not be: our own database.
    pub never: Option<PathBuf>,
}

/// Where the table is.
#[derive(Clone)]
pub enum Place {
    /// On a server.
    Server(Server),
    /// In a file.
    File(File),
}

/// How much of the other database we use.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at most.
    pub connections: usize,
    /// How long a connection may take to come free or to be made, and then each question.
    pub patience: Duration,
    /// The age at which a connection is made anew; `None` for never.
    pub recycle: Option<Duration>,
    /// Whether anything may be changed.
    pub editable: bool,
}

/// A condition. All conditions of a question must hold.
#[derive(Clone, Debug)]
pub enum Test {
    /// The column has this value, as far as the database tells values apart.
    Is(Name, String),
    /// The column has one of these values.
    In(Name, Vec<String>),
    /// The column is like this pattern with `*`, whatever the case; letters beyond ASCII stand for any.
    Like(Name, String),
    /// The column is NULL or empty text.
    Empty(Name),
    /// The column is neither.
    Given(Name),
    /// What a configuration demands: the value becomes one of the column's type, as the database reads it.
    Holds(Name, Operator, String),
}

/// Operators that a configuration may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `LIKE`, with `%` and `_`.
    Like,
}

/// A question: columns of the rows that meet all tests, in an order, so many at most.
#[derive(Clone, Debug)]
pub struct Select {
    /// The columns of the answer.
    pub columns: Vec<Name>,
    /// The conditions.
    pub tests: Vec<Test>,
    /// Columns that order the rows.
    pub order: Vec<Name>,
    /// Rows at most.
    pub most: usize,
}

/// A change of one row.
#[derive(Clone)]
pub enum Change {
    /// Adds a row with these values.
    Insert(Vec<(Name, Option<SecretText>)>),
    /// Sets values of the row that meets all tests.
    Update(Vec<(Name, Option<SecretText>)>, Vec<Test>),
    /// Removes the row that meets all tests.
    Delete(Vec<Test>),
}

/// The values of one row, in the order of the columns asked for; `None` for NULL and for what is no text of a sound length.
pub type Cells = Vec<Option<String>>;

/// A statement in the language of the database.
struct Statement {
    sql: String,
    args: Vec<Value>,
    expect: Expect,
}

/// What has to come of a statement, lest all that came before it be undone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// Nothing in particular.
    Any,
    /// Exactly one row was touched.
    Touched,
    /// Exactly one row was found.
    Found,
}

enum Engine {
    Postgres(remote::Remote<Postgres>),
    MySql(remote::Remote<MySql>),
    Sqlite(Arc<file::Sqlite>),
}

/// A table in a database that is not ours. Nothing is opened before the first question.
pub struct ForeignTable {
    engine: Engine,
    table: Table,
    /// What the database says about the columns; forgotten when a statement fails.
    columns: Mutex<Option<Arc<Columns>>>,
}

impl ForeignTable {
    /// Takes a table in a place.
    pub fn new(place: Place, table: Table, bounds: Bounds) -> Self {
        let engine = match place {
            Place::Server(server) if server.dialect == Dialect::Postgres => Engine::Postgres(remote::Remote::new(server, bounds)),
            Place::Server(server) => Engine::MySql(remote::Remote::new(server, bounds)),
            Place::File(file) => Engine::Sqlite(Arc::new(file::Sqlite::new(file, bounds))),
        };
        Self { engine, table, columns: Mutex::new(None) }
    }

    fn dialect(&self) -> Dialect {
        match &self.engine {
            Engine::Postgres(_) => Dialect::Postgres,
            Engine::MySql(_) => Dialect::MySql,
            Engine::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// The rows that a question finds.
    ///
    /// # Errors
    /// [`ForeignError`]: no answer, or one that is no answer to this question.
    pub async fn select(&self, select: &Select) -> Result<Vec<Cells>, ForeignError> {
        let columns = self.columns().await?;
        let Some(statement) = compose::select(self.dialect(), &self.table, &columns, select)? else { return Ok(Vec::new()) };
        self.run(vec![statement]).await
    }

    /// How many rows meet the tests.
    ///
    /// # Errors
    /// As [`ForeignTable::select`].
    pub async fn count(&self, tests: &[Test]) -> Result<u64, ForeignError> {
        let columns = self.columns().await?;
        let Some(statement) = compose::count(self.dialect(), &self.table, &columns, tests)? else { return Ok(0) };
        let rows = self.run(vec![statement]).await?;
        let count = rows.into_iter().flatten().flatten().next().and_then(|text| text.parse().ok());
        count.ok_or_else(|| ForeignError::Failed("no number came back".to_owned()))
    }

    /// Changes one row, and reads what `then` asks for in the same transaction, which must be one row.
    ///
    /// # Errors
    /// [`ForeignError::NotOne`] when not exactly one row is concerned; nothing has happened then. Otherwise as
    /// [`ForeignTable::select`].
    pub async fn change(&self, change: &Change, then: Option<&Select>) -> Result<Cells, ForeignError> {
        let columns = self.columns().await?;
        let (dialect, table) = (self.dialect(), &self.table);
        let Some(first) = compose::change(dialect, table, &columns, change)? else { return Err(ForeignError::NotOne) };
        let mut statements = vec![first];
        if let Some(then) = then {
            let mut read = compose::select(dialect, table, &columns, then)?.ok_or(ForeignError::NotOne)?;
            read.expect = Expect::Found;
            statements.push(read);
        }
        Ok(self.run(statements).await?.into_iter().next().unwrap_or_default())
    }

    /// Which of these columns the table does not have.
    ///
    /// # Errors
    /// As [`ForeignTable::select`].
    pub async fn missing<'a>(&self, names: impl IntoIterator<Item = &'a Name>) -> Result<Vec<&'a Name>, ForeignError> {
        let columns = self.columns().await?;
        Ok(names.into_iter().filter(|name| columns.find(name).is_none()).collect())
    }

    /// What the database says about the table.
    async fn columns(&self) -> Result<Arc<Columns>, ForeignError> {
        let known = self.columns.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let dialect = self.dialect();
        let rows = self.ask(vec![columns::question(dialect, &self.table)]).await?;
        let found = Arc::new(Columns::read(dialect, rows));
        if found.is_empty() {
            return Err(ForeignError::Failed(format!("there is no table {}, or the account may not see it", self.table)));
        }
        *self.columns.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        Ok(found)
    }

    /// Runs statements about columns that are known.
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Cells>, ForeignError> {
        let outcome = self.ask(statements).await;
        if matches!(outcome, Err(ForeignError::Failed(_))) {
            // Perhaps the table has been changed.
            *self.columns.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        outcome
    }

    /// Runs statements; the rows of the last one.
    async fn ask(&self, statements: Vec<Statement>) -> Result<Vec<Cells>, ForeignError> {
        match &self.engine {
            Engine::Postgres(remote) => remote.run(&statements).await,
            Engine::MySql(remote) => remote.run(&statements).await,
            Engine::Sqlite(sqlite) => file::run(sqlite, statements).await,
        }
    }
}
