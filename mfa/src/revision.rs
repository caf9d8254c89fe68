//! Revisions: one number for each topic that nodes keep compiled. A change raises it in its own commit; nodes that find
//! another number than they have loaded reload.

use std::collections::BTreeMap;

use db::{Batch, Db, DbError};

/// What is kept compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Policies.
    Policy,
    /// Realms, resolvers, and people that were changed or removed.
    People,
    /// System settings.
    Setting,
    /// Event handlers.
    Event,
}

impl Topic {
    const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::People => "people",
            Self::Setting => "setting",
            Self::Event => "event",
        }
    }
}

/// The revisions of all topics.
pub struct Revisions(BTreeMap<String, i64>);

impl Revisions {
    /// The revision of one topic; 0 before its first change.
    pub fn of(&self, topic: Topic) -> i64 {
        self.0.get(topic.name()).copied().unwrap_or(0)
    }
}

/// Raises the revision of a topic together with the change.
pub fn raise(batch: &mut Batch, topic: Topic) {
    db::revision::bump(batch, topic.name());
}

/// Reads the revisions.
///
/// # Errors
/// When the database fails.
pub async fn read(db: &Db) -> Result<Revisions, DbError> {
    Ok(Revisions(db::revision::read(db).await?))
}
