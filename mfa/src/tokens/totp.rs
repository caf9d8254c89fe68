//! TOTP (RFC 6238): a value for each time step. `counter` is the last accepted step; zero means that none was.

use std::ops::Range;

use kernel::{Entropy, SecretBytes, SecretText, Timestamp};

use super::init::{InitError, Made, Request};
use super::kind::{
    Accepted, Circumstances, FactorClass, InfoKey, Input, Kind, LinkContext, Mode, Prompt, Rejected, Shown, Spec, Spend, Step,
};
use super::oath::{Generator, Memory};
use super::oath_init;
use super::token::{Info, Token};

/// The kind `totp`.
pub struct Totp;

const DEFAULT_STEP: i64 = 30;
const DEFAULT_WINDOW: i64 = 180;
/// A clock that is off by more than this is not believed, whatever is stored.
const MAX_SHIFT: f64 = 366.0 * 86_400.0;

static SPEC: Spec = Spec {
    name: "totp",
    prefix: "TOTP",
    description: "TOTP: time based one-time values",
    modes: &[Mode::Authenticate, Mode::Challenge],
    client_mode: "interactive",
    parameters: &[
        "otpkey",
        "genkey",
        "otpkeyformat",
        "keysize",
        "otplen",
        "hashlib",
        "2stepinit",
        "2step_serversize",
        "2step_clientsize",
        "2step_difficulty",
        "verify",
        "timeStep",
        "timeWindow",
        "timeShift",
    ],
    features: &["hashlib", "otplen", "timestep", "seed", "2step"],
    info: &[
        oath_init::HASHLIB,
        InfoKey { name: "timeStep", settable: true, accepts: |text| matches!(text, "30" | "60") },
        InfoKey { name: "timeWindow", settable: true, accepts: oath_init::seconds },
    ],
    class: FactorClass::Possession,
    reusable: false,
    two_step: true,
    verify: true,
    via_challenge: true,
    offered_to: &["admin", "user"],
};

/// A token as this kind reads it.
struct Timer {
    values: Generator,
    memory: Memory,
    step: i64,
    window: i64,
    used: i64,
}

impl Timer {
    fn new(token: &Token, seed: &SecretBytes) -> Self {
        let number = |name: &str, default| token.info(name).and_then(|t| t.parse().ok()).filter(|n| *n > 0).unwrap_or(default);
        Self {
            values: Generator::new(oath_init::hash_of(token), seed, token.otplen),
            memory: Memory::read(token.memory.as_deref()),
            step: number("timeStep", DEFAULT_STEP),
            window: number("timeWindow", DEFAULT_WINDOW),
            used: token.counter,
        }
    }

    /// The step that the token's clock shows.
    fn at(&self, now: Timestamp) -> i64 {
        let shift = self.memory.shift.filter(|s| s.is_finite()).unwrap_or(0.0).clamp(-MAX_SHIFT, MAX_SHIFT);
        // Whole seconds lose nothing: a step is at least one of them.
        now.seconds().saturating_add(shift.floor() as i64).div_euclid(self.step)
    }

    fn around(&self, now: Timestamp, steps: i64) -> Range<i64> {
        let centre = self.at(now);
        centre.saturating_sub(steps)..centre.saturating_add(steps)
    }

    /// Steps of the range that have not been used.
    fn fresh(&self, range: &Range<i64>) -> Range<i64> {
        range.start.max(self.used.saturating_add(1)).max(1)..range.end
    }

    fn accept(&self, step: i64, now: Timestamp, within: f64) -> Accepted {
        let shift = (step as f64 + within) * self.step as f64 - now.seconds_f64();
        let memory = Memory { shift: Some(shift), first: None, due: None };
        Accepted { spend: Spend::Advance { to: step }, memory: memory.write() }
    }

