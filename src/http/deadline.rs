//! Failed sign-ins are answered at a fixed time after the request came, so that the time tells nothing about why.

use std::time::Duration;

use super::context::Cx;

/// Sleeps until the request is `after` old. Work that took longer is rounded up to the next multiple, so that even a slow
/// failure shows only a coarse time.
pub async fn until(cx: &Cx, after: Duration) {
    let elapsed = cx.watch.elapsed();
    if after.is_zero() {
        return;
    }
    let steps = elapsed.as_micros() / after.as_micros().max(1) + 1;
    let target = after.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX));
    tokio::time::sleep(target.saturating_sub(elapsed)).await;
}
