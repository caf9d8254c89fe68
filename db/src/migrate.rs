//! Migrations: SQL files with the same names in `migrations/{sqlite,postgres,mysql}/`, embedded, applied once each in the
//! order of their numbers.
//!
//! To add one: three files of the next number, and one line in the list below.

use crate::batch::Batch;
use crate::error::{DbError, WriteError};
use crate::stmt::{Dialect, Stmt};
use crate::{Db, args};

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
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        /// All migrations, oldest first.
        pub static MIGRATIONS: &[Migration] = &[$(Migration {
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
            mysql: include_str!(concat!("../../migrations/mysql/", $name, ".sql")),
        }),*];
    };
}

migrations!["0001_db", "0002_keys", "0003_audit", "0004_people", "0005_policy", "0006_tokens", "0007_login", "0008_oidc"];

crate::statements! {
    /// What has been applied.
    APPLIED = "SELECT name FROM schema_migration ORDER BY name";
    /// Remembers an applied migration.
    REMEMBER = "INSERT INTO schema_migration (name, applied_at) VALUES (?, ?)";
}

/// Names of the migrations that this program knows and the database has not seen.
///
/// # Errors
/// When the database fails.
pub async fn pending(db: &Db) -> Result<Vec<&'static str>, DbError> {
    let applied = applied(db).await?;
    Ok(MIGRATIONS.iter().map(|m| m.name).filter(|name| !applied.iter().any(|a| a == name)).collect())
}

async fn applied(db: &Db) -> Result<Vec<String>, DbError> {
    db.script(
        "CREATE TABLE IF NOT EXISTS schema_migration (name VARCHAR(255) NOT NULL, applied_at BIGINT NOT NULL, \
         CONSTRAINT schema_migration_pk PRIMARY KEY (name))",
        Batch::new(),
    )
    .await
    .map_err(|e| DbError::Failed(e.to_string(), "schema_migration"))?;
    db.fetch_all(&APPLIED, args![]).await?.iter().map(|row| row.get(0)).collect()
}

/// Applies what is pending; returns the names applied.
///
/// # Errors
/// When a migration fails; the ones before it stay applied.
pub async fn run(db: &Db, now: kernel::Timestamp) -> Result<Vec<&'static str>, WriteError> {
    let pending = pending(db).await?;
    for migration in MIGRATIONS.iter().filter(|m| pending.contains(&m.name)) {
        let mut batch = Batch::new();
        batch.run(&REMEMBER, args![migration.name, now]);
        db.script(migration.sql(db.dialect()), batch).await?;
    }
    Ok(pending)
}

/// Every statement of this crate.
pub fn statements() -> Vec<&'static Stmt> {
    STATEMENTS.to_vec()
}
