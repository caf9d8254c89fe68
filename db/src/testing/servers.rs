//! The two servers: started by `servers.sh` when the first test needs them, kept by a lock while any test process lives.

use std::fs::{DirBuilder, File};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection};

use crate::stmt::Dialect;

const SCRIPT: &str = include_str!("../../servers.sh");

struct Servers {
    postgres: String,
    mariadb: String,
    /// Locked until this process ends.
    _in_use: File,
}

impl Servers {
    fn url(&self, dialect: Dialect) -> &str {
        if dialect == Dialect::Postgres { &self.postgres } else { &self.mariadb }
    }
}

fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(|| start().unwrap_or_else(|e| panic!("{e}")))
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
    Ok(Servers { postgres, mariadb, _in_use: in_use })
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

/// Creates a database and returns its URL.
pub(super) async fn create(dialect: Dialect, name: &str) -> String {
    let servers = servers();
    // The quicker way as long as nothing is made durable.
    let how = if dialect == Dialect::Postgres { " STRATEGY file_copy" } else { "" };
    let create = format!("CREATE DATABASE {name}{how}");
    administer(dialect, create).await.unwrap_or_else(|e| panic!("creating a test database: {e}"));
    format!("{}{name}", servers.url(dialect))
}

/// Removes a database, from a test that may be at its end: on a thread of its own.
pub(super) fn remove(dialect: Dialect, name: String) {
    let sql = match dialect {
        Dialect::Postgres => format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        _ => format!("DROP DATABASE IF EXISTS {name}"),
    };
    let work = move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            // What is left goes with the servers.
            let _ = runtime.block_on(administer(dialect, sql));
        }
    };
    let _ = std::thread::spawn(work).join();
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
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
        connection.close().await
    } else {
        let mut connection = MySqlConnection::connect(&format!("{url}mysql")).await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
        connection.close().await
    }
}
