//! Migrations: SQL files with the same names in `migrations/{sqlite,postgres,mysql}/`, embedded, applied once each in the
//! order of their numbers, by one process at a time.
//!
//! To add one: three files of the next number, and one line in the list below. An applied file never changes: its checksum is
//! remembered and compared.

mod error;
#[cfg(test)]
mod schema_tests;
mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::Timestamp;
use kernel::clock::Stopwatch;

pub use error::MigrateError;
pub(crate) use store::STATEMENTS;

use crate::store::lease::Lease;
use crate::{Db, DbError, Dialect, WriteError};

/// One migration in every dialect.
pub struct Migration {
    /// File name without ending, such as `0001_schema`.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    mysql: &'static str,
}

impl Migration {
    fn sql(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
            Dialect::MySql => self.mysql,
        }
    }

    fn checksum(&self, dialect: Dialect) -> String {
        use sha2::{Digest, Sha256};
        Sha256::digest(self.sql(dialect)).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
            mysql: include_str!(concat!("../../../migrations/mysql/", $name, ".sql")),
        }
    };
}

/// What the runner itself needs.
static RUNNER: Migration = migration!("0000_runner");

/// All migrations, oldest first.
pub static MIGRATIONS: &[Migration] = &[
    migration!("0001_db"),
    migration!("0002_keys"),
    migration!("0003_audit"),
    migration!("0004_people"),
    migration!("0005_policy"),
    migration!("0006_tokens"),
    migration!("0007_login"),
    migration!("0008_oidc"),
    migration!("0009_provisioning"),
    migration!("0010_attributes"),
    migration!("0011_realms"),
    migration!("0012_kerberos"),
    migration!("0013_saml"),
    migration!("0014_saml_metadata"),
    migration!("0015_saml_logout"),
    migration!("0016_saml_artifact"),
    migration!("0017_saml_groups"),
];

/// The name of the lease, and how long it outlives a process that died.
const LEASE: &str = "migrate";
const LEASE_TIME: Duration = Duration::from_secs(60);
/// How often a process that waits for another looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// An applied migration as the database remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// File name without ending.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub checksum: String,
    /// False while it runs, and after it failed on a database that cannot undo it.
    pub finished: bool,
    /// When.
    pub applied_at: Timestamp,
}

/// How the database compares with this program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What has been applied, oldest first.
    pub applied: Vec<Applied>,
    /// What this program would apply.
    pub pending: Vec<&'static str>,
    /// What this program does not know: the database is newer.
    pub unknown: Vec<String>,
    /// What was applied from a file with other contents.
    pub changed: Vec<String>,
    /// What began and did not finish.
    pub unfinished: Vec<String>,
}

impl Status {
    /// Whether this program may migrate the database.
    ///
    /// # Errors
    /// [`MigrateError`] says why not, and what to do.
    pub fn check(&self) -> Result<(), MigrateError> {
        if !self.unknown.is_empty() {
            return Err(MigrateError::Newer(self.unknown.join(", ")));
        }
        if let Some(name) = self.unfinished.first() {
            return Err(MigrateError::Unfinished(name.clone()));
        }
        match self.changed.first() {
            Some(name) => Err(MigrateError::Changed(name.clone())),
            None => Ok(()),
        }
    }

    /// Whether this program may work with the database as it is.
    ///
    /// # Errors
    /// As [`Status::check`], and [`MigrateError::Pending`].
    pub fn ready(&self) -> Result<(), MigrateError> {
        self.check()?;
        if self.pending.is_empty() { Ok(()) } else { Err(MigrateError::Pending(self.pending.join(", "))) }
    }
}

/// Compares the database with this program. Changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn status(db: &Db) -> Result<Status, DbError> {
    status_of(db, MIGRATIONS).await
}

/// Names of the migrations that this program knows and the database has not seen.
///
/// # Errors
/// When the database fails.
pub async fn pending(db: &Db) -> Result<Vec<&'static str>, DbError> {
    Ok(status(db).await?.pending)
}

/// Applies what is pending; returns the names applied. When another process is at it, waits until it is done. An embedded
/// database that holds data is copied first, to a file beside it.
///
/// # Errors
/// [`MigrateError`]; migrations before the one that failed stay applied.
pub async fn run(db: &Db, now: Timestamp) -> Result<Vec<&'static str>, MigrateError> {
    run_list(db, MIGRATIONS, now).await
}

