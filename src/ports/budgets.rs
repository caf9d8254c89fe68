//! Budgets of what is no guess but costs: beginning sign-ins, challenges and enrolments.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use idp::ports::{Budgets, Costly, Permit, PortError};
use kernel::Clock;

use super::Engine;

/// A school or a company may come from one network, all at nine o'clock.
const NETWORK: Quota = quota(600, 600);
const PERSON: Quota = quota(10, 20);

const fn quota(per_minute: u32, burst: u32) -> Quota {
    Quota::per_minute(positive(per_minute)).allow_burst(positive(burst))
}

const fn positive(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

/// The clock of the program, as the limiters read it: the time since 1970. When it is set back, budgets refill later by as much.
#[derive(Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;
    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().0).unwrap_or(0))
    }
}

type Limiter = RateLimiter<String, DashMapStateStore<String>, Ticks, NoOpMiddleware<Duration>>;

/// One counter for each network and each person. In memory: they protect this node, not a secret.
pub(super) struct Counters {
    networks: Limiter,
    people: Limiter,
    ticks: Ticks,
}

impl Counters {
    pub(super) fn new(clock: Clock) -> Self {
        let ticks = Ticks(clock);
        let limiter = |quota| Limiter::dashmap_with_clock(quota, ticks.clone());
        Self { networks: limiter(NETWORK), people: limiter(PERSON), ticks }
    }

    fn take(&self, limiter: &Limiter, key: String) -> Option<Duration> {
        // Keys that are full again are forgotten now and then, so that the tables stay small.
        if limiter.len() > 100_000 {
            limiter.retain_recent();
        }
        limiter.check_key(&key).err().map(|not_until| not_until.wait_time_from(self.ticks.now()))
    }

    /// Takes one from each budget concerned, or says how long to wait.
    fn spend(&self, client: Option<IpAddr>, what: Costly) -> Option<Duration> {
        let wait = self.take(&self.networks, network(client));
        match what {
            Costly::Challenge(person) | Costly::Enrolment(person) => wait.or_else(|| self.take(&self.people, person.to_string())),
            Costly::Flow => wait,
        }
    }
}

fn network(client: Option<IpAddr>) -> String {
    match client.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        // One customer has a /64: counting single addresses would count nobody.
        Some(IpAddr::V6(v6)) => v6.segments()[..4].iter().map(|s| format!("{s:x}:")).collect(),
        None => "local".to_owned(),
    }
}

#[async_trait]
impl Budgets for Engine {
    async fn spend(&self, origin: &Origin, what: Costly) -> Result<Permit, PortError> {
        Ok(match self.budgets.spend(origin.client, what) {
            None => Permit::Granted,
            wait => Permit::Limited { retry_after: wait },
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::ids::PersonId;
    use kernel::{Entropy, Timestamp};

    use super::*;

    fn counters() -> (Counters, Clock) {
        let clock = Clock::fixed(Timestamp::from_seconds(1_772_366_400));
        (Counters::new(clock.clone()), clock)
    }

    fn from(address: &str) -> Option<IpAddr> {
        Some(address.parse().unwrap())
    }

    #[test]
    fn a_person_has_twenty_at_once_and_ten_a_minute() {
        let (counters, clock) = counters();
        let chance = Entropy::seeded(1);
        let [ada, eve] = [(); 2].map(|()| PersonId::new(&chance, clock.now()));
        let ask = |person| counters.spend(from("192.0.2.1"), Costly::Challenge(person));
        assert!((0..20).all(|_| ask(ada).is_none()));
        assert_eq!(ask(ada), Some(Duration::from_secs(6)));
        assert_eq!(counters.spend(None, Costly::Enrolment(ada)), Some(Duration::from_secs(6)), "one budget for both");
        assert_eq!(ask(eve), None);
        assert_eq!(counters.spend(from("192.0.2.1"), Costly::Flow), None);
        clock.advance(Duration::from_millis(5_999));
        assert_eq!(ask(ada), Some(Duration::from_millis(1)));
        clock.advance(Duration::from_millis(1));
        assert_eq!((ask(ada), ask(ada)), (None, Some(Duration::from_secs(6))));
        clock.advance(Duration::from_secs(120));
        assert!((0..20).all(|_| ask(ada).is_none()) && ask(ada).is_some());
    }

    #[test]
    fn a_network_is_an_address_or_a_64() {
        let (counters, clock) = counters();
        let begin = |address: &str| counters.spend(from(address), Costly::Flow);
        assert!((0..600).all(|n| begin(&format!("2001:db8::{n:x}")).is_none()));
        assert_eq!(begin("2001:db8::ffff"), Some(Duration::from_millis(100)));
        assert_eq!(begin("2001:db8:0:1::1"), None);
        assert!((0..600).all(|_| begin("192.0.2.1").is_none()));
        assert_eq!(begin("::ffff:192.0.2.1"), Some(Duration::from_millis(100)), "the same address in another spelling");
        assert_eq!(begin("192.0.2.2"), None);
        clock.advance(Duration::from_secs(60));
        assert_eq!(begin("192.0.2.1"), None);
    }

    #[test]
    fn a_clock_that_is_set_back_frees_nobody() {
        let (counters, clock) = counters();
        let begin = || counters.spend(from("192.0.2.1"), Costly::Flow);
        assert!((0..600).all(|_| begin().is_none()));
        clock.set(Timestamp::from_seconds(1_772_366_000));
        assert!(begin().is_some());
    }
}
