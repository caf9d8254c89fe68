//! The durable copy of the buckets.

use db::{Batch, Db, DbError, args};
use kernel::Timestamp;

use super::bucket::Rate;

db::statements! {
    /// One more failure in a bucket.
    BUDGET_SPEND = "INSERT INTO guess_budget (name, spent_until, updated_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET \
        spent_until = CASE WHEN guess_budget.spent_until > ? THEN guess_budget.spent_until + ? ELSE ? END, updated_at = ?",
        mysql "INSERT INTO guess_budget (name, spent_until, updated_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE \
        spent_until = CASE WHEN spent_until > ? THEN spent_until + ? ELSE ? END, updated_at = ?";
    /// Buckets that are not empty and changed since.
    BUDGET_SINCE = "SELECT name, spent_until FROM guess_budget WHERE updated_at >= ? AND spent_until > ?";
    /// One bucket.
    BUDGET_ONE = "SELECT spent_until FROM guess_budget WHERE name = ?";
    /// Forgets buckets that are empty again.
    BUDGET_SWEEP = "DELETE FROM guess_budget WHERE spent_until <= ?";
}

/// Adds one failure.
pub(super) fn spend(batch: &mut Batch, name: &str, rate: Rate, now: Timestamp) {
    let micros = i64::try_from(rate.interval.as_micros()).unwrap_or(i64::MAX);
    let fresh = now + rate.interval;
    batch.run(&BUDGET_SPEND, args![name, fresh, now, now, micros, fresh, now]);
}

/// Buckets that are not empty and changed since a moment.
pub(super) async fn since(db: &Db, since: Timestamp, now: Timestamp) -> Result<Vec<(String, Timestamp)>, DbError> {
    let rows = db.fetch_all(&BUDGET_SINCE, args![since, now]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// One bucket.
pub(super) async fn one(db: &Db, name: &str) -> Result<Option<Timestamp>, DbError> {
    db.fetch_optional(&BUDGET_ONE, args![name]).await?.map(|row| row.get(0)).transpose()
}
