//! The two servers: started by `servers.sh` when the first test needs them, kept by a lock while any test process lives.

use std::borrow::Cow;
use std::fs::{DirBuilder, File};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::{Clock, Entropy};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, Row};

use crate::stmt::Dialect;
use crate::{Batch, Db, DbError, WriteError, args};

const SCRIPT: &str = include_str!("../../servers.sh");

struct Servers {
    postgres: String,
    mariadb: String,
    /// What the names of this process's databases begin with.
    prefix: String,
    /// Both locked until this process ends: that servers are needed, and that databases of the prefix are.
    _in_use: [File; 2],
}

impl Servers {
    fn url(&self, dialect: Dialect) -> &str {
        if dialect == Dialect::Postgres { &self.postgres } else { &self.mariadb }
    }
}

fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    let mut started = false;
    let servers = SERVERS.get_or_init(|| {
        started = true;
        start().unwrap_or_else(|e| panic!("{e}"))
    });
    if started {
        std::thread::spawn(sweep);
    }
    servers
}

fn start() -> Result<Servers, String> {
    let io = |e: std::io::Error| e.to_string();
    let directory = state_directory()?;
    let in_use = File::options().create(true).append(true).open(directory.join("use.lock")).map_err(io)?;
    in_use.lock_shared().map_err(io)?;
    let script = directory.join(format!("servers-{}.sh", std::process::id()));
    std::fs::write(&script, SCRIPT).map_err(io)?;
    // A port may be taken between finding it free and using it.
    let outcome = (0..3).map(|_| run(&script, &directory)).find_map(Result::ok).map_or_else(|| run(&script, &directory), Ok);
    std::fs::remove_file(&script).map_err(io)?;
    outcome?;
    let urls = std::fs::read_to_string(directory.join("run/urls")).map_err(io)?;
    let mut lines = urls.lines().map(str::to_owned);
    let (Some(postgres), Some(mariadb)) = (lines.next(), lines.next()) else { return Err("run/urls is empty".to_owned()) };
    let prefix = format!("t{}_", Entropy::system().ulid(Clock::system().now())).to_lowercase();
    let owner = File::create(owners(&directory).join(&prefix)).map_err(io)?;
    owner.lock().map_err(io)?;
    Ok(Servers { postgres, mariadb, prefix, _in_use: [in_use, owner] })
}

/// One file for each process that has databases, locked while it lives. Goes with the servers.
fn owners(directory: &Path) -> PathBuf {
    let owners = directory.join("run/owners");
    // It is there already, or the next use of it says why not.
    let _ = std::fs::create_dir(&owners);
    owners
}

/// A directory in the temporary directory that nobody else can write to.
fn state_directory() -> Result<PathBuf, String> {
    let io = |e: std::io::Error| e.to_string();
    let me = std::fs::metadata("/proc/self").map_err(io)?.uid();
    let directory = std::env::temp_dir().join(format!("symbolon-test-servers-{me}"));
    match DirBuilder::new().mode(0o711).create(&directory) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(e.to_string()),
        _ => {}
    }
    let found = std::fs::symlink_metadata(&directory).map_err(io)?;
    if !found.is_dir() || found.uid() != me || found.mode() & 0o022 != 0 {
        return Err(format!("{} belongs to somebody else", directory.display()));
    }
    Ok(directory)
}

fn run(script: &Path, directory: &Path) -> Result<(), String> {
    let free = || TcpListener::bind(("127.0.0.1", 0)).map_err(|e| e.to_string());
    let (one, two) = (free()?, free()?);
    let port = |listener: &TcpListener| listener.local_addr().map(|a| a.port().to_string()).map_err(|e| e.to_string());
    let ports = [port(&one)?, port(&two)?];
    drop((one, two));
    let mut command = Command::new("bash");
    command.arg(script).arg("start").arg(directory).args(ports);
    let out = command.output().map_err(|e| format!("bash: {e}"))?;
    if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
}

