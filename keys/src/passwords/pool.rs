//! A bounded number of blocking threads with a bounded queue.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::Busy;

pub(super) struct Pool {
    threads: Semaphore,
    /// Callers that run or wait.
    present: AtomicUsize,
    room: usize,
}

/// Leaves the queue however the caller ends, also when it is cancelled.
struct Seat<'a>(&'a AtomicUsize);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    pub(super) fn new(threads: usize, queue: usize) -> Self {
        Self { threads: Semaphore::new(threads), present: AtomicUsize::new(0), room: threads + queue }
    }

    /// Runs `work` on a blocking thread; callers come in the order in which they asked.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let before = self.present.fetch_add(1, Ordering::Relaxed);
        let _seat = Seat(&self.present);
        if before >= self.room {
            return Err(Busy);
        }
        let _permit = self.threads.acquire().await.map_err(|_| Busy)?;
        // Fails only when the work panics or the runtime shuts down.
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_full_queue_answers_at_once() {
        let pool = Arc::new(Pool::new(1, 1));
        let (go, wait) = mpsc::channel::<()>();
        let running = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move || wait.recv().is_ok()).await }
        });
        while pool.present.load(Ordering::Relaxed) < 1 {
            tokio::task::yield_now().await;
        }
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(|| true).await }
        });
        while pool.present.load(Ordering::Relaxed) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|| true).await, Err(Busy));
        waiting.abort();
        assert!(waiting.await.is_err());
        assert_eq!(pool.present.load(Ordering::Relaxed), 1);
        go.send(()).unwrap();
        assert_eq!(running.await.unwrap(), Ok(true));
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }
}
