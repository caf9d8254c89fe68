//! [`Db`]: one type for every database.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::batch::{Batch, Written};
use crate::error::{DbError, OpenError, WriteError};
use crate::remote::Remote;
use crate::sqlite::Sqlite;
use crate::stmt::{Dialect, Stmt};
use crate::value::{Args, Row};
use crate::{mysql, postgres, transport};

/// Where the data is. Cheap to clone; all clones share connections.
#[derive(Clone)]
pub struct Db(Arc<Backend>);

enum Backend {
    Sqlite(Sqlite),
    Postgres(Remote<sqlx::Postgres>),
    MySql(Remote<sqlx::MySql>),
}

/// How much of the database one process uses.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at most (SQLite: idle readers that are kept).
    pub connections: u32,
    /// How long a caller waits for a connection, or a place in the queue of the writer.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 16, patience: Duration::from_secs(10) }
    }
}

// Whatever talks to a server is in a box: it is large, and callers on the embedded database would move all of it around.
impl Db {
    /// Opens (and, for SQLite, creates) the database named by `url`: `sqlite:PATH`, `postgres://...` or `mysql://...`
    /// (`mariadb://...`). Does not migrate.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the URL or who does not answer; never the URL's password.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, Limits::default()).await
    }

    /// As [`Db::open`], with limits of one's own.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_with(url: &str, limits: Limits) -> Result<Self, OpenError> {
        transport::check(url)?;
        transport::check_files(url)?;
        let backend = match url.split_once(':') {
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                Backend::Sqlite(Sqlite::open(PathBuf::from(path), limits)?)
            }
            Some(("postgres" | "postgresql", _)) => Backend::Postgres(postgres::open(url, limits).await?),
            Some(("mysql" | "mariadb", _)) => Backend::MySql(mysql::open(url, limits).await?),
            // Something that is no scheme may be a password.
            Some((scheme, rest)) if rest.starts_with("//") => return Err(OpenError::Scheme(scheme.to_owned())),
            _ => return Err(OpenError::Scheme("?".to_owned())),
        };
        Ok(Self(Arc::new(backend)))
    }

    /// Opens the SQLite database in the file `path`.
    ///
    /// # Errors
    /// When the file cannot be opened or is not a database.
    pub fn open_sqlite(path: &Path) -> Result<Self, OpenError> {
        let sqlite = Sqlite::open(PathBuf::from(path), Limits::default())?;
        Ok(Self(Arc::new(Backend::Sqlite(sqlite))))
    }

    /// Which SQL the database speaks.
    pub fn dialect(&self) -> Dialect {
        match &*self.0 {
            Backend::Sqlite(_) => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
            Backend::MySql(_) => Dialect::MySql,
        }
    }

    /// All rows of a SELECT that finds few (point look-ups, rows of one owner). On SQLite it is read on the spot.
    ///
    /// # Errors
    /// When the database fails; never because there are no rows.
    pub async fn fetch_all(&self, stmt: &'static Stmt, args: Args) -> Result<Vec<Row>, DbError> {
        let (sql, name) = (stmt.sql(self.dialect()), stmt.text());
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.fetch(sql, name, &args),
            Backend::Postgres(remote) => Box::pin(remote.fetch(Cow::Borrowed(sql), name, &args)).await,
            Backend::MySql(remote) => Box::pin(remote.fetch(Cow::Borrowed(sql), name, &args)).await,
        }
    }

    /// As [`Db::fetch_all`], and sure to see every change that was acknowledged before, by whichever node of a Galera cluster. For
    /// challenges and flows, whose next request may reach another node.
    ///
    /// # Errors
    /// As [`Db::fetch_all`].
    pub async fn fetch_causal(&self, stmt: &'static Stmt, args: Args) -> Result<Vec<Row>, DbError> {
        match &*self.0 {
            Backend::MySql(remote) => Box::pin(remote.fetch_causal(stmt.sql(Dialect::MySql), stmt.text(), &args)).await,
            Backend::Sqlite(_) | Backend::Postgres(_) => self.fetch_all(stmt, args).await,
        }
    }

    /// All rows of a SELECT that may find or visit many. On SQLite it runs on a thread that may block.
    ///
    /// # Errors
    /// As [`Db::fetch_all`].
    pub async fn fetch_list(&self, stmt: &'static Stmt, args: Args) -> Result<Vec<Row>, DbError> {
        self.fetch_text(Cow::Borrowed(stmt.sql(self.dialect())), stmt.text(), args).await
    }

    /// Rows of a composed SELECT in the database's own placeholders ([`list`](crate::list) only).
    pub(crate) async fn fetch_text(&self, sql: Cow<'static, str>, name: &'static str, args: Args) -> Result<Vec<Row>, DbError> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.fetch_list(sql, name, args).await,
            Backend::Postgres(remote) => Box::pin(remote.fetch(sql, name, &args)).await,
            Backend::MySql(remote) => Box::pin(remote.fetch(sql, name, &args)).await,
        }
    }

    /// The first row of a SELECT, if there is one.
    ///
    /// # Errors
    /// When the database fails; never because there are no rows.
    pub async fn fetch_optional(&self, stmt: &'static Stmt, args: Args) -> Result<Option<Row>, DbError> {
        Ok(self.fetch_all(stmt, args).await?.into_iter().next())
    }

    /// Commits a batch: all of it, durably, or nothing. Serialization failures, deadlocks and busy answers are retried here.
    ///
    /// # Errors
    /// [`WriteError::Guard`] when a guarded statement did not touch exactly one row, [`WriteError::Constraint`] with the name of
    /// a violated constraint (`<table>_pk` for primary keys, the column for NOT NULL), [`WriteError::Db`] otherwise. Nothing was
    /// changed, except where [`DbError::Unavailable`] says that this is not known (the connection broke during COMMIT).
    pub async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        if batch.is_empty() {
            return Ok(Written::default());
        }
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.write(batch).await,
            Backend::Postgres(remote) => Box::pin(remote.write(&batch)).await,
            Backend::MySql(remote) => Box::pin(remote.write(&batch)).await,
        }
    }

    /// One statement as its own batch; returns how many rows it touched.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn execute(&self, stmt: &'static Stmt, args: Args) -> Result<u64, WriteError> {
        let mut batch = Batch::new();
        batch.run(stmt, args);
        Ok(self.write(batch).await?.rows.first().copied().unwrap_or(0))
    }

    /// Runs a script of several statements, then a batch: in one transaction, except on MySQL, which commits at each change of
    /// the schema (migrations and test fixtures only).
    pub(crate) async fn script(&self, sql: &str, then: Batch) -> Result<(), WriteError> {
        let has_statement = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with("--");
        let sql = if sql.lines().any(has_statement) { sql.to_owned() } else { String::new() };
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.script(sql, then).await,
            Backend::Postgres(remote) => Box::pin(remote.script(sql, &then)).await,
            Backend::MySql(remote) => Box::pin(remote.script(sql, &then)).await,
        }
    }

    /// Has the database compile a statement without running it.
    ///
    /// # Errors
    /// What the database says about it.
    pub async fn prepare(&self, stmt: &'static Stmt) -> Result<(), DbError> {
        let (sql, name) = (stmt.sql(self.dialect()), stmt.text());
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.prepare(stmt),
            Backend::Postgres(remote) => Box::pin(remote.prepare(sql, name)).await,
            Backend::MySql(remote) => Box::pin(remote.prepare(sql, name)).await,
        }
    }

    /// Settings of the server with which a power cut may lose changes that were acknowledged (a spent code could be spent again), in
    /// words for an administrator. Empty when all is well.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn durability(&self) -> Result<Vec<String>, DbError> {
        match &*self.0 {
            Backend::Sqlite(_) => Ok(Vec::new()),
            Backend::Postgres(remote) => postgres::durability(remote).await,
            Backend::MySql(remote) => mysql::durability(remote).await,
        }
    }

    /// Copies an embedded database, as of now, into the new file `to`, while in use. Servers have tools of their own.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or the database is no SQLite.
    pub async fn backup_to(&self, to: &Path) -> Result<(), DbError> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.backup_to(to.to_owned()).await,
            Backend::Postgres(_) => Err(DbError::Failed("use pg_dump for PostgreSQL".to_owned(), "backup")),
            Backend::MySql(_) => Err(DbError::Failed("use mariadb-dump or mysqldump for this database".to_owned(), "backup")),
        }
    }

    /// The file of an embedded database.
    pub fn file(&self) -> Option<&Path> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => Some(sqlite.path()),
            Backend::Postgres(_) | Backend::MySql(_) => None,
        }
    }

    /// Ends the connections to a server; later calls answer [`DbError::Unavailable`]. SQLite needs none of this.
    pub async fn close(&self) {
        match &*self.0 {
            Backend::Sqlite(_) => {}
            Backend::Postgres(remote) => Box::pin(remote.close()).await,
            Backend::MySql(remote) => Box::pin(remote.close()).await,
        }
    }
}
