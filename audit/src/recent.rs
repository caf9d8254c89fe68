//! Tags that this process made a moment ago. The sealer needs not read an entry whole to know such a tag for a genuine one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::ids::AuditId;

/// Tags of one generation; two are kept. At full load the sealer is never further behind, and it can do without.
const GENERATION: usize = 16_384;

type Tags = HashMap<AuditId, Box<str>>;

/// The latest tags, bounded: when a generation is full, the one before it is forgotten.
#[derive(Default)]
pub(crate) struct Recent(Mutex<[Tags; 2]>);

impl Recent {
    fn generations(&self) -> MutexGuard<'_, [Tags; 2]> {
        // A map is whole whatever panicked beside it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the tag of an entry that was made here.
    pub(crate) fn add(&self, id: AuditId, mac: &str) {
        let mut generations = self.generations();
        if generations[0].len() >= GENERATION {
            generations.swap(0, 1);
            generations[0].clear();
        }
        generations[0].insert(id, mac.into());
    }

    /// Whether this tag was made here for this entry.
    pub(crate) fn made(&self, id: AuditId, mac: &str) -> bool {
        let generations = self.generations();
        generations.iter().find_map(|tags| tags.get(&id)).is_some_and(|known| **known == *mac)
    }

    #[cfg(test)]
    pub(crate) fn forget(&self) {
        *self.generations() = Default::default();
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Entropy, Timestamp};

    use super::*;

    #[test]
    fn the_latest_tags_are_known_and_their_number_is_bounded() {
        let (recent, chance) = (Recent::default(), Entropy::seeded(1));
        let ids: Vec<_> = (0..3 * GENERATION).map(|_| AuditId::new(&chance, Timestamp(0))).collect();
        for id in &ids {
            recent.add(*id, "tag");
        }
        assert!(recent.made(ids[2 * GENERATION], "tag") && recent.made(ids[GENERATION], "tag"));
        assert!(!recent.made(ids[0], "tag") && !recent.made(ids[2 * GENERATION], "other"));
        assert_eq!(recent.generations().iter().map(HashMap::len).sum::<usize>(), 2 * GENERATION);
    }
}
