//! Enrolment of OATH tokens: key, digits, hash, two-step enrolment, and what is shown afterwards.

use kernel::{Entropy, SecretBytes};

use super::init::{InitError, Made, Request};
use super::kind::{InfoKey, LinkContext, Shown};
use super::link::{self, Otpauth};
use super::oath::{self, Hash, Memory};
use super::token::{Info, Rollout, Token};

/// Parameters that both OATH kinds read.
pub(super) const PARAMETERS: &[&str] = &[
    "otpkey",
    "genkey",
    "otpkeyformat",
    "keysize",
    "otplen",
    "hashlib",
    "counter",
    "2stepinit",
    "2step_serversize",
    "2step_clientsize",
    "2step_difficulty",
    "verify",
];

/// Bounds of PBKDF2 rounds in two-step enrolment: more would let a caller keep a core busy.
const ROUNDS: std::ops::RangeInclusive<i64> = 1..=200_000;
const DEFAULT_ROUNDS: i64 = 10_000;
const DEFAULT_CLIENT_SIZE: i64 = 8;

pub(super) const HASHLIB: InfoKey = InfoKey { name: "hashlib", settable: true, accepts: |text| Hash::parse(text).is_some() };

/// Whether a text is a whole number from 1 to 86,400 (seconds of a step or window).
pub(super) fn seconds(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|n| (1..=86_400).contains(&n))
}

/// The hash of a token.
pub(super) fn hash_of(token: &Token) -> Hash {
    token.info("hashlib").and_then(Hash::parse).unwrap_or_default()
}

/// Makes the parts of an OATH token that do not depend on its kind.
pub(super) fn make(request: &Request<'_>, chance: &Entropy) -> Result<Made, InitError> {
    let hash = match request.or_default("hashlib") {
        None => Hash::default(),
        Some(name) => Hash::parse(&name).ok_or(InitError::Parameter("hashlib"))?,
    };
    let otplen = match request.text("otplen") {
        None => request.defaults.otplen,
        Some(text) => text.parse().ok().filter(|n| matches!(n, 6 | 8)).ok_or(InitError::Parameter("otplen"))?,
    };
    let counter = request.number("counter", 0..=i64::from(u32::MAX))?.unwrap_or(0);
    let mut info = Info::from([("hashlib".to_owned(), hash.name().to_owned())]);
    let given = request.secret("otpkey");
    let two_step = request.flag("2stepinit");
    let generate = request.flag("genkey") || two_step;
    let (seed, rollout) = match (given, generate) {
        (Some(_), true) => return Err(InitError::KeyTwice),
        (None, false) => return Err(InitError::Missing("otpkey")),
        (Some(text), false) => (oath::read_seed(&text, request.text("otpkeyformat").as_deref())?, Rollout::None),
        (None, true) => {
            let name = if two_step { "2step_serversize" } else { "keysize" };
            let size = request.number(name, 8..=256)?.and_then(|n| usize::try_from(n).ok()).unwrap_or(hash.seed_size());
            let state = if two_step { Rollout::ClientWait } else { Rollout::None };
            (oath::generate_seed(chance, size), state)
        }
    };
    if two_step {
        let client = request.number("2step_clientsize", 1..=256)?.unwrap_or(DEFAULT_CLIENT_SIZE);
        let rounds = request.number("2step_difficulty", ROUNDS)?.unwrap_or(DEFAULT_ROUNDS);
        info.insert("2step_clientsize".to_owned(), client.to_string());
        info.insert("2step_difficulty".to_owned(), rounds.to_string());
    }
    Ok(Made { seed, otplen, counter, info, memory: None, rollout, generated: generate, codes: Vec::new() })
}

/// The second step of a two-step enrolment: joins the stored half with the half in `otpkey`.
pub(super) fn second_step(token: &Token, ours: &SecretBytes, request: &Request<'_>) -> Result<SecretBytes, InitError> {
    let text = request.secret("otpkey").ok_or(InitError::Missing("otpkey"))?;
    let theirs = oath::read_seed(&text, request.text("otpkeyformat").as_deref())?;
    let number = |name: &str, default: i64| token.info(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    if i64::try_from(theirs.len()).ok() != Some(number("2step_clientsize", DEFAULT_CLIENT_SIZE)) {
        return Err(InitError::Parameter("otpkey"));
    }
    let rounds = number("2step_difficulty", DEFAULT_ROUNDS).clamp(*ROUNDS.start(), *ROUNDS.end());
    let size = hash_of(token).seed_size();
    Ok(oath::join_halves(ours, &theirs, u32::try_from(rounds).unwrap_or(1), size))
}

/// Tokeninfo that lives in the token's memory.
pub(super) fn derived_info(token: &Token) -> Info {
    let memory = Memory::read(token.memory.as_deref());
    let entries = [
        ("timeShift", memory.shift.map(|shift| shift.to_string())),
        ("otp1c", memory.first.map(|counter| counter.to_string())),
        ("dueDate", memory.due.map(|due| due.to_string())),
    ];
    entries.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// What enrolment shows: the key when it was made here, and the links that carry it.
pub(super) fn reveal(token: &Token, made: &Made, links: &LinkContext, step: Option<i64>) -> Shown {
    let mut shown = Shown::new();
    let hex = data_encoding::HEXLOWER.encode(made.seed.expose());
    if made.generated {
        let picture = links.images.then(|| hex.clone());
        let mut entry = link::entry("OTP seed", format!("seed://{hex}"), picture.as_deref());
        entry.insert("value_b32".to_owned(), data_encoding::BASE32_NOPAD.encode(made.seed.expose()).into());
        shown.insert("otpkey".to_owned(), entry.into());
    }
    let mut extra: Vec<(&str, String)> = links.extra.clone();
    if made.rollout == Rollout::ClientWait {
        for (info, name) in [("2step_clientsize", "2step_salt"), ("2step_difficulty", "2step_difficulty")] {
            let value = token.info(info).unwrap_or_default();
            extra.push((name, value.to_owned()));
            shown.insert(name.to_owned(), value.parse::<i64>().unwrap_or(0).into());
        }
        let size = hash_of(token).seed_size();
        extra.push(("2step_output", size.to_string()));
        shown.insert("2step_output".to_owned(), size.into());
    }
    let otpauth = Otpauth {
        kind: token.kind.spec().name,
        seed: &made.seed,
        hash: hash_of(token),
        digits: token.otplen,
        step,
        serial: &token.serial,
        extra: &extra,
    };
    let google = otpauth.link(links);
    let oath = link::oathtoken(&links.label, &hex, step.is_some());
    let picture = |value: &str| links.images.then(|| value.to_owned());
    shown.insert(
        "googleurl".to_owned(),
        link::entry("URL for google Authenticator", google.clone(), picture(&google).as_deref()).into(),
    );
    shown.insert("oathurl".to_owned(), link::entry("URL for OATH token", oath.clone(), picture(&oath).as_deref()).into());
    shown
}
