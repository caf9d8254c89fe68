//! Revisions: a number per topic (policies, realms, clients, ...) that rises with every change of what the nodes hold compiled
//! in memory. Nodes read all of them once a second or so and reload what has risen.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::{Batch, Db, DbError, args};

crate::statements! {
    BUMP = "INSERT INTO revision (topic, number) VALUES (?, 1) ON CONFLICT (topic) DO UPDATE SET number = revision.number + 1",
        mysql "INSERT INTO revision (topic, number) VALUES (?, 1) ON DUPLICATE KEY UPDATE number = number + 1";
    READ = "SELECT topic, number FROM revision ORDER BY topic";
}

/// Raises the number of a topic with the change that the batch makes.
pub fn bump(batch: &mut Batch, topic: &str) {
    batch.run(&BUMP, args![topic]);
}

/// The numbers of all topics that were ever changed, read at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions(BTreeMap<String, i64>);

impl Revisions {
    /// The number of a topic; 0 before its first change.
    pub fn of(&self, topic: &str) -> i64 {
        self.0.get(topic).copied().unwrap_or(0)
    }

    /// The topics.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Reads the numbers of all topics.
///
/// # Errors
/// When the database fails.
pub async fn read(db: &Db) -> Result<Revisions, DbError> {
    let rows = db.fetch_all(&READ, args![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, _>>().map(Revisions)
}

/// Which revision of a topic this node holds. Numbers are read *before* what they are about: a change that comes between is
/// loaded again, never missed. And whatever is loaded is put in place before the next load begins: else the older of two could come
/// last, and stay under the number of the newer.
#[derive(Debug)]
pub struct Held {
    topic: &'static str,
    number: AtomicI64,
    /// How many loads there have been.
    loads: AtomicU64,
    turn: Mutex<()>,
}

impl Held {
    /// None yet.
    pub const fn nothing(topic: &'static str) -> Self {
        Self { topic, number: AtomicI64::new(-1), loads: AtomicU64::new(0), turn: Mutex::const_new(()) }
    }

    /// Whether what is held is of this revision.
    fn is(&self, present: &Revisions) -> bool {
        self.number.load(Ordering::Acquire) == present.of(self.topic)
    }

    /// Loads in turn, whatever is held: also what changes without a new number is read then. `load` reads, and puts what it has read
    /// in place; `present` was read before.
    ///
    /// # Errors
    /// Those of `load`; then nothing is held anew.
    pub async fn load<E>(&self, present: &Revisions, load: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let _turn = self.turn.lock().await;
        self.load_now(present, load).await
    }

    /// As [`Held::load`], unless this revision is held. Of many who come at the same time one loads: the others wait, and find what they
    /// came for. A number below the one that is held is an older look, if somebody has loaded meanwhile, and else that of a database that
    /// was set back, which is loaded.
    ///
    /// # Errors
    /// As [`Held::load`].
    pub async fn refresh<E>(&self, present: &Revisions, load: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        if self.is(present) {
            return Ok(());
        }
        let before = self.loads.load(Ordering::Acquire);
        let _turn = self.turn.lock().await;
        let (held, wanted) = (self.number.load(Ordering::Acquire), present.of(self.topic));
        if held == wanted || (held > wanted && self.loads.load(Ordering::Acquire) > before) {
            return Ok(());
        }
        self.load_now(present, load).await
    }

    async fn load_now<E>(&self, present: &Revisions, load: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        load.await?;
        self.loads.fetch_add(1, Ordering::AcqRel);
        // Never a higher one than was read before: who serves the load may be behind who served the number.
        self.number.store(present.of(self.topic), Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_change_is_missed() {
        for db in testing::all().await {
            let before = read(&db).await.unwrap();
            assert_eq!((before.topics().count(), before.of("realms")), (0, 0));
            let held = Held::nothing("realms");
            assert!(!held.is(&before), "nothing is no revision");
            held.load(&before, async { Ok::<(), ()>(()) }).await.unwrap();
            assert!(held.is(&before));
            let bumps = (0..20).map(|i| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut batch = Batch::new();
                    bump(&mut batch, if i % 4 == 0 { "realms" } else { "policies" });
                    db.write(batch).await.unwrap();
                })
            });
            for one in bumps.collect::<Vec<_>>() {
                one.await.unwrap();
            }
            let now = read(&db).await.unwrap();
            assert_eq!(now.topics().collect::<Vec<_>>(), ["policies", "realms"]);
            assert_eq!((now.of("policies"), now.of("realms")), (15, 5), "{:?}", db.dialect());
            assert!(!held.is(&now));
        }
    }

    #[tokio::test]
    async fn the_older_of_two_loads_never_stays() {
        let held = Held::nothing("realms");
        let (rows, place) = (AtomicI64::new(1), AtomicI64::new(0));
        let load = |rest: u64| {
            let (rows, place) = (&rows, &place);
            async move {
                let read = rows.load(Ordering::Acquire);
                tokio::time::sleep(std::time::Duration::from_millis(rest)).await;
                place.store(read, Ordering::Release);
                Ok::<(), ()>(())
            }
        };
        let at = |number| Revisions(BTreeMap::from([("realms".to_owned(), number)]));
        let (first, second) = (at(1), at(2));
        let slow = held.load(&first, load(50));
        let quick = async {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            rows.store(2, Ordering::Release);
            held.load(&second, load(0)).await
        };
        let (one, two) = tokio::join!(slow, quick);
        one.and(two).unwrap();
        assert_eq!(place.load(Ordering::Acquire), 2);
        assert!(held.is(&second));
    }

    #[tokio::test]
    async fn many_at_a_time_load_once() {
        let (held, loads) = (Held::nothing("realms"), AtomicI64::new(0));
        let at = |number| Revisions(BTreeMap::from([("realms".to_owned(), number)]));
        let load = || async {
            loads.fetch_add(1, Ordering::AcqRel);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            Ok::<(), ()>(())
        };
        let refresh = async |number: i64| held.refresh(&at(number), load()).await.unwrap();
        futures::future::join_all((0..50).map(|_| refresh(1))).await;
        assert_eq!((loads.load(Ordering::Acquire), held.is(&at(1))), (1, true));
        // Those who have looked before the change wait behind those who saw it, and load nothing.
        futures::future::join_all((0..50).map(|n| refresh(if n == 0 { 3 } else { 2 + n % 2 }))).await;
        assert_eq!((loads.load(Ordering::Acquire), held.is(&at(3))), (2, true));
        // A load that fails is no load.
        held.refresh(&at(4), async { Err(()) }).await.unwrap_err();
        assert!(held.is(&at(3)));
        // A database that was set back is followed.
        refresh(1).await;
        assert_eq!((loads.load(Ordering::Acquire), held.is(&at(1))), (3, true));
    }
}
