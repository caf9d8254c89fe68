//! What the database remembers of migrations.

use kernel::Timestamp;

use super::{Applied, Migration};
use crate::{Batch, Db, DbError, Dialect, WriteError, args};

crate::statements! {
    /// Whether the runner's own tables are there.
    EXISTS = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN ('schema_migration', 'lease')",
        mysql "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN ('schema_migration', 'lease')",
        sqlite "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('schema_migration', 'lease')";
    APPLIED = "SELECT name, checksum, finished, applied_at FROM schema_migration ORDER BY name";
    REMEMBER = "INSERT INTO schema_migration (name, checksum, finished, applied_at) VALUES (?, ?, ?, ?)";
    FINISHED = "UPDATE schema_migration SET finished = TRUE WHERE name = ? AND NOT finished";
}

/// Attempts to create the runner's tables: on PostgreSQL two at once may both find them missing.
const ATTEMPTS: u32 = 5;

/// Whether the runner's tables exist.
pub(super) async fn exists(db: &Db) -> Result<bool, DbError> {
    match db.fetch_optional(&EXISTS, args![]).await? {
        Some(row) => Ok(row.get::<i64>(0)? == 2),
        None => Ok(false),
    }
}

/// Creates the runner's tables unless they exist.
pub(super) async fn prepare(db: &Db, runner: &Migration) -> Result<(), DbError> {
    let mut attempt = 1;
    while !exists(db).await? {
        match db.script(runner.sql(db.dialect()), Batch::new()).await {
            Ok(()) => {}
            Err(_) if attempt < ATTEMPTS => attempt += 1,
            Err(e) => return Err(super::plain(e)),
        }
    }
    Ok(())
}

pub(super) async fn applied(db: &Db) -> Result<Vec<Applied>, DbError> {
    let rows = db.fetch_all(&APPLIED, args![]).await?;
    let read = |row: &crate::Row| {
        let mut r = row.reader();
        Ok(Applied { name: r.next()?, checksum: r.next()?, finished: r.next()?, applied_at: r.next()? })
    };
    rows.iter().map(read).collect()
}

/// Runs a migration and remembers it, in one transaction. MySQL commits at each statement of a migration: there it is remembered
/// as unfinished first.
pub(super) async fn apply(db: &Db, migration: &Migration, now: Timestamp) -> Result<(), WriteError> {
    let dialect = db.dialect();
    let transactional = dialect != Dialect::MySql;
    let remember = args![migration.name, migration.checksum(dialect), transactional, now];
    let mut after = Batch::new();
    if transactional {
        after.run(&REMEMBER, remember);
    } else {
        db.execute(&REMEMBER, remember).await?;
        after.guard("migration", &FINISHED, args![migration.name]);
    }
    db.script(migration.sql(dialect), after).await
}