/// A name for a database of this process.
pub(super) fn fresh_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{}{}", servers().prefix, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Creates a database and returns its URL.
pub(super) async fn create(dialect: Dialect, name: &str) -> String {
    // The quicker way as long as nothing is made durable.
    let how = if dialect == Dialect::Postgres { " STRATEGY file_copy" } else { "" };
    administer(dialect, format!("CREATE DATABASE {name}{how}")).await.unwrap_or_else(|e| panic!("creating a test database: {e}"));
    format!("{}{name}", servers().url(dialect))
}

/// What a database holds, as far as another one needs to be given the same.
pub(super) struct Contents {
    dialect: Dialect,
    name: String,
    tables: Vec<Table>,
}

struct Table {
    name: String,
    /// The statement that makes it; PostgreSQL copies the whole database instead.
    definition: String,
    has_rows: bool,
}

/// Where PostgreSQL keeps the rows of a template: in every copy, because no statement reaches from one database into another.
const KEPT: &str = "kept";

/// Reads what a database holds. On PostgreSQL nobody else may be connected to it from then on.
pub(super) async fn contents(dialect: Dialect, name: &str) -> Contents {
    let url = format!("{}{name}", servers().url(dialect));
    let tables = if dialect == Dialect::Postgres { postgres_tables(&url).await } else { mariadb_tables(&url).await };
    Contents { dialect, name: name.to_owned(), tables: tables.unwrap_or_else(|e| panic!("reading a test database: {e}")) }
}

async fn postgres_tables(url: &str) -> Result<Vec<Table>, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let mut tables = Vec::new();
    let found = connection.fetch_all("SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()").await?;
    connection.execute(raw(format!("CREATE SCHEMA {KEPT}"))).await?;
    for row in found {
        let name: String = row.try_get(0)?;
        let has_rows = connection.fetch_optional(raw(format!("SELECT 1 FROM {name} LIMIT 1"))).await?.is_some();
        if has_rows {
            connection.execute(raw(format!("CREATE TABLE {KEPT}.{name} AS TABLE {name}"))).await?;
        }
        tables.push(Table { name, definition: String::new(), has_rows });
    }
    connection.close().await.map(|()| tables)
}

async fn mariadb_tables(url: &str) -> Result<Vec<Table>, sqlx::Error> {
    let mut connection = MySqlConnection::connect(url).await?;
    let mut tables = Vec::new();
    for row in connection.fetch_all("SHOW TABLES").await? {
        let name: String = row.try_get(0)?;
        let definition = connection.fetch_one(raw(format!("SHOW CREATE TABLE {name}"))).await?.try_get(1)?;
        let has_rows = connection.fetch_optional(raw(format!("SELECT 1 FROM {name} LIMIT 1"))).await?.is_some();
        tables.push(Table { name, definition, has_rows });
    }
    connection.close().await.map(|()| tables)
}

impl Contents {
    /// Which kind of server it is on.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A new database with the same contents; returns its URL.
    pub(super) async fn copy(&self, name: &str) -> String {
        let sql = if self.dialect == Dialect::Postgres {
            format!("CREATE DATABASE {name} TEMPLATE {} STRATEGY file_copy", self.name)
        } else {
            let tables: String = self.tables.iter().map(|table| format!("{};", table.definition)).collect();
            format!("CREATE DATABASE {name}; USE {name}; {tables} {}", self.rows(&self.name))
        };
        administer(self.dialect, sql).await.unwrap_or_else(|e| panic!("copying a test database: {e}"));
        self.url(name)
    }

    /// The URL of a copy.
    pub(super) fn url(&self, name: &str) -> String {
        format!("{}{name}", servers().url(self.dialect))
    }

    /// Ends what the test before left running in a copy, and gives it these contents again.
    pub(super) async fn restore(&self, db: &Db) -> Result<(), WriteError> {
        let postgres = self.dialect == Dialect::Postgres;
        if postgres {
            end_postgres(db).await?
        } else {
            end_mariadb(db).await?
        }
        let emptied: String = self.tables.iter().map(|table| format!("DELETE FROM {};", table.name)).collect();
        let rows = self.rows(if postgres { KEPT } else { &self.name });
        db.script(&(emptied + &rows), Batch::new()).await
    }

