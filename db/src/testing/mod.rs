//! Real databases for tests: a fresh, migrated one per dialect.
//!
//! ```no_run
//! # async fn test() {
//! for db in db::testing::all().await {
//!     assert!(db::migrate::pending(&db).await.unwrap().is_empty(), "{:?}", db.dialect());
//! }
//! # }
//! ```
//!
//! PostgreSQL and MariaDB come from Debian's packages and are shared by all test processes of a user; see `servers.sh`.
//! A test fails when they are not installed: a store that was tried on one database only is not tested.
//!
//! Migrating takes long, so that a database is migrated once in each process and copied for each test ([`Template`]).

mod every;
mod servers;
mod template;

use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;

use kernel::Clock;
use tokio::sync::OnceCell;

use crate::stmt::{Dialect, Stmt};
use crate::{Db, Limits, migrate};

pub use template::Template;

/// A database of its own for one test; removed when dropped.
pub struct TestDb {
    db: Db,
    url: String,
    home: Home,
}

enum Home {
    /// Removed by its own drop.
    Directory(#[allow(dead_code, reason = "held for its drop")] tempfile::TempDir),
    Server {
        name: String,
    },
    /// Emptied and filled again for a later test.
    Lent(template::Lent),
}

/// One fresh, migrated database of each kind: SQLite, PostgreSQL, MariaDB.
///
/// # Panics
/// When one cannot be had; the message names the Debian package that is missing.
pub async fn all() -> Vec<TestDb> {
    futures::future::join_all(Dialect::ALL.map(one)).await
}

/// A fresh, migrated database.
///
/// # Panics
/// As [`all`].
pub async fn one(dialect: Dialect) -> TestDb {
    static MIGRATED: [OnceCell<Template>; 3] = [const { OnceCell::const_new() }; 3];
    let template = MIGRATED[dialect as usize].get_or_init(async || {
        let db = empty(dialect).await;
        migrate::run(&db, Clock::system().now()).await.unwrap_or_else(|e| panic!("migrating {}: {e}", dialect.name()));
        Template::of(db).await
    });
    template.await.copy().await
}

/// A fresh database without any table.
///
/// # Panics
/// As [`all`].
pub async fn empty(dialect: Dialect) -> TestDb {
    let (url, home) = match dialect {
        Dialect::Sqlite => {
            let directory = tempfile::tempdir().expect("a temporary directory");
            (format!("sqlite:{}", directory.path().join("test.db").display()), Home::Directory(directory))
        }
        Dialect::Postgres | Dialect::MySql => {
            let name = servers::fresh_name();
            let url = servers::create(dialect, &name).await;
            (url, Home::Server { name })
        }
    };
    TestDb::open(url, home).await
}

/// Whether the full scale is asked for (`make proof`) rather than the small one (`make test`).
#[allow(clippy::disallowed_methods, reason = "the scale of a test run is chosen by the environment")]
pub fn full_scale() -> bool {
    std::env::var_os("SYMBOLON_PROOF").is_some()
}

/// How many cases a test tries: `few`, or `many` at full scale.
pub fn cases(few: u32, many: u32) -> u32 {
    if full_scale() { many } else { few }
}

/// Has every database compile every statement, after all migrations.
///
/// # Panics
/// With all that they do not understand.
pub async fn prepare_all(statements: &[&'static Stmt]) {
    let mut problems = Vec::new();
    for db in all().await {
        for stmt in statements {
            if let Err(e) = db.prepare(stmt).await {
                problems.push(format!("{}: {e}", db.dialect().name()));
            }
        }
    }
    assert!(problems.is_empty(), "statements that do not compile:\n{}", problems.join("\n"));
}

async fn open(url: &str) -> Db {
    let limits = Limits { connections: 8, patience: Duration::from_secs(30) };
    Db::open_with(url, limits).await.unwrap_or_else(|e| panic!("opening a test database: {e}"))
}

impl TestDb {
    async fn open(url: String, home: Home) -> Self {
        Self { db: open(&url).await, url, home }
    }

    /// Its URL, for a process of its own.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same database through connections of its own, as another process would have them.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn again(&self) -> Db {
        open(&self.url).await
    }

    /// Runs a script of several statements, to make tables that only a test needs.
    ///
    /// # Panics
    /// When it fails.
    pub async fn script(&self, sql: &str) {
        if let Home::Lent(lent) = &self.home {
            lent.altered();
        }
        self.db.script(sql, crate::Batch::new()).await.unwrap_or_else(|e| panic!("{}: {e}", self.dialect().name()));
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> Option<PathBuf> {
        self.db.file().map(PathBuf::from)
    }
}

impl Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        match &mut self.home {
            Home::Directory(_) => {}
            Home::Server { name } => servers::remove(self.db.dialect(), name.clone()),
            Home::Lent(lent) => lent.give_back(),
        }
    }
}
