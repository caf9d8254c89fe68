//! HOTP (RFC 4226): a value for each event. `counter` is the next expected one.

use kernel::{Entropy, SecretBytes, SecretText, Timestamp};

use super::init::{InitError, Made, Request};
use super::kind::{
    Accepted, Circumstances, FactorClass, Input, Kind, LinkContext, Mode, Prompt, Rejected, Shown, Spec, Spend, Step,
};
use super::oath::{Generator, Memory};
use super::oath_init;
use super::token::{Info, Token};

/// The kind `hotp`.
pub struct Hotp;

static SPEC: Spec = Spec {
    name: "hotp",
    prefix: "OATH",
    description: "HOTP: event based one-time values",
    modes: &[Mode::Authenticate, Mode::Challenge],
    client_mode: "interactive",
    parameters: oath_init::PARAMETERS,
    features: &["hashlib", "otplen", "seed", "2step"],
    info: &[oath_init::HASHLIB],
    class: FactorClass::Possession,
    reusable: false,
    two_step: true,
    verify: true,
    via_challenge: true,
    offered_to: &["admin", "user"],
};

fn generator(token: &Token, seed: &SecretBytes) -> Generator {
    Generator::new(oath_init::hash_of(token), seed, token.otplen)
}

fn accept(used: i64, memory: Memory) -> Accepted {
    Accepted { spend: Spend::Advance { to: used.saturating_add(1) }, memory: memory.write() }
}

/// A value that lies ahead of the window: the first of two that resynchronise, or the second.
fn auto_resync(token: &Token, values: &Generator, otp: &str, now: &Circumstances) -> Step {
    let missed = Step::Reject(Rejected::default());
    let Some(timeout) = now.auto_resync else { return missed };
    let from = token.counter.saturating_add(token.count_window);
    let until = token.counter.saturating_add(token.sync_window);
    let Some(found) = values.find(otp, from..until) else { return missed };
    let memory = Memory::read(token.memory.as_deref());
    let in_time = memory.due.is_some_and(|due| now.at.seconds() <= due);
    if in_time && memory.first.is_some_and(|first| first.checked_add(1) == Some(found)) {
        return Step::Accept(accept(found, Memory { first: None, due: None, ..memory }));
    }
    let remembered = Memory { first: Some(found), due: Some((now.at + timeout).seconds()), ..memory };
    Step::Reject(Rejected { replay: false, memory: Some(remembered.write()) })
}

impl Kind for Hotp {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn init(&self, request: &Request<'_>, chance: &Entropy) -> Result<Made, InitError> {
        oath_init::make(request, chance)
    }

    fn second_step(&self, token: &Token, seed: &SecretBytes, request: &Request<'_>) -> Result<SecretBytes, InitError> {
        oath_init::second_step(token, seed, request)
    }

    fn reveal(&self, token: &Token, made: &Made, links: &LinkContext) -> Shown {
        oath_init::reveal(token, made, links, None)
    }

    fn step(&self, token: &Token, seed: &SecretBytes, input: &Input<'_>, now: &Circumstances) -> Step {
        let Input::Value(otp) = input else {
            return Step::Challenge(Prompt { message: "please enter otp: ", attributes: None });
        };
        let values = generator(token, seed);
        if let Some(used) = values.find(otp, token.counter..token.counter.saturating_add(token.count_window)) {
            let memory = Memory::read(token.memory.as_deref());
            return Step::Accept(accept(used, Memory { first: None, due: None, ..memory }));
        }
        if token.counter > 0 && values.is_at(otp, token.counter - 1) {
            return Step::Reject(Rejected { replay: true, memory: None });
        }
        auto_resync(token, &values, otp, now)
    }

    fn resync(&self, token: &Token, seed: &SecretBytes, values: (&SecretText, &SecretText), _at: Timestamp) -> Option<Accepted> {
        let generator = generator(token, seed);
        let until = token.counter.saturating_add(token.sync_window);
        // The same six digits may occur earlier by chance: go on until the pair is found.
        let mut from = token.counter;
        while let Some(first) = generator.find(values.0.expose(), from..until) {
            if generator.is_at(values.1.expose(), first.saturating_add(1)) {
                return Some(accept(first.saturating_add(1), Memory::default()));
            }
            from = first.saturating_add(1);
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

    use super::super::testing::{circumstances, token};
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";
    const RFC: [&str; 10] = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];

    fn step(token: &Token, otp: &str, now: &Circumstances) -> Step {
        Hotp.step(token, &SecretBytes::new(SEED), &Input::Value(otp), now)
    }

    fn to(step: Step) -> Option<i64> {
        match step {
            Step::Accept(Accepted { spend: Spend::Advance { to }, .. }) => Some(to),
            _ => None,
        }
    }

    #[test]
    fn looks_ahead_but_never_back() {
        let mut hotp = token(&Hotp);
        let now = circumstances(1_700_000_000);
        hotp.count_window = 3;
        assert_eq!(to(step(&hotp, RFC[0], &now)), Some(1));
        assert_eq!(to(step(&hotp, RFC[2], &now)), Some(3));
        assert_eq!(to(step(&hotp, RFC[3], &now)), None);
        hotp.counter = 3;
        assert_eq!(step(&hotp, RFC[2], &now), Step::Reject(Rejected { replay: true, memory: None }));
        assert_eq!(step(&hotp, RFC[1], &now), Step::Reject(Rejected::default()));
        assert_eq!(to(step(&hotp, RFC[3], &now)), Some(4));
    }

    #[test]
    fn two_values_in_time_resynchronise() {
        let mut hotp = token(&Hotp);
        let mut now = circumstances(1_700_000_000);
        (hotp.count_window, hotp.sync_window) = (2, 100);
        assert_eq!(step(&hotp, RFC[6], &now), Step::Reject(Rejected::default()));
        now.auto_resync = Some(Duration::from_secs(300));
        let Step::Reject(Rejected { memory: Some(memory), .. }) = step(&hotp, RFC[6], &now) else { panic!("not remembered") };
        hotp.memory = memory;
        assert!(to(step(&hotp, RFC[8], &now)).is_none());
        assert_eq!(to(step(&hotp, RFC[7], &now)), Some(8));
        now.at = now.at + Duration::from_secs(301);
        assert!(to(step(&hotp, RFC[7], &now)).is_none());
    }

    #[test]
    fn manual_resync_wants_neighbours() {
        let hotp = token(&Hotp);
        let seed = SecretBytes::new(SEED);
        let resync = |a: &str, b: &str| Hotp.resync(&hotp, &seed, (&a.into(), &b.into()), Timestamp(0));
        assert_eq!(resync(RFC[4], RFC[5]).unwrap().spend, Spend::Advance { to: 6 });
        assert!(resync(RFC[5], RFC[4]).is_none() && resync(RFC[4], RFC[6]).is_none() && resync(RFC[4], RFC[4]).is_none());
    }
}
