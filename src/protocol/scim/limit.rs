//! How many requests a client may make.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use kernel::Clock;
use kernel::ids::RowId;

/// The clock of the program, as the limiter reads it: the time since 1970.
#[derive(Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;
    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().0).unwrap_or(0))
    }
}

/// One budget for each client. In memory: it protects this node.
pub struct Limit {
    clients: RateLimiter<RowId, DashMapStateStore<RowId>, Ticks, NoOpMiddleware<Duration>>,
    ticks: Ticks,
}

impl Limit {
    /// So many requests each minute, all of which may come at once.
    pub fn new(per_minute: u32, clock: Clock) -> Self {
        let ticks = Ticks(clock);
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        Self { clients: RateLimiter::dashmap_with_clock(quota, ticks.clone()), ticks }
    }

    /// Takes one request, or says how long to wait.
    pub fn take(&self, client: RowId) -> Option<Duration> {
        self.clients.check_key(&client).err().map(|not_until| not_until.wait_time_from(self.ticks.now()))
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Entropy, Timestamp};

    use super::*;

    #[test]
    fn a_client_has_its_own_budget() {
        let clock = Clock::fixed(Timestamp::from_seconds(1_772_366_400));
        let limit = Limit::new(60, clock.clone());
        let chance = Entropy::seeded(1);
        let [one, two] = [(); 2].map(|()| RowId::new(&chance, clock.now()));
        assert!((0..60).all(|_| limit.take(one).is_none()));
        assert_eq!(limit.take(one), Some(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!((limit.take(one), limit.take(one).is_some()), (None, true));
        assert_eq!(limit.take(two), None);
    }
}
