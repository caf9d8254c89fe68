//! Recovery codes: a handful of long codes, shown once, each accepted once.
//!
//! The sealed "seed" is a salt and the SHA-256 of salt and code for each code (a code has 60 random bits, so a fast hash inside
//! the seal is enough); `counter` is the set of the codes that have been used, bit by bit, swapped as a whole.

use kernel::{Entropy, SecretBytes, SecretText, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::init::{InitError, Made, Request};
use super::kind::{
    Accepted, Circumstances, FactorClass, Input, Kind, LinkContext, Mode, Prompt, Rejected, Shown, Spec, Spend, Step,
};
use super::token::{Info, Rollout, Token};

/// The kind `recovery`.
pub struct Recovery;

/// Its type name.
pub const NAME: &str = "recovery";

/// Crockford's base32: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CODE: usize = 12;
const GROUP: usize = 4;
const SALT: usize = 16;
const HASH: usize = 32;
const DEFAULT_COUNT: i64 = 10;
/// The set of used codes is a BIGINT without its sign.
const MAX_COUNT: i64 = 60;

static SPEC: Spec = Spec {
    name: NAME,
    prefix: "RECO",
    description: "Recovery codes: long codes on paper, each accepted once",
    modes: &[Mode::Authenticate, Mode::Challenge],
    client_mode: "interactive",
    parameters: &["recovery_count"],
    features: &[],
    info: &[],
    class: FactorClass::Possession,
    reusable: false,
    two_step: false,
    verify: false,
    via_challenge: false,
    offered_to: &["admin", "user"],
};

/// A code as it is compared: lower case, without separators, look-alikes folded. `None` when it cannot be one.
fn normalise(typed: &str) -> Option<SecretText> {
    let plain: String = typed
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    let plain = SecretText::new(plain);
    let fits = plain.len() == CODE && plain.expose().bytes().all(|b| ALPHABET.contains(&b));
    fits.then_some(plain)
}

fn digest(salt: &[u8], code: &SecretText) -> [u8; HASH] {
    Sha256::new().chain_update(salt).chain_update(code.expose().as_bytes()).finalize().into()
}

fn grouped(code: &str) -> String {
    let groups: Vec<&str> = (0..CODE / GROUP).filter_map(|g| code.get(g * GROUP..(g + 1) * GROUP)).collect();
    groups.join("-")
}

impl Kind for Recovery {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn init(&self, request: &Request<'_>, chance: &Entropy) -> Result<Made, InitError> {
        let count = request.number("recovery_count", 1..=MAX_COUNT)?.unwrap_or(DEFAULT_COUNT);
        let salt = chance.bytes::<SALT>();
        let mut seed = salt.to_vec();
        let mut codes = Vec::new();
        for _ in 0..count {
            let code = SecretText::new(chance.chars(ALPHABET, CODE));
            seed.extend_from_slice(&digest(&salt, &code));
            codes.push(SecretText::new(grouped(code.expose())));
        }
        let info = Info::from([("recovery.count".to_owned(), count.to_string())]);
        let otplen = u8::try_from(CODE + CODE / GROUP - 1).unwrap_or(u8::MAX);
        let seed = SecretBytes::new(seed);
        Ok(Made { seed, otplen, counter: 0, info, memory: None, rollout: Rollout::None, generated: true, codes })
    }

    fn reveal(&self, _token: &Token, made: &Made, _links: &LinkContext) -> Shown {
        let codes = made.codes.iter().enumerate().map(|(at, code)| (at.to_string(), code.expose().into()));
        Shown::from_iter([("otps".to_owned(), serde_json::Value::Object(codes.collect()))])
    }

    /// A code may be typed with or without its separators.
    fn split<'a>(&self, token: &Token, typed: &'a str, pin_first: bool) -> Option<(&'a str, &'a str)> {
        let cut = |len: usize| {
            let at = if pin_first { typed.len().checked_sub(len)? } else { len };
            let (first, second) = typed.split_at_checked(at)?;
            let (pin, code) = if pin_first { (first, second) } else { (second, first) };
            normalise(code).map(|_| (pin, code))
        };
        cut(usize::from(token.otplen)).or_else(|| cut(CODE))
    }

    fn step(&self, token: &Token, seed: &SecretBytes, input: &Input<'_>, _now: &Circumstances) -> Step {
        let Input::Value(typed) = input else {
            return Step::Challenge(Prompt { message: "please enter a recovery code: ", attributes: None });
        };
        let rejected = Step::Reject(Rejected::default());
        let (Some(code), Some((salt, hashes))) = (normalise(typed), seed.expose().split_at_checked(SALT)) else {
            return rejected;
        };
        let wanted = digest(salt, &code);
        // Every hash is compared, so that time does not tell which code it was.
        let mut found = None;
        for (at, hash) in hashes.chunks_exact(HASH).enumerate() {
            if bool::from(hash.ct_eq(&wanted)) {
                found = Some(at);
            }
        }
        match found {
            None => rejected,
            Some(at) if token.counter & (1 << at) != 0 => Step::Reject(Rejected { replay: true, memory: None }),
            Some(at) => {
                let spend = Spend::Swap { from: token.counter, to: token.counter | (1 << at) };
                Step::Accept(Accepted { spend, memory: None })
            }
        }
    }

    fn resync(&self, _: &Token, _: &SecretBytes, _: (&SecretText, &SecretText), _: Timestamp) -> Option<Accepted> {
        None
    }

    fn left(&self, token: &Token, counter: i64) -> Option<u32> {
        let count: i64 = token.info("recovery.count").and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_COUNT);
        u32::try_from((count - i64::from(counter.count_ones())).max(0)).ok()
    }

    fn derived_info(&self, token: &Token) -> Info {
        let left = self.left(token, token.counter).unwrap_or(0);
        Info::from([("recovery.left".to_owned(), left.to_string())])
    }
}

#[cfg(test)]
mod tests {
    use super::super::init::Defaults;
    use super::super::testing::{circumstances, token};
    use super::*;

    #[test]
    fn each_code_once_in_any_spelling() {
        let defaults = Defaults::default();
        let request = Request { get: &|_| None, defaults: &defaults, kind: NAME };
        let made = Recovery.init(&request, &Entropy::seeded(3)).unwrap();
        assert_eq!(made.codes.len(), 10);
        let mut reco = token(&Recovery);
        reco.otplen = made.otplen;
        let now = circumstances(0);
        let spellings = [|c: &str| c.to_owned(), |c: &str| c.replace('-', ""), |c: &str| c.to_uppercase().replace('0', "O")];
        for (at, code) in made.codes.iter().enumerate() {
            let typed = format!("pin1{}", spellings[at % 3](code.expose()));
            let (pin, value) = Recovery.split(&reco, &typed, true).unwrap();
            assert_eq!(pin, "pin1");
            let Step::Accept(Accepted { spend: Spend::Swap { from, to }, .. }) =
                Recovery.step(&reco, &made.seed, &Input::Value(value), &now)
            else {
                panic!("{typed} refused")
            };
            assert_eq!((from, to), (reco.counter, reco.counter | (1 << at)));
            reco.counter = to;
            let again = Recovery.step(&reco, &made.seed, &Input::Value(value), &now);
            assert_eq!(again, Step::Reject(Rejected { replay: true, memory: None }));
        }
        assert_eq!(Recovery.derived_info(&reco)["recovery.left"], "0");
        assert!(Recovery.split(&reco, "short", true).is_none());
        assert_eq!(Recovery.step(&reco, &made.seed, &Input::Value("0000-0000-0000"), &now), Step::Reject(Rejected::default()));
    }
}