    /// A value outside the window: the first of two that resynchronise, or the second.
    fn auto_resync(&self, otp: &str, wide: &Range<i64>, now: Timestamp) -> Step {
        let Some(found) = self.values.find(otp, self.fresh(wide)) else { return Step::Reject(Rejected::default()) };
        if self.memory.first.is_some_and(|first| first.checked_add(1) == Some(found)) {
            return Step::Accept(self.accept(found, now, 0.0));
        }
        let memory = Memory { first: Some(found), due: None, ..self.memory };
        Step::Reject(Rejected { replay: false, memory: Some(memory.write()) })
    }
}

impl Kind for Totp {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn init(&self, request: &Request<'_>, chance: &Entropy) -> Result<Made, InitError> {
        let mut made = oath_init::make(request, chance)?;
        made.counter = 0;
        for key in &SPEC.info[1..] {
            let default = if key.name == "timeStep" { DEFAULT_STEP } else { DEFAULT_WINDOW };
            let value = request.or_default(key.name).unwrap_or_else(|| default.to_string());
            if !(key.accepts)(&value) {
                return Err(InitError::Parameter(key.name));
            }
            made.info.insert(key.name.to_owned(), value);
        }
        let shift = request.text("timeShift").map(|text| text.parse::<f64>());
        made.memory = match shift {
            None => None,
            Some(Ok(shift)) if shift.is_finite() && shift.abs() <= MAX_SHIFT => {
                Memory { shift: Some(shift), ..Memory::default() }.write()
            }
            Some(_) => return Err(InitError::Parameter("timeShift")),
        };
        Ok(made)
    }

    fn second_step(&self, token: &Token, seed: &SecretBytes, request: &Request<'_>) -> Result<SecretBytes, InitError> {
        oath_init::second_step(token, seed, request)
    }

