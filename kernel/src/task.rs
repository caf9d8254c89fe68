//! Work that goes on when nobody waits for it any more.

use std::future::Future;

use tracing::Instrument as _;

/// Does a piece of work to its end, also when the caller stops to wait for it: a client that hangs up takes the future of its request
/// with it, but not this work. A panic in it is the caller's.
pub async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Nobody but a runtime that ends takes work away, and nothing goes on after that.
            Err(_) => std::future::pending().await,
        },
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
        go.send(()).unwrap();
        assert_eq!(told.await, Ok(7));
    }

    #[tokio::test]
    async fn what_comes_of_it_is_the_callers() {
        assert_eq!(to_its_end(async { 7 }).await, 7);
        let panic = tokio::spawn(to_its_end(async { panic!("as it was") })).await.unwrap_err().into_panic();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"as it was"));
    }
}
