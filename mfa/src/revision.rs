//! Revisions: one number for each topic that nodes keep compiled. A change raises it in its own commit; nodes that find
//! another number than they have loaded reload.

use std::collections::HashMap;

use db::{Batch, Db, DbError, args};

/// What is kept compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Policies.
    Policy,
    /// Realms, resolvers, and people that were changed or removed.
    People,
    /// System settings.
    Setting,
}

impl Topic {
    const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::People => "people",
            Self::Setting => "setting",
        }
    }
}

db::statements! {
    /// Another revision of a topic.
    REVISION_RAISE = "UPDATE config_revision SET number = number + 1 WHERE topic = ?";
    /// All revisions.
    REVISIONS = "SELECT topic, number FROM config_revision";
}

/// The revisions of all topics.
pub struct Revisions(HashMap<String, i64>);

impl Revisions {
    /// The revision of one topic.
    pub fn of(&self, topic: Topic) -> i64 {
        self.0.get(topic.name()).copied().unwrap_or(0)
    }
}

/// Raises the revision of a topic together with the change.
pub fn raise(batch: &mut Batch, topic: Topic) {
    batch.run(&REVISION_RAISE, args![topic.name()]);
}

/// Reads the revisions.
///
/// # Errors
/// When the database fails.
pub async fn read(db: &Db) -> Result<Revisions, DbError> {
    let rows = db.fetch_all(&REVISIONS, args![]).await?;
    let pair = |row: &db::Row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?));
    Ok(Revisions(rows.iter().map(pair).collect::<Result<_, DbError>>()?))
}
