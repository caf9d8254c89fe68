//! A map of bounded size for what may be forgotten at any time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was put in lately. Two generations are kept: when the younger one is full, the older one is forgotten, so that there are
/// never more than twice `limit` values, and putting one in costs no search for another to drop.
pub struct Generations<K, V> {
    limit: usize,
    maps: Mutex<[HashMap<K, V>; 2]>,
}

impl<K: Eq + Hash, V> Generations<K, V> {
    /// An empty one, of generations of `limit` values.
    pub fn new(limit: usize) -> Self {
        Self { limit, maps: Mutex::new([HashMap::new(), HashMap::new()]) }
    }

    fn maps(&self) -> MutexGuard<'_, [HashMap<K, V>; 2]> {
        // A map is whole whatever panicked beside it.
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value in, instead of what was there.
    pub fn insert(&self, key: K, value: V) {
        let mut maps = self.maps();
        if maps[0].len() >= self.limit {
            maps.swap(0, 1);
            maps[0].clear();
        }
        maps[1].remove(&key);
        maps[0].insert(key, value);
    }

    /// Takes a value out.
    pub fn take(&self, key: &K) -> Option<V> {
        let mut maps = self.maps();
        maps[0].remove(key).or_else(|| maps[1].remove(key))
    }

    /// Whether there is a value of which `is` holds.
    pub fn any(&self, key: &K, is: impl FnOnce(&V) -> bool) -> bool {
        let maps = self.maps();
        maps[0].get(key).or_else(|| maps[1].get(key)).is_some_and(is)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.maps().iter_mut().for_each(HashMap::clear);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_there_and_their_number_is_bounded() {
        let values = Generations::new(10);
        for n in 0..35 {
            values.insert(n, n * 2);
        }
        let there: Vec<u32> = (0..35).filter(|n| values.any(n, |value| *value == n * 2)).collect();
        assert_eq!(there, (20..35).collect::<Vec<_>>());
    }

    #[test]
    fn there_is_one_value_for_a_key() {
        let values = Generations::new(2);
        values.insert(1, "old");
        (2..4).for_each(|n| values.insert(n, "other"));
        values.insert(1, "new");
        assert_eq!((values.take(&1), values.take(&1)), (Some("new"), None));
        values.insert(1, "again");
        values.clear();
        assert!(!values.any(&1, |_| true) && !values.any(&3, |_| true));
    }
}
