//! Work that goes on when nobody waits for it any more.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tracing::Instrument as _;

/// Pieces of work of [`to_its_end`] that are not at their end.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);
/// Told when there is none any more.
static IDLE: Notify = Notify::const_new();

struct UnderWay;

impl UnderWay {
    fn begin() -> Self {
        UNDER_WAY.fetch_add(1, Ordering::AcqRel);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if UNDER_WAY.fetch_sub(1, Ordering::AcqRel) == 1 {
            IDLE.notify_waiters();
        }
    }
}

/// Does a piece of work to its end, also when the caller stops to wait for it: a client that hangs up takes the future of its request
/// with it, but not this work. A panic in it is the caller's. Nothing else limits its time, so that it is for work that has limits of its
/// own, on behalf of somebody who is known. Whoever ends the program waits for [`all_at_their_end`].
pub async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let under_way = UnderWay::begin();
    let work = async move {
        let _under_way = under_way;
        work.await
    };
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Nobody but a runtime that ends takes work away, and nothing goes on after that.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Waits until every piece of work that was begun with [`to_its_end`] is at its end.
pub async fn all_at_their_end() {
    loop {
        let idle = IDLE.notified();
        if UNDER_WAY.load(Ordering::Acquire) == 0 {
            return;
        }
        idle.await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_without_its_caller() {
        let (go, gone) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        {
            let mut waiting = pin!(to_its_end(async move {
                gone.await.unwrap();
                tell.send(7).unwrap();
            }));
            assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        let mut all = pin!(all_at_their_end());
        assert!(all.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "it is not at its end");
        go.send(()).unwrap();
        all.await;
        assert_eq!(told.await, Ok(7));
    }

    #[tokio::test]
    async fn what_comes_of_it_is_the_callers() {
        assert_eq!(to_its_end(async { 7 }).await, 7);
        let panic = tokio::spawn(to_its_end(async { panic!("as it was") })).await.unwrap_err().into_panic();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"as it was"));
    }
}
