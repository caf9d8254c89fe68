//! The settings of a running engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use db::{Db, DbError};

use super::{Snapshot, declared};
use crate::revision::{self, Revisions, Topic};

/// The compiled settings. Cheap to clone; all clones see a reload at once.
#[derive(Clone)]
pub struct Settings(Arc<Inner>);

struct Inner {
    snapshot: ArcSwap<Snapshot>,
    revision: AtomicI64,
}

impl Settings {
    /// Loads the settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(db: &Db) -> Result<Self, DbError> {
        let settings = Self(Arc::new(Inner { snapshot: ArcSwap::default(), revision: AtomicI64::new(-1) }));
        settings.reload(db).await?;
        Ok(settings)
    }

    /// The settings as they are now.
    pub fn load(&self) -> Arc<Snapshot> {
        self.0.snapshot.load_full()
    }

    /// Loads them again. Names that are not declared here belong to other parts.
    ///
    /// # Errors
    /// When the database fails; what was loaded before stays.
    pub async fn reload(&self, db: &Db) -> Result<(), DbError> {
        let revision = revision::read(db).await?.of(Topic::Setting);
        let mut snapshot = Snapshot::default();
        for stored in db::setting::all(db).await? {
            if declared(&stored.name).is_some()
                && let Err(why) = snapshot.set(&stored.name, &stored.content)
            {
                tracing::error!(setting = stored.name, "the stored setting is not used: {why}");
            }
        }
        self.0.snapshot.store(Arc::new(snapshot));
        self.0.revision.store(revision, Ordering::Release);
        Ok(())
    }

    /// Reloads if the revision is another.
    ///
    /// # Errors
    /// As [`Settings::reload`].
    pub async fn refresh(&self, db: &Db, revisions: &Revisions) -> Result<(), DbError> {
        if self.0.revision.load(Ordering::Acquire) == revisions.of(Topic::Setting) {
            return Ok(());
        }
        self.reload(db).await
    }
}
