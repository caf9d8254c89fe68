//! The audit log: every operation leaves one row that commits together with the change it describes, carries a tag made
//! with a key that is not in the database, and is sealed into a chain: within a second, or, if it commits late, when the sealer
//! comes by again.
//!
//! Rules: [`Audit::append`] is the only way to write an entry; entries are never updated. No secret ever enters a
//! [`Record`].

pub mod chain;
mod entry;
mod origin;
mod record;
pub mod search;
mod store;

use std::sync::Arc;

use db::{Batch, Db, DbError};
use kernel::ids::AuditId;
use kernel::{Clock, Entropy, Generations};
use keys::{Keys, MacKey, Purpose};

pub use chain::{Chain, ChainConfig, Fault, Finding, Overdue, Verified};
pub use entry::Entry;
pub use origin::{Door, Origin};
pub use record::{Reason, Record};
pub use search::{Found, Page, Search, SearchError};

/// A committed entry is sealed within this time; if it is older and in no link, something is wrong: nobody seals, or it was
/// committed late.
pub(crate) const SETTLE: std::time::Duration = std::time::Duration::from_secs(60);
/// Tags of one generation. At full load the sealer is never further behind, and it can do without.
const RECENT: usize = 16_384;

/// Writes and reads the audit log. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    db: Db,
    mac: MacKey,
    clock: Clock,
    chance: Entropy,
    /// Tags that this process made a moment ago: the sealer needs not read an entry whole to know such a tag for a genuine one.
    recent: Arc<Generations<AuditId, Box<str>>>,
}

impl Audit {
    /// The audit log in `db`, with tags of the root secret of `keys`.
    pub fn new(db: Db, keys: &Keys, clock: Clock, chance: Entropy) -> Self {
        Self { db, mac: keys.mac_key(Purpose::Audit), clock, chance, recent: Arc::new(Generations::new(RECENT)) }
    }

    /// Adds the entry to the batch of the operation it describes: both commit or neither. Text is cut to the width of its
    /// column. Call it right before the batch is written: entries that are committed within two seconds are sealed at once, others
    /// when the sealer comes by again.
    pub fn append(&self, batch: &mut Batch, record: Record) -> AuditId {
        let now = self.clock.now();
        let id = AuditId::new(&self.chance, now);
        let entry = Entry::new(id, now, record);
        let mac = self.mac.text(&entry.canonical());
        self.recent.insert(id, mac.as_str().into());
        batch.run(&store::entry::ENTRY_INSERT, store::entry::insert_args(entry, mac));
        id
    }

    /// Whether the tag of an entry belongs to its content.
    pub(crate) fn tag_is_right(&self, entry: &Entry, mac: &str) -> bool {
        self.mac.verify_text(&entry.canonical(), mac)
    }

    /// The entry of this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry(&self, id: AuditId) -> Result<Option<Entry>, DbError> {
        let row = self.db.fetch_optional(&store::entry::ENTRY_BY_ID, db::args![id]).await?;
        row.map(|row| store::entry::read(&row, 0).map(|(entry, _)| entry)).transpose()
    }
}

/// Every statement of this crate.
pub fn statements() -> Vec<&'static db::Stmt> {
    [store::entry::STATEMENTS, store::chain::STATEMENTS, store::checkpoint::STATEMENTS].concat()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::Timestamp;
    use kernel::ids::PersonId;

    use super::*;

    #[tokio::test]
    async fn what_is_appended_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&dir.path().join("t.db")).unwrap();
        let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
        db::migrate::run(&db, clock.now()).await.unwrap();
        let chance = Entropy::seeded(1);
        let audit = Audit::new(db.clone(), &Keys::for_tests(), clock.clone(), chance.clone());
        let mut origin = Origin::local(Door::Validate, clock.now(), "req-1", "node-a");
        origin.client = Some("::ffff:10.0.0.7".parse().unwrap());
        origin.user_agent = "privacyidea-cp/3.5.1 Windows".to_owned();
        let mut record = Record::new(&origin, "POST /validate/check");
        record.success = true;
        record.user = "hans".to_owned();
        record.person = Some(PersonId::new(&chance, clock.now()));
        record.duration = Some(Duration::from_millis(17));
        let (policy, scope) = ("pin".to_owned(), "authentication".to_owned());
        record.reasons = vec![Reason { policy, scope, action: "otppin".into(), value: "tokenpin".into() }];
        let mut batch = Batch::new();
        let id = audit.append(&mut batch, record.clone());
        db.write(batch).await.unwrap();
        let entry = audit.entry(id).await.unwrap().unwrap();
        record.policies = "pin".to_owned();
        assert_eq!(entry.record, record);
        assert_eq!((entry.record.client.as_str(), entry.record.user_agent.as_str()), ("10.0.0.7", "privacyidea-cp"));
        assert!(entry.record.mentions(&"hans".into()) && !entry.record.mentions(&"geheim".into()));
    }
}
