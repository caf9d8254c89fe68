//! Keys that clients publish at a URL: fetched when needed, kept for a while, fetched again for an unknown key, but not often.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kernel::Timestamp;

use super::jwks::KeySet;

/// A fetched set is good for so long.
const GOOD_FOR: Duration = Duration::from_secs(15 * 60);
/// No URL is fetched more often than this, whoever asks.
const NOT_BEFORE: Duration = Duration::from_secs(10);
/// Most URLs that are remembered.
const MOST: usize = 10_000;

/// Fetches a document: the guarded outbound client, which calls allowed addresses only and bounds size and time.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The JSON document at `url`.
    ///
    /// # Errors
    /// Says in words what went wrong.
    async fn json(&self, url: &str) -> Result<serde_json::Value, String>;
}

#[async_trait]
impl Fetch for kernel::outbound::Outbound {
    async fn json(&self, url: &str) -> Result<serde_json::Value, String> {
        self.get_json(url).await.map_err(|e| e.to_string())
    }
}

struct Entry {
    fetched_at: Timestamp,
    keys: Option<KeySet>,
}

/// Key sets by URL. Cheap to clone.
#[derive(Clone)]
pub struct Published {
    fetch: Arc<dyn Fetch>,
    sets: Arc<Mutex<HashMap<String, Entry>>>,
    /// One fetch of a URL at a time: whoever waits finds the set that another has fetched.
    fetching: Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>,
}

impl Published {
    /// An empty cache.
    pub fn new(fetch: Arc<dyn Fetch>) -> Self {
        Self { fetch, sets: Arc::default(), fetching: Arc::default() }
    }

    /// The keys at `url`; `None` when they cannot be had. With `newer` they are fetched again, unless that was done just now.
    pub async fn get(&self, url: &str, now: Timestamp, newer: bool) -> Option<KeySet> {
        if let Some(known) = self.known(url, now, newer) {
            return known;
        }
        let turn = self.turn(url);
        let _one = turn.lock().await;
        if let Some(known) = self.known(url, now, newer) {
            return known;
        }
        let fetched = self.fetch.json(url).await.and_then(|set| KeySet::read(&set));
        if let Err(problem) = &fetched {
            tracing::warn!(url, problem, "the keys of a client cannot be had");
        }
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        // A failed fetch does not take away what we have.
        let keys = fetched.ok().or_else(|| sets.get(url).and_then(|entry| entry.keys.clone()));
        if sets.len() >= MOST {
            sets.clear();
        }
        sets.insert(url.to_owned(), Entry { fetched_at: now, keys: keys.clone() });
        keys
    }

    fn turn(&self, url: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody holds are forgotten.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(url.to_owned()).or_default().clone()
    }

    /// What need not be fetched: `Some(None)` when it was tried just now in vain.
    fn known(&self, url: &str, now: Timestamp, newer: bool) -> Option<Option<KeySet>> {
        let sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = sets.get(url)?;
        let age = now.since(entry.fetched_at);
        let fresh = age < NOT_BEFORE || (!newer && entry.keys.is_some() && age < GOOD_FOR);
        fresh.then(|| entry.keys.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    #[derive(Default)]
    struct Counting(AtomicUsize);

    #[async_trait]
    impl Fetch for Counting {
        async fn json(&self, _: &str) -> Result<serde_json::Value, String> {
            self.0.fetch_add(1, Ordering::SeqCst);
            let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
            Ok(json!({ "keys": [key] }))
        }
    }

    #[tokio::test]
    async fn fetches_are_rare() {
        let fetch = Arc::new(Counting::default());
        let published = Published::new(fetch.clone());
        let now = Timestamp::from_seconds(1000);
        let count = || fetch.0.load(Ordering::SeqCst);
        assert!(published.get("https://rp.example/jwks", now, false).await.is_some());
        assert!(published.get("https://rp.example/jwks", now + Duration::from_secs(60), false).await.is_some());
        assert_eq!(count(), 1);
        published.get("https://rp.example/jwks", now + Duration::from_secs(60), true).await;
        assert_eq!(count(), 2);
        published.get("https://rp.example/jwks", now + Duration::from_secs(69), true).await;
        assert_eq!(count(), 2);
        published.get("https://rp.example/jwks", now + Duration::from_secs(60 * 60), false).await;
        assert_eq!(count(), 3);
    }
}