    fn rows(&self, from: &str) -> String {
        let with_rows = self.tables.iter().filter(|table| table.has_rows);
        with_rows.map(|Table { name, .. }| format!("INSERT INTO {name} SELECT * FROM {from}.{name};")).collect()
    }
}

async fn end_postgres(db: &Db) -> Result<(), DbError> {
    let end =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while !db.fetch_text(Cow::Borrowed(end), "end", args![]).await?.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn end_mariadb(db: &Db) -> Result<(), DbError> {
    let others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    loop {
        let rows = db.fetch_text(Cow::Borrowed(others), "others", args![]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let id: i64 = row.get(0)?;
            // It may have ended by itself meanwhile.
            let _ = db.script(&format!("KILL CONNECTION {id}"), Batch::new()).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn raw(sql: String) -> sqlx::RawSql {
    sqlx::raw_sql(AssertSqlSafe(sql))
}

/// Removes a database, from a test that may be at its end: on a thread of its own.
pub(super) fn remove(dialect: Dialect, name: String) {
    let work = move || {
        let dropping = administer(dialect, drop_statement(dialect, &name));
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            // What is left goes with the servers.
            let _ = runtime.block_on(dropping);
        }
    };
    let _ = std::thread::spawn(work).join();
}

fn drop_statement(dialect: Dialect, name: &str) -> String {
    let force = if dialect == Dialect::Postgres { " WITH (FORCE)" } else { "" };
    format!("DROP DATABASE IF EXISTS {name}{force}")
}

/// Removes the databases of processes that are no more.
fn sweep() {
    let Ok(directory) = state_directory() else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    for entry in std::fs::read_dir(owners(&directory)).into_iter().flatten().flatten() {
        let (Ok(file), Ok(prefix)) = (File::open(entry.path()), entry.file_name().into_string()) else { continue };
        if file.try_lock().is_ok() && runtime.block_on(remove_all(&prefix)).is_ok() {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

async fn remove_all(prefix: &str) -> Result<(), sqlx::Error> {
    // `_` is a wildcard, and harmless: nothing else is as long.
    let mut postgres = PgConnection::connect(&format!("{}postgres", servers().postgres)).await?;
    let found = format!("SELECT CAST(datname AS TEXT) FROM pg_database WHERE datname LIKE '{prefix}%'");
    for row in postgres.fetch_all(raw(found)).await? {
        let sql = drop_statement(Dialect::Postgres, row.try_get(0)?);
        postgres.execute(raw(sql)).await?;
    }
    let mut mariadb = MySqlConnection::connect(&format!("{}mysql", servers().mariadb)).await?;
    let found = format!("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '{prefix}%'");
    for row in mariadb.fetch_all(raw(found)).await? {
        let sql = drop_statement(Dialect::MySql, row.try_get(0)?);
        mariadb.execute(raw(sql)).await?;
    }
    postgres.close().await?;
    mariadb.close().await
}

async fn administer(dialect: Dialect, sql: String) -> Result<(), sqlx::Error> {
    let url = servers().url(dialect);
    for _ in 0..100 {
        let done = administer_once(dialect, url, sql.clone()).await;
        match done {
            // Too many connections: other tests are about to end theirs.
            Err(sqlx::Error::Database(e)) if matches!(e.code().as_deref(), Some("53300" | "08004")) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            done => return done,
        }
    }
    administer_once(dialect, url, sql).await
}

async fn administer_once(dialect: Dialect, url: &str, sql: String) -> Result<(), sqlx::Error> {
    if dialect == Dialect::Postgres {
        let mut connection = PgConnection::connect(&format!("{url}postgres")).await?;
        connection.execute(raw(sql)).await?;
        connection.close().await
    } else {
        let mut connection = MySqlConnection::connect(&format!("{url}mysql")).await?;
        connection.execute(raw(sql)).await?;
        connection.close().await
    }
}
