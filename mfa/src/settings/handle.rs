//! The settings of a running engine.

use std::sync::Arc;

use arc_swap::ArcSwap;
use db::revision::{self, Held, Revisions};
use db::{Db, DbError};

use super::{Snapshot, declared};
use crate::revision::Topic;

/// The compiled settings. Cheap to clone; all clones see a reload at once.
#[derive(Clone)]
pub struct Settings(Arc<Inner>);

struct Inner {
    snapshot: ArcSwap<Snapshot>,
    held: Held,
}

impl Settings {
    /// Loads the settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(db: &Db) -> Result<Self, DbError> {
        let settings = Self(Arc::new(Inner { snapshot: ArcSwap::default(), held: Topic::Setting.held() }));
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
        self.0.held.load(&revision::read(db).await?, self.load_all(db)).await
    }

    async fn load_all(&self, db: &Db) -> Result<(), DbError> {
        let mut snapshot = Snapshot::default();
        for stored in db::setting::all(db).await? {
            if declared(&stored.name).is_some()
                && let Err(why) = snapshot.set(&stored.name, &stored.content)
            {
                tracing::error!(setting = stored.name, "the stored setting is not used: {why}");
            }
        }
        self.0.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    /// Reloads if the revision is another.
    ///
    /// # Errors
    /// As [`Settings::reload`].
    pub async fn refresh(&self, db: &Db, revisions: &Revisions) -> Result<(), DbError> {
        self.0.held.refresh(revisions, self.load_all(db)).await
    }
}
