//! Leases: who may do what only one process at a time may do (migrate, seal the audit, run a job). A holder that dies loses its
//! lease when it expires; nobody waits on a lock.

use std::time::Duration;

use kernel::Timestamp;

use crate::{Batch, Db, WriteError, args};

crate::statements! {
    /// Takes over what has expired, or is held already.
    TAKE = "UPDATE lease SET holder = ?, expires_at = ? WHERE name = ? AND (expires_at <= ? OR holder = ?)";
    /// The first holder ever, or after a release.
    CREATE = "INSERT INTO lease (name, holder, expires_at) VALUES (?, ?, ?)";
    /// Extends what is still held.
    RENEW = "UPDATE lease SET expires_at = ? WHERE name = ? AND holder = ? AND expires_at > ?";
    /// Touches the lease only while it is held.
    HELD = "UPDATE lease SET holder = holder WHERE name = ? AND holder = ? AND expires_at > ?";
    /// Gives it up.
    RELEASE = "DELETE FROM lease WHERE name = ? AND holder = ?";
}

/// A lease that was acquired. It holds until `expires_at`, by the clocks of the processes that compete: a lease should be much
/// longer than their clocks differ.
#[derive(Clone, Debug)]
pub struct Lease {
    name: String,
    holder: String,
    /// When it ends unless renewed.
    pub expires_at: Timestamp,
}

impl Lease {
    /// Takes the lease `name` if it is free, expired, or held by `holder` already. `holder` names one process (or task) alone.
    /// `None` when somebody else has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn acquire(db: &Db, name: &str, holder: &str, now: Timestamp, ttl: Duration) -> Result<Option<Self>, WriteError> {
        let expires_at = now + ttl;
        let lease = Self { name: name.to_owned(), holder: holder.to_owned(), expires_at };
        if db.execute(&TAKE, args![holder, expires_at, name, now, holder]).await? == 1 {
            return Ok(Some(lease));
        }
        match db.execute(&CREATE, args![name, holder, expires_at]).await {
            Ok(_) => Ok(Some(lease)),
            Err(e) if e.violates("lease_pk") => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Extends it. `false` when it was lost: whatever it protected must stop.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew(&mut self, db: &Db, now: Timestamp, ttl: Duration) -> Result<bool, WriteError> {
        let expires_at = now + ttl;
        let renewed = db.execute(&RENEW, args![expires_at, &self.name, &self.holder, now]).await? == 1;
        if renewed {
            self.expires_at = expires_at;
        }
        Ok(renewed)
    }

    /// Makes a batch fail with [`WriteError::Guard`]`("lease")` unless the lease is held when it commits.
    pub fn guard(&self, batch: &mut Batch, now: Timestamp) {
        batch.guard("lease", &HELD, args![&self.name, &self.holder, now]);
    }

    /// Gives it up before its time.
    ///
    /// # Errors
    /// When the database fails; then it expires.
    pub async fn release(self, db: &Db) -> Result<(), WriteError> {
        db.execute(&RELEASE, args![self.name, self.holder]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn one_holder_at_a_time() {
        let ttl = Duration::from_secs(10);
        let at = Timestamp::from_seconds;
        for db in testing::all().await {
            let mut a = Lease::acquire(&db, "seal", "a", at(0), ttl).await.unwrap().unwrap();
            assert!(Lease::acquire(&db, "seal", "b", at(9), ttl).await.unwrap().is_none());
            assert!(Lease::acquire(&db, "other", "b", at(9), ttl).await.unwrap().is_some());
            assert!(Lease::acquire(&db, "seal", "a", at(1), ttl).await.unwrap().is_some());
            assert!(a.renew(&db, at(5), ttl).await.unwrap());
            assert!(Lease::acquire(&db, "seal", "b", at(14), ttl).await.unwrap().is_none());
            // Expired: taken over, and the former holder notices.
            let b = Lease::acquire(&db, "seal", "b", at(15), ttl).await.unwrap().unwrap();
            assert!(!a.renew(&db, at(15), ttl).await.unwrap(), "{:?}", db.dialect());
            let mut batch = Batch::new();
            a.guard(&mut batch, at(15));
            assert!(matches!(db.write(batch).await, Err(WriteError::Guard("lease"))));
            let mut batch = Batch::new();
            b.guard(&mut batch, at(15));
            db.write(batch).await.unwrap();
            a.release(&db).await.unwrap();
            assert!(Lease::acquire(&db, "seal", "c", at(16), ttl).await.unwrap().is_none());
            b.release(&db).await.unwrap();
            assert!(Lease::acquire(&db, "seal", "c", at(16), ttl).await.unwrap().is_some());
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_of_many_gets_it() {
        for db in testing::all().await {
            let tries = (0..16).map(|i| {
                let db = db.clone();
                let now = Timestamp::from_seconds(1);
                tokio::spawn(async move { Lease::acquire(&db, "x", &i.to_string(), now, Duration::from_secs(9)).await.unwrap() })
            });
            let mut got = 0;
            for one in tries.collect::<Vec<_>>() {
                got += usize::from(one.await.unwrap().is_some());
            }
            assert_eq!(got, 1);
        }
    }
}