    fn reveal(&self, token: &Token, made: &Made, links: &LinkContext) -> Shown {
        let step = token.info("timeStep").and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_STEP);
        oath_init::reveal(token, made, links, Some(step))
    }

    fn step(&self, token: &Token, seed: &SecretBytes, input: &Input<'_>, now: &Circumstances) -> Step {
        let Input::Value(otp) = input else {
            return Step::Challenge(Prompt { message: "please enter otp: ", attributes: None });
        };
        let timer = Timer::new(token, seed);
        let near = timer.around(now.at, timer.window / timer.step);
        if let Some(step) = timer.values.find(otp, timer.fresh(&near)) {
            return Step::Accept(timer.accept(step, now.at, 0.0));
        }
        if timer.used > 0 && timer.values.find(otp, near.start..near.end.min(timer.used.saturating_add(1))).is_some() {
            return Step::Reject(Rejected { replay: true, memory: None });
        }
        match now.auto_resync {
            Some(_) => timer.auto_resync(otp, &timer.around(now.at, token.sync_window), now.at),
            None => Step::Reject(Rejected::default()),
        }
    }

    fn resync(&self, token: &Token, seed: &SecretBytes, values: (&SecretText, &SecretText), at: Timestamp) -> Option<Accepted> {
        let timer = Timer::new(token, seed);
        let wide = timer.fresh(&timer.around(at, token.sync_window));
        let mut from = wide.start;
        while let Some(first) = timer.values.find(values.0.expose(), from..wide.end) {
            let second = first.saturating_add(1);
            if timer.values.is_at(values.1.expose(), second) {
                return Some(timer.accept(second, at, 0.5));
            }
            from = second;
        }
        None
    }

    fn derived_info(&self, token: &Token) -> Info {
        oath_init::derived_info(token)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::testing::{circumstances, token};
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";
    const NOW: i64 = 1_700_000_000;

    fn code(step: i64) -> String {
        let generator = Generator::new(super::super::oath::Hash::Sha1, &SecretBytes::new(SEED), 6);
        generator.code(u64::try_from(step).unwrap()).expose().to_owned()
    }

    fn step(token: &Token, otp: &str, now: &Circumstances) -> Step {
        Totp.step(token, &SecretBytes::new(SEED), &Input::Value(otp), now)
    }

    fn apply(token: &mut Token, step: Step) -> Option<i64> {
        match step {
            Step::Accept(Accepted { spend: Spend::Advance { to }, memory }) => {
                (token.counter, token.memory) = (to, memory);
                Some(to)
            }
            Step::Reject(Rejected { memory: Some(memory), .. }) => {
                token.memory = memory;
                None
            }
            _ => None,
        }
    }

    fn enter(token: &mut Token, shown: i64, now: &Circumstances) -> Option<i64> {
        let verdict = step(token, &code(shown), now);
        apply(token, verdict)
    }

    #[test]
    fn window_and_replay() {
        let mut totp = token(&Totp);
        let now = circumstances(NOW);
        let current = NOW / 30;
        assert!(matches!(step(&totp, &code(current + 6), &now), Step::Reject(Rejected { replay: false, .. })));
        assert!(matches!(step(&totp, &code(current - 7), &now), Step::Reject(_)));
        assert_eq!(enter(&mut totp, current - 6, &now), Some(current - 6));
        assert_eq!(step(&totp, &code(current - 6), &now), Step::Reject(Rejected { replay: true, memory: None }));
        let shift = Memory::read(totp.memory.as_deref()).shift.unwrap();
        assert!((-200.0..=-180.0).contains(&shift), "{shift}");
    }

    #[test]
    fn a_slow_clock_is_followed() {
        let mut totp = token(&Totp);
        let mut now = circumstances(NOW);
        for late in 1..40 {
            now.at = Timestamp::from_seconds(NOW + i64::from(late) * 86_400);
            let shown = now.at.seconds() / 30 - i64::from(late);
            assert_eq!(enter(&mut totp, shown, &now), Some(shown), "day {late}");
        }
    }

    #[test]
    fn two_neighbours_resynchronise_by_themselves() {
        let mut totp = token(&Totp);
        let mut now = circumstances(NOW);
        let far = NOW / 30 + 400;
        now.auto_resync = Some(Duration::from_secs(300));
        assert_eq!(enter(&mut totp, far, &now), None);
        assert_eq!(enter(&mut totp, far + 2, &now), None);
        assert_eq!(enter(&mut totp, far + 3, &now), Some(far + 3));
        assert!(matches!(step(&totp, &code(far + 3), &now), Step::Reject(_)));
    }

    #[test]
    fn manual_resync_moves_the_clock() {
        let mut totp = token(&Totp);
        let far = NOW / 30 - 300;
        let at = Timestamp::from_seconds(NOW);
        let found = Totp.resync(&totp, &SecretBytes::new(SEED), (&code(far).into(), &code(far + 1).into()), at).unwrap();
        assert_eq!(found.spend, Spend::Advance { to: far + 1 });
        assert_eq!(apply(&mut totp, Step::Accept(found)), Some(far + 1));
        assert!(Totp.resync(&totp, &SecretBytes::new(SEED), (&code(far).into(), &code(far + 1).into()), at).is_none());
        assert_eq!(enter(&mut totp, far + 2, &circumstances(NOW + 30)), Some(far + 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(db::testing::cases(64, 256)))]
        #[test]
        fn a_step_is_accepted_once_and_never_backwards(offsets in prop::collection::vec((-15_i64..15, 0_u64..100, any::<bool>()), 1..60)) {
            let mut totp = token(&Totp);
            let mut now = circumstances(NOW);
            let mut last = 0;
            for (offset, wait, auto) in offsets {
                now.at = now.at + Duration::from_secs(wait);
                now.auto_resync = auto.then_some(Duration::from_secs(300));
                let wanted = now.at.seconds() / 30 + offset;
                let verdict = step(&totp, &code(wanted), &now);
                if let Some(to) = apply(&mut totp, verdict) {
                    prop_assert!(to > last);
                    prop_assert_eq!(code(to), code(wanted));
                    last = to;
                }
            }
        }
    }
}
