//! Starting: data directory, keys, database and its schema.

use std::path::{Path, PathBuf};

use db::migrate::MigrateError;
use db::{Db, DbError, OpenError};
use kernel::{Class, Classified, Clock, Entropy};
use keys::{KeyFileError, Keys, RingError};

use crate::app::{App, Parts};
use crate::config::Config;

/// Why the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is nothing here yet.
    #[error("{0} is not initialised")]
    Missing(PathBuf),
    /// Something is here already.
    #[error("{0} is initialised already")]
    Exists(PathBuf),
    /// The database is in use, but its keys are not here: new ones could open nothing in it.
    #[error("the database holds data, but there are no keys in {0}; restore them from your backup")]
    KeysLost(PathBuf),
    /// The data directory cannot be used.
    #[error("cannot use the data directory {0}: {1}")]
    Directory(PathBuf, std::io::Error),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database fails.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The schema does not fit the program, or a migration failed; those before it stay applied.
    #[error(transparent)]
    Migration(#[from] MigrateError),
    /// The schema is older than the program.
    #[error("the database lacks the migrations {0}; run `symbolon migrate`, or set database.migrate_on_start = true")]
    Schema(String),
    /// The client for calls to others cannot be made.
    #[error("outbound: {0}")]
    Outbound(String),
    /// Mail cannot be set up.
    #[error("mail: {0}")]
    Mail(String),
    /// The signing keys cannot be loaded.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// The templates do not compile: a bug.
    #[error(transparent)]
    Templates(#[from] templates::SetupError),
}

impl Classified for StartError {
    fn class(&self) -> Class {
        match self {
            Self::Missing(_) | Self::KeysLost(_) | Self::Directory(..) | Self::Schema(_) | Self::Outbound(_) | Self::Mail(_) => {
                Class::Invalid
            }
            Self::Exists(_) => Class::Conflict,
            Self::Keys(e) => e.class(),
            Self::Open(_) => Class::Unavailable,
            Self::Db(e) => e.class(),
            Self::Migration(e) => e.class(),
            Self::Ring(e) => e.class(),
            Self::Templates(_) => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "not_initialised",
            Self::Exists(_) => "already_initialised",
            Self::KeysLost(_) => "keys_lost",
            Self::Directory(..) => "data_directory",
            Self::Keys(e) => e.code(),
            Self::Open(_) => "database_open",
            Self::Db(e) => e.code(),
            Self::Migration(e) => e.code(),
            Self::Schema(_) => "schema_old",
            Self::Outbound(_) => "outbound",
            Self::Mail(_) => "mail",
            Self::Ring(e) => e.code(),
            Self::Templates(_) => "templates_broken",
        }
    }
}

/// Whether `init` has been here: there is a key file, usable or not.
pub fn is_initialised(config: &Config, entropy: &Entropy) -> bool {
    !matches!(Keys::open(&config.keys_dir(), entropy), Err(KeyFileError::Missing(_)))
}

/// Makes data directory, keys and schema. Nothing is overwritten.
///
/// # Errors
/// [`StartError::Exists`] when there are keys already.
pub async fn create(config: Config, clock: Clock, entropy: Entropy) -> Result<App, StartError> {
    if is_initialised(&config, &entropy) {
        return Err(StartError::Exists(config.data_dir));
    }
    private_directory(&config.data_dir).map_err(|e| StartError::Directory(config.data_dir.clone(), e))?;
    let db = Db::open(&config.database_url()).await?;
    if db::migrate::pending(&db).await?.len() != db::migrate::MIGRATIONS.len() {
        return Err(StartError::KeysLost(config.keys_dir()));
    }
    // Keys first: whatever is interrupted after this can be taken up again by `open`.
    let keys = Keys::generate(&config.keys_dir(), &entropy, clock.now())?;
    db::migrate::run(&db, clock.now()).await?;
    wire(config, clock, entropy, db, keys).await
}

/// Opens what [`create`] has made. Compares schema versions; an embedded database is migrated after a backup.
///
/// # Errors
/// Says what is missing or does not answer.
pub async fn open(config: Config, clock: Clock, entropy: Entropy) -> Result<App, StartError> {
    if !is_initialised(&config, &entropy) {
        return Err(StartError::Missing(config.data_dir));
    }
    let keys = Keys::open(&config.keys_dir(), &entropy)?;
    let db = Db::open(&config.database_url()).await?;
    let status = db::migrate::status(&db).await?;
    status.check()?;
    let pending = status.pending;
    if !pending.is_empty() {
        if !config.is_embedded() && !config.database.migrate_on_start {
            return Err(StartError::Schema(pending.join(", ")));
        }
        db::migrate::run(&db, clock.now()).await?;
    }
    wire(config, clock, entropy, db, keys).await
}

async fn wire(config: Config, clock: Clock, entropy: Entropy, db: Db, keys: Keys) -> Result<App, StartError> {
    let keys = keys.with_cost(config.password.cost());
    App::assemble(Parts { config, clock, entropy, db, keys }).await
}

/// Creates a directory that only its owner can enter.
fn private_directory(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
