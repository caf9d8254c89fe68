//! The outbox: side effects (mail, SMS, webhooks, logout calls) are rows of the batch that decides them, and leave after it has
//! committed. Delivery is at least once: who delivers claims an entry for a while, and an entry whose deliverer died comes
//! back.

use std::time::Duration;

use kernel::Timestamp;
use kernel::ids::RowId;

use crate::{Batch, Db, DbError, Row, WriteError, args};

crate::statements! {
    ENQUEUE = "INSERT INTO outbox (id, topic, payload, due_at, attempts, last_error, created_at) VALUES (?, ?, ?, ?, 0, NULL, ?)";
    DUE = "SELECT id, topic, payload, due_at, attempts, last_error, created_at FROM outbox WHERE due_at <= ? \
           ORDER BY due_at, id LIMIT ?";
    /// Hides the entry from others; the number of the attempt proves the claim.
    CLAIM = "UPDATE outbox SET due_at = ?, attempts = attempts + 1 WHERE id = ? AND attempts = ? AND due_at = ?";
    DONE = "DELETE FROM outbox WHERE id = ? AND attempts = ?";
    FAILED = "UPDATE outbox SET due_at = ?, last_error = ? WHERE id = ? AND attempts = ?";
    PARKED = "SELECT id, topic, payload, due_at, attempts, last_error, created_at FROM outbox WHERE due_at = 9223372036854775807 \
              ORDER BY id LIMIT ?";
    UNPARK = "UPDATE outbox SET due_at = ?, attempts = 0 WHERE id = ? AND due_at = 9223372036854775807";
}

/// Entries that were given up wait here for a person.
const NEVER: Timestamp = Timestamp(i64::MAX);
/// The first pause after a failure; doubled with each, up to an hour.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// `last_error` is as wide as its column.
const ERROR_CHARS: usize = 255;

/// Something to be sent. The payload is sealed by whoever enqueues it (place: table `outbox`, column `payload`, row `id`).
#[derive(Clone)]
pub struct Entry {
    /// Its id.
    pub id: RowId,
    /// Which deliverer it is for.
    pub topic: String,
    /// What to send.
    pub payload: String,
    /// Not before this moment.
    pub due_at: Timestamp,
    /// Deliveries begun so far.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was decided.
    pub created_at: Timestamp,
}

impl Entry {
    fn read(row: &Row) -> Result<Self, DbError> {
        let mut r = row.reader();
        Ok(Self {
            id: r.next()?,
            topic: r.next()?,
            payload: r.next()?,
            due_at: r.next()?,
            attempts: r.next()?,
            last_error: r.next()?,
            created_at: r.next()?,
        })
    }
}

/// Adds an entry to the batch that decides it.
pub fn enqueue(batch: &mut Batch, id: RowId, topic: &str, payload: &str, now: Timestamp) {
    batch.run(&ENQUEUE, args![id, topic, payload, now, now]);
}

