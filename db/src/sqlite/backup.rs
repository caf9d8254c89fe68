//! Copies of a database in use.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::{create_private, fault};
use crate::error::DbError;

/// Copies the database `from`, as of one moment, into the new file `to` and waits until it is on disk. Writers go on
/// meanwhile.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), DbError> {
    let disk = |e: std::io::Error| DbError::Failed(format!("{}: {e}", to.display()), "backup");
    if to.exists() {
        return Err(DbError::Failed(format!("{} exists already", to.display()), "backup"));
    }
    create_private(to).map_err(disk)?;
    let copied = pages(from, to).map_err(|e| fault(&e, "backup"));
    if copied.is_err() {
        // What is there is no backup.
        let _ = std::fs::remove_file(to);
        return copied;
    }
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(disk)?;
    let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk)
}

fn pages(from: &Path, to: &Path) -> rusqlite::Result<()> {
    let source = Connection::open(from)?;
    source.busy_timeout(std::time::Duration::from_millis(super::BUSY_MILLIS.into()))?;
    let mut target = Connection::open(to)?;
    {
        let backup = Backup::new(&source, &mut target)?;
        // One step over all pages reads a single snapshot.
        if !matches!(backup.step(-1)?, StepResult::Done) {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                Some("the database is held by another process".to_owned()),
            ));
        }
    }
    // The copy is one file, without a log beside it.
    target.query_row("PRAGMA journal_mode=DELETE", [], |_| Ok(()))
}
