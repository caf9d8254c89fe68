//! Whether two series of times can be told apart.
//!
//! Somebody outside measures how long answers take and guesses which kind of request it was. The measure is the area under the
//! curve of the best such guess: how probably a time of the one series is longer than one of the other (Mann and Whitney's U,
//! divided by the number of pairs). One half means that times tell nothing. It rests on ranks alone, so that outliers, which a
//! busy machine makes by the hundred, weigh no more than anything else, and it sees a shift of any part of the distribution.

use std::time::Duration;

/// What two series say about each other.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// The probability that a time of the second series is the longer one.
    pub area: f64,
    /// How far chance alone moves the area: its standard deviation when both series come from one distribution.
    pub deviation: f64,
}

/// Chance is given so many standard deviations: an honest run goes further once in a million.
const CHANCE: f64 = 5.0;

/// Beyond chance, an area may be off by this much: with few samples the machine itself is not as even as chance.
#[derive(Clone, Copy)]
pub struct Tolerance(pub f64);

impl Comparison {
    /// Compares two series.
    pub fn of(first: &[Duration], second: &[Duration]) -> Self {
        let mut all: Vec<(Duration, bool)> = first.iter().map(|t| (*t, false)).chain(second.iter().map(|t| (*t, true))).collect();
        all.sort_unstable();
        let (m, n) = (first.len() as f64, second.len() as f64);
        let mut ranks = 0.0;
        let mut at = 0;
        while at < all.len() {
            let same = all[at..].iter().take_while(|(time, _)| *time == all[at].0).count();
            // Ties share the mean of their ranks, which count from 1.
            let mean = at as f64 + (same as f64 + 1.0) / 2.0;
            ranks += mean * all[at..at + same].iter().filter(|(_, is_second)| *is_second).count() as f64;
            at += same;
        }
        let area = (ranks - n * (n + 1.0) / 2.0) / (m * n);
        Self { area, deviation: ((m + n + 1.0) / (12.0 * m * n)).sqrt() }
    }

    /// Whether the series differ by more than chance and the tolerance explain.
    pub fn separable(&self, tolerance: Tolerance) -> bool {
        (self.area - 0.5).abs() > CHANCE * self.deviation + tolerance.0
    }
}

/// The same times, each longer by `by`: what a leak of that size would have measured.
pub fn planted(times: &[Duration], by: Duration) -> Vec<Duration> {
    times.iter().map(|time| *time + by).collect()
}

/// The smallest leak, in steps of a tenth of a millisecond, that would have been found in this very series.
pub fn resolution(times: &[Duration], tolerance: Tolerance) -> Duration {
    let step = Duration::from_micros(100);
    let found = |steps: u32| Comparison::of(times, &planted(times, step * steps)).separable(tolerance);
    let mut high = 1;
    while !found(high) && high < 1 << 20 {
        high *= 2;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low.midpoint(high);
        if found(middle) { high = middle } else { low = middle }
    }
    step * high
}

/// The distance between the quarters of a series: how wide it is, outliers apart.
pub fn spread(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = |part: usize| sorted.get(sorted.len() * part / 4).copied().unwrap_or_default();
    at(3).saturating_sub(at(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times as a quiet machine answers them: 100 ms, up to a millisecond of the timer, and a tail. Deterministic.
    fn series(n: usize, seed: u64) -> Vec<Duration> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut uniform = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..n).map(|_| Duration::from_secs_f64(0.1 + uniform() * 1e-3 - (1.0 - uniform()).ln() * 3e-4)).collect()
    }

    #[test]
    fn equal_series_are_not_separable_and_two_milliseconds_are_found() {
        let leak = Duration::from_millis(2);
        for (n, tolerance) in [(60, Tolerance(0.15)), (10_000, Tolerance(0.05))] {
            for seed in 1..=50 {
                let (one, other) = (series(n, seed), series(n, seed + 1000));
                assert!(!Comparison::of(&one, &other).separable(tolerance), "{n} {seed}");
                let found = Comparison::of(&one, &planted(&other, leak));
                assert!(found.separable(tolerance) && found.area > 0.9, "{n} {seed}: {found:?}");
                assert!(Comparison::of(&planted(&one, leak), &other).separable(tolerance), "{n} {seed}");
            }
        }
        assert!(resolution(&series(10_000, 7), Tolerance(0.05)) < leak);
    }

    #[test]
    fn areas_are_right() {
        let ms = |list: &[u64]| list.iter().map(|n| Duration::from_millis(*n)).collect::<Vec<_>>();
        let area = |a: &[u64], b: &[u64]| Comparison::of(&ms(a), &ms(b)).area;
        assert_eq!(area(&[1, 2], &[3, 4]), 1.0);
        assert_eq!(area(&[3, 4], &[1, 2]), 0.0);
        assert_eq!(area(&[5, 5, 5], &[5, 5]), 0.5);
        assert_eq!(area(&[1, 3], &[2, 4]), 0.75);
        assert_eq!(spread(&ms(&[1, 2, 3, 4, 5, 6, 7, 100])), Duration::from_millis(4));
    }
}
