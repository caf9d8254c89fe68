//! Failed sign-ins are answered at a fixed time after the request came, so that the time tells nothing about why.

use std::time::Duration;

use super::context::Cx;

/// Sleeps until the request is `after` old. Work that took longer waits for twice that time, or four times, and so on: on a
/// machine that is too busy for the deadline there are few moments left at which it could show how long the work took.
pub async fn until(cx: &Cx, after: Duration) {
    let elapsed = cx.watch.elapsed();
    tokio::time::sleep(moment(elapsed, after).saturating_sub(elapsed)).await;
}

/// The moment of the answer: the first doubling of `after` that is not over.
fn moment(elapsed: Duration, after: Duration) -> Duration {
    let mut moment = after;
    while !moment.is_zero() && moment <= elapsed {
        moment = moment.saturating_mul(2);
    }
    moment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_few() {
        let ms = Duration::from_millis;
        for (elapsed, answered) in [(0, 250), (17, 250), (249, 250), (250, 500), (499, 500), (700, 1000), (9000, 16_000)] {
            assert_eq!(moment(ms(elapsed), ms(250)), ms(answered), "{elapsed}");
        }
        assert_eq!(moment(ms(5), Duration::ZERO), Duration::ZERO);
    }
}
