//! A database that many tests begin with: made once, copied for each of them.
//!
//! SQLite copies a file. Servers take long to make a database and to remove it: there one that a test has given back is emptied
//! and filled again for the next one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::servers::{self, Contents};
use super::{Home, TestDb};

/// What is copied. Kept in a static: it is never removed as long as the process lives.
pub struct Template(Source);

enum Source {
    /// The file. In memory: what a static holds is never removed.
    File(Vec<u8>),
    Server(Arc<Shelf>),
}

/// The databases of one template that no test uses at present.
struct Shelf {
    contents: Contents,
    spare: Mutex<Vec<String>>,
}

/// A database from the shelf.
pub(super) struct Lent {
    name: String,
    shelf: Arc<Shelf>,
    altered: AtomicBool,
}

impl Lent {
    /// Its tables are not those of the template any more.
    pub(super) fn altered(&self) {
        self.altered.store(true, Ordering::Relaxed);
    }

    /// For the next test, if that can use it.
    pub(super) fn give_back(&mut self) {
        let name = std::mem::take(&mut self.name);
        if self.altered.load(Ordering::Relaxed) {
            servers::remove(self.shelf.contents.dialect(), name);
        } else {
            self.shelf.spare.lock().unwrap_or_else(PoisonError::into_inner).push(name);
        }
    }
}

impl Template {
    /// Makes what `made` holds the beginning of other tests. Ends all connections of `made`; others of it must be closed before.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn of(made: TestDb) -> Self {
        let name = match &made.home {
            Home::Directory(_) => {
                let directory = tempfile::tempdir().expect("a temporary directory");
                let file = directory.path().join("template.db");
                made.db.backup_to(&file).await.unwrap_or_else(|e| panic!("{e}"));
                return Self(Source::File(std::fs::read(file).expect("a copy of the database")));
            }
            Home::Server { name } => name.clone(),
            Home::Lent(_) => panic!("made of a copy: begin with `empty`"),
        };
        made.db.close().await;
        let dialect = made.dialect();
        // What drops a test database is not for this one.
        std::mem::forget(made);
        Self(Source::Server(Arc::new(Shelf { contents: servers::contents(dialect, &name).await, spare: Mutex::default() })))
    }

    /// A database of its own with the same tables and rows.
    ///
    /// # Panics
    /// As [`one`](super::one).
    pub async fn copy(&self) -> TestDb {
        match &self.0 {
            Source::File(bytes) => {
                let place = tempfile::tempdir().expect("a temporary directory");
                let file = place.path().join("test.db");
                std::fs::write(&file, bytes).expect("a copy of the template");
                TestDb::open(format!("sqlite:{}", file.display()), Home::Directory(place)).await
            }
            Source::Server(shelf) => {
                let spare = shelf.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let is_used = spare.is_some();
                let name = spare.unwrap_or_else(servers::fresh_name);
                let url = if is_used { shelf.contents.url(&name) } else { shelf.contents.copy(&name).await };
                let lent = Lent { name, shelf: Arc::clone(shelf), altered: AtomicBool::new(false) };
                let copy = TestDb::open(url, Home::Lent(lent)).await;
                if is_used {
                    shelf.contents.restore(&copy).await.unwrap_or_else(|e| panic!("restoring a test database: {e}"));
                }
                copy
            }
        }
    }
}