/// The oldest entries that are due.
///
/// # Errors
/// When the database fails.
pub async fn due(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<Entry>, DbError> {
    db.fetch_list(&DUE, args![now, limit]).await?.iter().map(Entry::read).collect()
}

/// Claims an entry for `hold`; `None` when somebody else was faster. What is neither [`done`] nor [`failed`] by then is due
/// again.
///
/// # Errors
/// When the database fails.
pub async fn claim(db: &Db, entry: Entry, now: Timestamp, hold: Duration) -> Result<Option<Entry>, WriteError> {
    let until = now + hold;
    let claimed = db.execute(&CLAIM, args![until, entry.id, entry.attempts, entry.due_at]).await? == 1;
    Ok(claimed.then(|| Entry { attempts: entry.attempts + 1, due_at: until, ..entry }))
}

/// Removes a delivered entry; `false` when the claim had been lost.
///
/// # Errors
/// When the database fails; the entry is then delivered again.
pub async fn done(db: &Db, entry: &Entry) -> Result<bool, WriteError> {
    Ok(db.execute(&DONE, args![entry.id, entry.attempts]).await? == 1)
}

/// Puts a claimed entry back, to be tried again after a pause that doubles each time; after `give_up_after` attempts it is
/// [`parked`]. `error` must hold no secret. Returns when it is due again, if ever.
///
/// # Errors
/// When the database fails.
pub async fn failed(
    db: &Db,
    entry: &Entry,
    error: &str,
    now: Timestamp,
    give_up_after: i64,
) -> Result<Option<Timestamp>, WriteError> {
    let due = if entry.attempts >= give_up_after { NEVER } else { now + pause(entry.attempts) };
    let error: String = error.chars().filter(|c| *c != '\0').take(ERROR_CHARS).collect();
    db.execute(&FAILED, args![due, error, entry.id, entry.attempts]).await?;
    Ok((due != NEVER).then_some(due))
}

fn pause(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

/// Entries that were given up.
///
/// # Errors
/// When the database fails.
pub async fn parked(db: &Db, limit: u32) -> Result<Vec<Entry>, DbError> {
    db.fetch_list(&PARKED, args![limit]).await?.iter().map(Entry::read).collect()
}

/// Makes a parked entry due; `false` when it is not parked.
///
/// # Errors
/// When the database fails.
pub async fn unpark(db: &Db, id: RowId, now: Timestamp) -> Result<bool, WriteError> {
    Ok(db.execute(&UNPARK, args![now, id]).await? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use kernel::Entropy;

    #[tokio::test]
    async fn delivered_once_or_tried_again_later() {
        let at = Timestamp::from_seconds;
        let chance = Entropy::seeded(1);
        let hold = Duration::from_secs(60);
        for db in testing::all().await {
            let mut batch = Batch::new();
            for i in 0..3 {
                enqueue(&mut batch, RowId::new(&chance, at(i)), "mail", &format!("sealed {i}"), at(i));
            }
            db.write(batch).await.unwrap();
            assert_eq!(due(&db, at(1), 10).await.unwrap().len(), 2);
            assert_eq!(due(&db, at(2), 1).await.unwrap().len(), 1);
            let first = due(&db, at(2), 10).await.unwrap().remove(0);
            assert_eq!((first.payload.as_str(), first.topic.as_str(), first.attempts), ("sealed 0", "mail", 0));

            // Two see it, one gets it, and it is hidden meanwhile.
            let mine = claim(&db, first.clone(), at(2), hold).await.unwrap().unwrap();
            assert!(claim(&db, first.clone(), at(2), hold).await.unwrap().is_none());
            assert_eq!(due(&db, at(2), 10).await.unwrap().len(), 2);

            // A deliverer that died: due again, and the dead one's report counts no more.
            let again = due(&db, at(62), 10).await.unwrap().into_iter().find(|e| e.id == first.id).unwrap();
            let second = claim(&db, again, at(62), hold).await.unwrap().unwrap();
            assert!(!done(&db, &mine).await.unwrap());
            let next = failed(&db, &second, "no\0 answer", at(63), 3).await.unwrap().unwrap();
            assert_eq!(next, at(73));
            let again = due(&db, next, 10).await.unwrap().into_iter().find(|e| e.id == first.id).unwrap();
            assert_eq!(again.last_error.as_deref(), Some("no answer"));

            // Given up, looked at, tried again, delivered.
            let third = claim(&db, again, next, hold).await.unwrap().unwrap();
            assert!(failed(&db, &third, &"ü".repeat(300), next, 3).await.unwrap().is_none());
            assert_eq!(parked(&db, 10).await.unwrap().len(), 1);
            assert!(unpark(&db, first.id, next).await.unwrap());
            assert!(!unpark(&db, first.id, next).await.unwrap());
            let entry = due(&db, next, 10).await.unwrap().into_iter().find(|e| e.id == first.id).unwrap();
            let entry = claim(&db, entry, next, hold).await.unwrap().unwrap();
            assert!(done(&db, &entry).await.unwrap());
            assert_eq!(due(&db, at(100_000), 10).await.unwrap().len(), 2);
        }
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses: Vec<u64> = [1, 2, 3, 10, 11, i64::MAX].iter().map(|a| pause(*a).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 2560, 3600, 3600]);
    }
}
