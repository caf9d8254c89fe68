//! What look-ups see: an immutable picture of what is registered, and members of federations that were looked up lately.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use kernel::Timestamp;
use kernel::ids::RowId;
use moka::sync::Cache;

use super::Sp;
use crate::party::federation::Federation;
use crate::party::federation::store::EntityRow;

/// What look-ups see.
pub(crate) struct Snapshot {
    pub(super) by_name: HashMap<String, Arc<Sp>>,
    pub(super) by_entity: HashMap<String, Arc<Sp>>,
    pub(super) by_row: HashMap<RowId, Arc<Sp>>,
    /// Names of entities that are registered and cannot be read: they are nobody, and no federation makes them somebody.
    pub(super) unreadable: HashSet<String>,
    /// Those whose service providers may be used, by name.
    pub(crate) federations: Vec<Federation>,
    /// Service providers of federations that were looked up lately: they go with the snapshot.
    pub(super) lately: Cache<String, Arc<Sp>>,
    pub(super) lately_by_row: Cache<RowId, Arc<Sp>>,
    /// Names that nobody had a moment ago, or somebody who has expired: who repeats one costs nothing.
    pub(crate) not_usable: Cache<String, ()>,
}

/// Service providers of federations that are kept at hand.
const LATELY: u64 = 2000;
/// Names that nobody can use which are remembered, and for how long: no longer than a change takes to be known to all nodes.
const NOT_USABLE: (u64, Duration) = (1000, Duration::from_secs(1));

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            by_name: HashMap::new(),
            by_entity: HashMap::new(),
            by_row: HashMap::new(),
            unreadable: HashSet::new(),
            federations: Vec::new(),
            lately: Cache::new(LATELY),
            lately_by_row: Cache::new(LATELY),
            not_usable: Cache::builder().max_capacity(NOT_USABLE.0).time_to_live(NOT_USABLE.1).build(),
        }
    }
}

impl Snapshot {
    pub(super) fn insert(&mut self, sp: Arc<Sp>) {
        self.by_row.insert(sp.id, sp.clone());
        self.by_entity.insert(sp.entity_id().to_owned(), sp.clone());
        self.by_name.insert(sp.sp_id.clone(), sp);
    }

    /// Keeps the first of the rows of one entity that can be used at this moment; where all have expired, the first of them.
    pub(crate) fn keep(&self, rows: Vec<EntityRow>, now: Timestamp) -> Option<Arc<Sp>> {
        let mut expired = None;
        for row in rows {
            let Some(federation) = self.federations.iter().find(|federation| federation.id == row.federation) else { continue };
            match federation.party(row) {
                // Whoever is registered here is met under what is configured here, also when that bars them.
                Ok(Some(sp)) if self.is_registered(sp.entity_id()) => {}
                Ok(Some(sp)) if !sp.is_usable(now) => expired = expired.or(Some(sp)),
                Ok(Some(sp)) => return Some(self.keep_one(sp)),
                Ok(None) => {}
                Err(problem) => tracing::warn!(%problem, "a service provider of a federation cannot be used"),
            }
        }
        expired.map(|sp| self.keep_one(sp))
    }

    fn is_registered(&self, entity_id: &str) -> bool {
        self.by_entity.contains_key(entity_id) || self.unreadable.contains(entity_id)
    }

    fn keep_one(&self, sp: Sp) -> Arc<Sp> {
        let sp = Arc::new(sp);
        self.lately.insert(sp.entity_id().to_owned(), sp.clone());
        self.lately_by_row.insert(sp.id, sp.clone());
        sp
    }
}
