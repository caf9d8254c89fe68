//! Budgets of what is no guess but costs: beginning sign-ins, challenges and enrolments.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use idp::ports::{Budgets, Costly, Permit, PortError};

use super::Engine;

/// One counter for each network and each person. In memory: they protect this node, not a secret.
pub(super) struct Counters {
    networks: DefaultKeyedRateLimiter<String>,
    people: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

const fn often(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            // A school or a company may come from one address, all at nine o'clock.
            networks: RateLimiter::keyed(Quota::per_minute(often(600)).allow_burst(often(600))),
            people: RateLimiter::keyed(Quota::per_minute(often(10)).allow_burst(often(20))),
            clock: DefaultClock::default(),
        }
    }
}

impl Counters {
    fn take(&self, limiter: &DefaultKeyedRateLimiter<String>, key: String) -> Option<Duration> {
        // Keys that are full again are forgotten now and then, so that the tables stay small.
        if limiter.len() > 100_000 {
            limiter.retain_recent();
        }
        limiter.check_key(&key).err().map(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

#[async_trait]
impl Budgets for Engine {
    async fn spend(&self, origin: &Origin, what: Costly) -> Result<Permit, PortError> {
        let network = match origin.client.map(|ip| ip.to_canonical()) {
            Some(std::net::IpAddr::V4(v4)) => v4.to_string(),
            // One customer has a /64: counting single addresses would count nobody.
            Some(std::net::IpAddr::V6(v6)) => v6.segments()[..4].iter().map(|s| format!("{s:x}:")).collect(),
            None => "local".to_owned(),
        };
        let counters = &self.budgets;
        let mut wait = counters.take(&counters.networks, network);
        if let Costly::Challenge(person) | Costly::Enrolment(person) = what {
            wait = wait.or_else(|| counters.take(&counters.people, person.to_string()));
        }
        Ok(match wait {
            None => Permit::Granted,
            Some(retry_after) => Permit::Limited { retry_after: Some(retry_after) },
        })
    }
}
