//! The outbox: side effects (mail, SMS, webhooks, logout calls) are rows of the batch that decides them, and leave after it has
//! committed. Delivery is at least once: who delivers claims an entry for a while, and an entry whose deliverer died comes
//! back.

use std::time::Duration;

use kernel::ids::RowId;
use kernel::{Entropy, Timestamp};

use crate::{Batch, Db, DbError, Row, WriteError, args};

crate::statements! {
    ENQUEUE = "INSERT INTO outbox (id, topic, payload, due_at, attempts, last_error, created_at) VALUES (?, ?, ?, ?, 0, NULL, ?)";
    DUE = "SELECT id, topic, payload, due_at, attempts, last_error, created_at FROM outbox WHERE due_at <= ? \
           ORDER BY due_at, id LIMIT ?";
    /// Hides the entry from others; the number of the attempt proves the claim.
    CLAIM = "UPDATE outbox SET due_at = ?, attempts = attempts + 1 WHERE id = ? AND attempts = ? AND due_at = ?";
    DONE = "DELETE FROM outbox WHERE id = ? AND attempts = ?";
    PUT_BACK = "UPDATE outbox SET due_at = ?, last_error = ? WHERE id = ? AND attempts = ?";
    WAITING = "SELECT COUNT(*), COALESCE(MIN(created_at), 0) FROM outbox";
}

/// The first pause after a failure; doubled with each.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
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

/// Claims an entry for `hold`; `None` when somebody else was faster. What is neither [`done`] nor [`put_back`] by then is due
/// again.
///
/// # Errors
/// When the database fails.
pub async fn claim(db: &Db, entry: Entry, now: Timestamp, hold: Duration) -> Result<Option<Entry>, WriteError> {
    let until = now + hold;
    let claimed = db.execute(&CLAIM, args![until, entry.id, entry.attempts, entry.due_at]).await? == 1;
    Ok(claimed.then(|| Entry { attempts: entry.attempts + 1, due_at: until, ..entry }))
}

/// Removes an entry that was delivered, or given up; `false` when the claim had been lost.
///
/// # Errors
/// When the database fails; the entry is then delivered again.
pub async fn done(db: &Db, entry: &Entry) -> Result<bool, WriteError> {
    Ok(db.execute(&DONE, args![entry.id, entry.attempts]).await? == 1)
}

/// As [`done`], together with what else is to be written. The batch fails with [`WriteError::Guard`]`("outbox")` when the claim had
/// been lost.
pub fn done_with(batch: &mut Batch, entry: &Entry) {
    batch.guard("outbox", &DONE, args![entry.id, entry.attempts]);
}

/// Puts a claimed entry back, to be tried again at `due`. `error` must hold no secret. Nothing happens when the claim had been lost.
///
/// # Errors
/// When the database fails; the entry is then due when the claim ends.
pub async fn put_back(db: &Db, entry: &Entry, error: &str, due: Timestamp) -> Result<(), WriteError> {
    let error: String = error.chars().filter(|c| *c != '\0').take(ERROR_CHARS).collect();
    db.execute(&PUT_BACK, args![due, error, entry.id, entry.attempts]).await.map(drop)
}

/// How long to wait after so many attempts: doubled with each, up to `longest`, and drawn from the upper half of that, so that what
/// failed together does not come back together.
pub fn pause(attempts: i64, longest: Duration, chance: &Entropy) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(16);
    let whole = FIRST_PAUSE.saturating_mul(1 << doublings).min(longest);
    let half = usize::try_from(whole.as_millis() / 2).unwrap_or(0);
    whole - Duration::from_millis(u64::try_from(chance.below(half + 1)).unwrap_or(0))
}

/// How many entries there are, and when the oldest of them was decided.
///
/// # Errors
/// When the database fails.
pub async fn waiting(db: &Db) -> Result<(u64, Option<Timestamp>), DbError> {
    let Some(row) = db.fetch_optional(&WAITING, args![]).await? else { return Ok((0, None)) };
    let (count, oldest): (i64, Timestamp) = (row.get(0)?, row.get(1)?);
    Ok((u64::try_from(count).unwrap_or(0), Some(oldest).filter(|_| count > 0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

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
            put_back(&db, &mine, "dead", at(1000)).await.unwrap();
            put_back(&db, &second, &format!("no\0 answer{}", "ü".repeat(300)), at(73)).await.unwrap();
            assert!(due(&db, at(72), 10).await.unwrap().iter().all(|e| e.id != first.id));
            let again = due(&db, at(73), 10).await.unwrap().into_iter().find(|e| e.id == first.id).unwrap();
            assert!(again.last_error.as_deref().unwrap().starts_with("no answerü"));
            assert_eq!(waiting(&db).await.unwrap(), (3, Some(at(0))));

            // Delivered, with a record of it; a second deliverer of the same claim finds nothing.
            let third = claim(&db, again, at(73), hold).await.unwrap().unwrap();
            let mut batch = Batch::new();
            done_with(&mut batch, &third);
            db.write(batch.clone()).await.unwrap();
            assert!(matches!(db.write(batch).await, Err(WriteError::Guard("outbox"))));
            let rest = due(&db, at(100_000), 10).await.unwrap();
            assert_eq!(rest.len(), 2);
            for entry in rest {
                let claimed = claim(&db, entry, at(100_000), hold).await.unwrap().unwrap();
                assert!(done(&db, &claimed).await.unwrap());
            }
            assert_eq!(waiting(&db).await.unwrap(), (0, None));
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_differ() {
        let chance = Entropy::seeded(1);
        let longest = Duration::from_secs(3600);
        for (attempts, whole) in [(1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (i64::MAX, 3600), (-1, 5)] {
            let pauses: Vec<Duration> = (0..100).map(|_| pause(attempts, longest, &chance)).collect();
            let whole = Duration::from_secs(whole);
            assert!(pauses.iter().all(|pause| *pause >= whole / 2 && *pause <= whole), "{attempts}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{attempts}");
        }
    }
}