async fn status_of(db: &Db, list: &'static [Migration]) -> Result<Status, DbError> {
    let applied = if store::exists(db).await? { store::applied(db).await? } else { Vec::new() };
    let known = |a: &Applied| list.iter().find(|m| m.name == a.name);
    let names = |keep: &dyn Fn(&Applied) -> bool| applied.iter().filter(|a| keep(a)).map(|a| a.name.clone()).collect();
    Ok(Status {
        pending: list.iter().map(|m| m.name).filter(|name| applied.iter().all(|a| a.name != *name)).collect(),
        unknown: names(&|a| known(a).is_none()),
        changed: names(&|a| known(a).is_some_and(|m| m.checksum(db.dialect()) != a.checksum)),
        unfinished: names(&|a| !a.finished),
        applied,
    })
}

async fn run_list(db: &Db, list: &'static [Migration], now: Timestamp) -> Result<Vec<&'static str>, MigrateError> {
    let watch = Stopwatch::start();
    let clock = || now + watch.elapsed();
    let status = status_of(db, list).await?;
    // Another process may be at it: what is unfinished is judged under the lease.
    if status.unknown.is_empty() && status.unfinished.is_empty() && status.pending.is_empty() {
        return status.check().map(|()| Vec::new());
    }
    store::prepare(db, &RUNNER).await?;
    let mut lease = wait_for_lease(db, &clock).await?;
    let outcome = apply_pending(db, list, &mut lease, &clock).await;
    // A lease that cannot be given up expires.
    let _ = lease.release(db).await;
    outcome
}

async fn wait_for_lease(db: &Db, clock: &impl Fn() -> Timestamp) -> Result<Lease, MigrateError> {
    /// Tells several runs of one process apart.
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let holder = format!("{}-{}-{}", std::process::id(), clock().0, RUNS.fetch_add(1, Ordering::Relaxed));
    loop {
        if let Some(lease) = Lease::acquire(db, LEASE, &holder, clock(), LEASE_TIME).await.map_err(plain)? {
            return Ok(lease);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn apply_pending(
    db: &Db,
    list: &'static [Migration],
    lease: &mut Lease,
    clock: &impl Fn() -> Timestamp,
) -> Result<Vec<&'static str>, MigrateError> {
    let status = status_of(db, list).await?;
    status.check()?;
    if let (Some(first), false) = (status.pending.first(), status.applied.is_empty()) {
        back_up(db, first, clock()).await?;
    }
    for migration in list.iter().filter(|m| status.pending.contains(&m.name)) {
        let work = store::apply(db, migration, clock());
        let renewing = async {
            loop {
                tokio::time::sleep(LEASE_TIME / 3).await;
                if let Err(e) = lease.renew(db, clock(), LEASE_TIME).await {
                    tracing::warn!(error = %e, "the migration lease could not be renewed");
                }
            }
        };
        let done = tokio::select! {
            done = work => done,
            () = renewing => return Err(MigrateError::Unfinished(migration.name.to_owned())),
        };
        done.map_err(|e| MigrateError::Failed {
            file: format!("{}/{}.sql", db.dialect().name(), migration.name),
            error: Box::new(e),
            half_done: db.dialect() == Dialect::MySql,
        })?;
        tracing::info!(migration = migration.name, "applied");
    }
    Ok(status.pending)
}

/// Copies an embedded database to `FILE.before-MIGRATION-SECONDS`.
async fn back_up(db: &Db, first: &str, now: Timestamp) -> Result<(), MigrateError> {
    let Some(file) = db.file() else { return Ok(()) };
    let mut to = file.as_os_str().to_owned();
    to.push(format!(".before-{first}-{}", now.seconds()));
    let to = PathBuf::from(to);
    db.backup_to(&to).await.map_err(MigrateError::Backup)?;
    tracing::info!(file = %to.display(), "copied the database before migrating it");
    Ok(())
}

fn plain(error: WriteError) -> DbError {
    match error {
        WriteError::Db(e) => e,
        other => DbError::Failed(other.to_string(), "lease"),
    }
}
