//! `[database]`

use super::declare::section;

section! {
    /// Where the data is kept.
    Database = "database" {
        /// `sqlite:PATH`, `postgres://USER@HOST/NAME` or `mysql://USER@HOST/NAME`; empty means `symbolon.db` in the data directory.
        /// A URL with a password belongs into the environment or a file that only the service can read.
        url: String = String::new();
        /// Whether `serve` applies pending migrations itself. The embedded database is always migrated, after a backup.
        migrate_on_start: bool = false;
    }
}
