//! The circuit breaker: whether a store is asked at all. A pure machine over moments.

use std::time::Duration;

use kernel::Timestamp;

/// Questions in a row without an answer, after which a store is left alone.
pub(super) const FAILURES: u32 = 5;
/// How long it is left alone at first. Each probe that fails doubles it.
pub(super) const PAUSE: Duration = Duration::from_secs(1);
/// How long it is left alone at most: it is back within so long after it has recovered.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Questions are asked.
    Closed,
    /// None is asked for a while.
    Open,
    /// One is under way that shows whether the store is back.
    HalfOpen,
}

impl State {
    /// Its name, for people and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half open",
        }
    }
}

/// On what ground a question may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// As usual.
    Ordinary,
    /// It shows whether the store is back. There is one at a time, and it must be concluded.
    Probe,
}

#[derive(Clone, Copy, Debug)]
enum Position {
    Closed,
    /// Until then, seen from then: a clock that is set back ends the pause.
    Open(Timestamp, Timestamp),
    HalfOpen,
}

/// The breaker of one store.
#[derive(Debug)]
pub(super) struct Breaker {
    position: Position,
    failures: u32,
    pause: Duration,
    out_since: Option<Timestamp>,
}

impl Breaker {
    pub(super) const fn new() -> Self {
        Self { position: Position::Closed, failures: 0, pause: PAUSE, out_since: None }
    }

    pub(super) const fn state(&self) -> State {
        match self.position {
            Position::Closed => State::Closed,
            Position::Open(..) => State::Open,
            Position::HalfOpen => State::HalfOpen,
        }
    }

    /// Since when the store has been left alone.
    pub(super) const fn out_since(&self) -> Option<Timestamp> {
        self.out_since
    }

    /// Whether the last question had no answer.
    pub(super) const fn ailing(&self) -> bool {
        self.failures > 0 || !matches!(self.position, Position::Closed)
    }

    /// Whether a question would be turned away now.
    pub(super) fn refuses(&self, now: Timestamp) -> bool {
        match self.position {
            Position::Closed => false,
            Position::Open(since, until) => now >= since && now < until,
            Position::HalfOpen => true,
        }
    }

    /// Admits a question, or turns it away.
    pub(super) fn admit(&mut self, now: Timestamp) -> Option<Admission> {
        if self.refuses(now) {
            return None;
        }
        if matches!(self.position, Position::Closed) {
            return Some(Admission::Ordinary);
        }
        self.position = Position::HalfOpen;
        Some(Admission::Probe)
    }

    /// The store has answered: it is there. Returns since when it had been left alone.
    pub(super) fn answered(&mut self) -> Option<Timestamp> {
        let since = self.out_since;
        *self = Self::new();
        since
    }

    /// A question had no answer. Returns whether the store is left alone from now on that was not before.
    pub(super) fn failed(&mut self, admission: Admission, now: Timestamp) -> bool {
        self.failures = self.failures.saturating_add(1);
        match (self.position, admission) {
            (Position::Closed, _) if self.failures >= FAILURES => {
                self.open(now);
                self.out_since = Some(now);
                true
            }
            (Position::HalfOpen, Admission::Probe) => {
                self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
                self.open(now);
                false
            }
            // Questions that were under way when it opened say nothing new.
            _ => false,
        }
    }

    /// A question ended without telling anything: it was given up, or failed for another reason. Another one may probe.
    pub(super) fn abandoned(&mut self, admission: Admission, now: Timestamp) {
        if matches!((self.position, admission), (Position::HalfOpen, Admission::Probe)) {
            self.position = Position::Open(now, now);
        }
    }

    fn open(&mut self, now: Timestamp) {
        self.position = Position::Open(now, now + self.pause);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn open() -> Breaker {
        let mut breaker = Breaker::new();
        for n in 1..=FAILURES {
            assert_eq!(breaker.admit(NOW), Some(Admission::Ordinary));
            assert_eq!(breaker.failed(Admission::Ordinary, NOW), n == FAILURES);
            assert!(breaker.ailing());
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it() {
        let mut breaker = Breaker::new();
        for _ in 0..100 {
            for _ in 1..FAILURES {
                breaker.failed(Admission::Ordinary, NOW);
            }
            breaker.answered();
        }
        assert!(breaker.state() == State::Closed && !breaker.ailing());
        let breaker = open();
        assert_eq!((breaker.state(), breaker.out_since()), (State::Open, Some(NOW)));
    }

    #[test]
    fn one_probe_at_a_time_and_longer_pauses() {
        let mut breaker = open();
        assert_eq!(breaker.admit(NOW + PAUSE - Duration::from_millis(1)), None);
        let mut now = NOW + PAUSE;
        for pause in [2, 4, 8, 8, 8] {
            assert_eq!((breaker.admit(now), breaker.admit(now)), (Some(Admission::Probe), None));
            assert_eq!(breaker.state(), State::HalfOpen);
            breaker.failed(Admission::Probe, now);
            let pause = Duration::from_secs(pause);
            assert_eq!(breaker.admit(now + pause - Duration::from_millis(1)), None);
            now = now + pause;
        }
        assert_eq!(breaker.out_since(), Some(NOW), "it is one outage");
        assert_eq!(breaker.admit(now), Some(Admission::Probe));
        assert_eq!(breaker.answered(), Some(NOW));
        assert_eq!((breaker.state(), breaker.admit(now)), (State::Closed, Some(Admission::Ordinary)));
        assert_eq!(breaker.answered(), None);
    }

    #[test]
    fn a_probe_that_is_given_up_makes_room_for_another() {
        let mut breaker = open();
        let now = NOW + PAUSE;
        assert_eq!(breaker.admit(now), Some(Admission::Probe));
        breaker.abandoned(Admission::Ordinary, now);
        assert_eq!(breaker.admit(now), None);
        breaker.abandoned(Admission::Probe, now);
        assert_eq!(breaker.admit(now), Some(Admission::Probe));
    }

    #[test]
    fn an_answer_that_was_under_way_closes_it_and_a_failure_says_nothing_new() {
        let mut breaker = open();
        assert!(!breaker.failed(Admission::Ordinary, NOW + PAUSE));
        assert!(!breaker.refuses(NOW + PAUSE));
        breaker.answered();
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_nobody_out() {
        let mut breaker = open();
        assert_eq!(breaker.admit(NOW - Duration::from_secs(3600)), Some(Admission::Probe));
    }

    proptest! {
        #[test]
        fn it_never_gets_stuck(steps in proptest::collection::vec((0u8..4, 0u64..3000), 1..200)) {
            let (mut breaker, mut now, mut under_way) = (Breaker::new(), NOW, Vec::new());
            for (what, wait) in steps {
                now = now + Duration::from_millis(wait);
                match what {
                    0 => under_way.extend(breaker.admit(now)),
                    1 => if let Some(admission) = under_way.pop() { breaker.failed(admission, now); },
                    2 => if under_way.pop().is_some() { breaker.answered(); },
                    _ => if let Some(admission) = under_way.pop() { breaker.abandoned(admission, now) },
                }
                let probes = under_way.iter().filter(|admission| **admission == Admission::Probe).count();
                prop_assert!(breaker.state() != State::HalfOpen || probes > 0, "nobody concludes the probe");
            }
            for admission in under_way {
                breaker.abandoned(admission, now);
            }
            prop_assert!(!breaker.refuses(now + LONGEST_PAUSE));
        }
    }
}
