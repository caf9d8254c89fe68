//! Buckets: how many failures in which time (generic cell rate algorithm). A bucket is the moment until which its failures
//! are spread out: each adds one interval, and `burst` intervals ahead of now is full.

use std::collections::HashMap;
use std::time::Duration;

use kernel::Timestamp;

/// `burst` failures at once, then one for each `interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Failures at once.
    pub burst: u32,
    /// One more after each.
    pub interval: Duration,
}

impl Rate {
    /// How long to wait until one more failure fits into a bucket that is spent until `until`; `None` when it fits now.
    fn wait(self, until: Timestamp, now: Timestamp) -> Option<Duration> {
        let ahead = until.since(now);
        let room = self.interval * self.burst.saturating_sub(1);
        if ahead <= room { None } else { Some(ahead - room) }
    }
}

/// The buckets in memory: only those that are not empty.
pub(super) struct Buckets {
    spent_until: HashMap<String, Timestamp>,
    capacity: usize,
    overflowed: bool,
}

impl Buckets {
    pub(super) fn new(capacity: usize) -> Self {
        Self { spent_until: HashMap::new(), capacity, overflowed: false }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.spent_until.is_empty()
    }

    /// Buckets of these that may have been dropped for want of room: the caller looks them up. None as long as nothing has
    /// been dropped.
    pub(super) fn missing(&self, touched: &[(String, Rate)]) -> Vec<String> {
        let lost = |name: &String| self.overflowed && !self.spent_until.contains_key(name);
        touched.iter().map(|(name, _)| name).filter(|name| lost(name)).cloned().collect()
    }

    /// Adds one failure to each bucket, or to none: then says how long to wait. `known` is what was looked up.
    pub(super) fn reserve(
        &mut self,
        touched: &[(String, Rate)],
        known: Vec<(String, Timestamp)>,
        now: Timestamp,
    ) -> Option<Duration> {
        self.make_room(touched.len(), now);
        for (name, until) in known {
            self.insert(name, until, now);
        }
        let wait = self.wait(touched, now);
        if wait.is_none() {
            for (name, rate) in touched {
                let spent = self.spent_until.entry(name.clone()).or_insert(now);
                *spent = (*spent).max(now) + rate.interval;
            }
        }
        wait
    }

    /// How long to wait until each of these takes one more failure; `None` when they do now.
    pub(super) fn wait<'b>(&self, touched: impl IntoIterator<Item = &'b (String, Rate)>, now: Timestamp) -> Option<Duration> {
        let until = |name: &str| self.spent_until.get(name).copied().unwrap_or(now);
        touched.into_iter().filter_map(|(name, rate)| rate.wait(until(name), now)).max()
    }

    fn insert(&mut self, name: String, until: Timestamp, now: Timestamp) {
        if until > now {
            let spent = self.spent_until.entry(name).or_insert(until);
            *spent = (*spent).max(until);
        }
    }

    /// Takes one failure back from each bucket.
    pub(super) fn release(&mut self, touched: &[(String, Rate)], now: Timestamp) {
        for (name, rate) in touched {
            if let Some(spent) = self.spent_until.get_mut(name) {
                *spent = *spent - rate.interval;
                if *spent <= now {
                    self.spent_until.remove(name);
                }
            }
        }
    }

    /// Raises a bucket to what another node or an earlier life knows.
    pub(super) fn raise(&mut self, name: String, until: Timestamp, now: Timestamp) {
        self.make_room(1, now);
        self.insert(name, until, now);
    }

    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.spent_until.retain(|_, until| *until > now);
    }

    /// Memory is bounded: first empty buckets go, then the emptier half of the rest. The database keeps them.
    fn make_room(&mut self, more: usize, now: Timestamp) {
        if self.spent_until.len() + more <= self.capacity {
            return;
        }
        self.sweep(now);
        if self.spent_until.len() + more > self.capacity {
            self.overflowed = true;
            let mut all: Vec<(String, Timestamp)> = self.spent_until.drain().collect();
            all.sort_unstable_by_key(|(_, until)| std::cmp::Reverse(*until));
            all.truncate(self.capacity / 2);
            self.spent_until.extend(all);
        }
    }
}
