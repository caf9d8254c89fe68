//! Guess budgets: the choke point for every secret that can be guessed.
//!
//! Before a secret is looked at, [`Budgets::check`] reserves one failure in every bucket that the guess touches; when one of
//! them is full, the guess is refused unseen. [`Permit::right`] gives the reservation back; [`Permit::wrong`] keeps it and adds
//! the durable rows to the caller's batch. Because the reservation comes first, a thousand parallel guesses get no further
//! than a thousand successive ones.
//!
//! A bucket is one number: the moment until which its failures are spread (GCRA). It lives in memory; the database keeps a
//! copy that is written with failures only, read at the start and followed every second ([`Budgets::follow`]), so that neither
//! a restart nor a second node forgets. A right answer costs no SQL.
//!
//! A known device has a bucket of its own and touches no other: whoever exhausts the buckets of a person or a network does
//! not lock out their devices.

mod bucket;
mod guess;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use db::{Batch, Db, DbError, WriteError};
use kernel::{Class, Classified, Timestamp};

pub use bucket::Rate;
pub use guess::{Guess, Rates, Secret, Subject};

use bucket::Buckets;

/// Buckets kept in memory; more are looked up in the database.
const CAPACITY: usize = 100_000;

/// Too many failures; the guess was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many failures; try again in {} s", retry_after.as_secs())]
pub struct Limited {
    /// When the next guess is possible.
    pub retry_after: Duration,
    /// Only the person has too many failures, not the name that was typed: to say so would say that there is such a person. It
    /// must look like a wrong secret.
    pub hidden: bool,
}

impl Classified for Limited {
    fn class(&self) -> Class {
        Class::Limited
    }
    fn code(&self) -> &'static str {
        "too_many_failures"
    }
}

/// Why a guess was not admitted.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Too many failures.
    #[error(transparent)]
    Limited(#[from] Limited),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// All guess budgets. Cheap to clone; all clones share the buckets.
#[derive(Clone)]
pub struct Budgets(Arc<Inner>);

struct Inner {
    db: Db,
    rates: Rates,
    buckets: Mutex<Buckets>,
    followed: AtomicI64,
}

impl Budgets {
    /// Budgets with these rates. Call [`Budgets::follow`] before serving: it reads what the database remembers.
    pub fn new(db: Db, rates: Rates) -> Self {
        Self::with_capacity(db, rates, CAPACITY)
    }

    fn with_capacity(db: Db, rates: Rates, capacity: usize) -> Self {
        let buckets = Mutex::new(Buckets::new(capacity));
        Self(Arc::new(Inner { db, rates, buckets, followed: AtomicI64::new(i64::MIN) }))
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets> {
        self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a guess and reserves a failure for it, or refuses it.
    ///
    /// # Errors
    /// [`CheckError::Limited`] when a bucket that the guess touches is full.
    pub async fn check(&self, guess: &Guess<'_>, now: Timestamp) -> Result<Permit, CheckError> {
        let touched = guess.buckets(&self.0.rates);
        let missing = self.buckets().missing(&touched);
        let known = self.look_up(missing).await?;
        let mut buckets = self.buckets();
        let Some(longest) = buckets.reserve(&touched, known, now) else {
            return Ok(Permit { budgets: self.clone(), touched, now });
        };
        let hidden = guess.hidden_bucket();
        let shown = buckets.wait(touched.iter().filter(|(name, _)| Some(name) != hidden.as_ref()), now);
        Err(Limited { retry_after: shown.unwrap_or(longest), hidden: shown.is_none() }.into())
    }

    async fn look_up(&self, missing: Vec<String>) -> Result<Vec<(String, Timestamp)>, DbError> {
        let mut known = Vec::new();
        for name in missing {
            if let Some(until) = store::one(&self.0.db, &name).await? {
                known.push((name, until));
            }
        }
        Ok(known)
    }

    /// Takes over what was written since the last call by any node: once before serving, then every second.
    ///
    /// # Errors
    /// When the database fails; the next call catches up.
    pub async fn follow(&self, now: Timestamp) -> Result<(), DbError> {
        let since = Timestamp(self.0.followed.load(Ordering::Relaxed));
        let rows = store::since(&self.0.db, since, now).await?;
        for (name, until) in rows {
            self.buckets().raise(name, until, now);
        }
        // Rows commit a little after the moment that they carry, on clocks that differ a little.
        self.0.followed.store((now - Duration::from_secs(10)).0, Ordering::Relaxed);
        Ok(())
    }

    /// Forgets buckets that are empty again, in memory and in the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), WriteError> {
        self.buckets().sweep(now);
        self.0.db.execute(&store::BUDGET_SWEEP, db::args![now]).await.map(|_| ())
    }
}

/// One admitted guess. Dropped without a verdict, it counts as a failure in memory.
#[must_use = "say whether the guess was right or wrong"]
pub struct Permit {
    budgets: Budgets,
    touched: Vec<(String, Rate)>,
    now: Timestamp,
}

impl Permit {
    /// The guess was right, or was none (an empty form, a question asked): the reservation is given back.
    pub fn right(self) {
        self.budgets.buckets().release(&self.touched, self.now);
    }

    /// The guess was wrong: the reservation stays, and the batch makes it durable.
    pub fn wrong(self, batch: &mut Batch) {
        for (name, rate) in &self.touched {
            store::spend(batch, name, *rate, self.now);
        }
    }
}
