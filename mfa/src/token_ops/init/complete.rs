//! The further steps of an enrolment: the other half of a seed, a first value, another seed.

use kernel::SecretText;
use keys::Place;

use super::fresh::Demands;
use super::{Before, Enrolled, Input, adding};
use crate::Mfa;
use crate::enrol::limits::Limits;
use crate::operation::{About, Call, Code, Failure};
use crate::tokens::init::{Defaults, Request};
use crate::tokens::{Circumstances, Input as Given, Rollout, Shown, Spend, Step, Token, store};

/// Takes the step that the token awaits.
pub(super) async fn step(sys: &Mfa, call: &mut Call, input: &Input, before: Before) -> Result<Enrolled, Failure> {
    match (before.token.rollout, &input.verify) {
        (Rollout::ClientWait, _) if input.has_key => second_half(sys, call, before),
        (Rollout::Verify, Some(value)) => confirm(sys, call, before, value),
        _ if input.rollover => rollover(sys, call, before),
        _ => Err(Failure::new(Code::TokenAdmin, "A token with this serial exists already.")),
    }
}

fn sealed(sys: &Mfa, token: &Token, seed: &[u8]) -> String {
    sys.keys.sealer().seal(&Place::new("token", "seed", &token.id.to_string()), seed)
}

/// Saves what a step has made of the token. What becomes active stays within the limits.
fn saved(sys: &Mfa, call: &mut Call, before: &Before, after: Token, shown: Shown) -> Result<Enrolled, Failure> {
    let (token, owner) = (&before.token, before.owner.as_ref());
    if let Some(owner) = owner.filter(|_| after.active && !token.active) {
        let limits = call.ask(sys, About::Person(owner), |_, at| Limits::read(token.kind, at))?;
        limits.admit_active(&before.siblings)?;
        limits.hold_active(&mut call.batch, owner.id);
    }
    if after.rollout.usable() {
        adding(sys, call, &after, (owner, &before.siblings));
        store::enrolment::over(&mut call.batch, after.id);
    }
    store::save(&mut call.batch, token, &after);
    let confirm = after.rollout == Rollout::Verify;
    Ok(Enrolled { token: after, shown, pin: None, confirm })
}

fn demands(sys: &Mfa, call: &mut Call, before: &Before) -> Result<Demands, Failure> {
    call.ask(sys, before.owner.as_ref(), |_, at| Demands::read(at, before.token.kind))
}

fn second_half(sys: &Mfa, call: &mut Call, before: Before) -> Result<Enrolled, Failure> {
    let token = &before.token;
    let ours = sys.seed(token)?;
    let whole = {
        let get = |name: &str| call.params.text(name).ok().flatten();
        let request = Request { get: &get, defaults: &Defaults::default(), kind: token.kind.spec().name };
        token.kind.second_step(token, &ours, &request)?
    };
    let confirm = demands(sys, call, &before)?.confirms();
    let rollout = if confirm { Rollout::Verify } else { Rollout::Enrolled };
    let after = Token { seed: sealed(sys, token, whole.expose()), active: true, rollout, ..token.clone() };
    saved(sys, call, &before, after, Shown::new())
}

/// Who confirms has just been shown the seed, so this is no guess that would need a budget.
fn confirm(sys: &Mfa, call: &mut Call, before: Before, value: &SecretText) -> Result<Enrolled, Failure> {
    let token = &before.token;
    let seed = sys.seed(token)?;
    let now = Circumstances { at: call.origin.at, auto_resync: None };
    let Step::Accept(accepted) = token.kind.step(token, &seed, &Given::Value(value.expose()), &now) else {
        return Err(Failure::new(Code::Parameter, "Verification of the new token failed."));
    };
    let (Spend::Advance { to } | Spend::Swap { to, .. }) = accepted.spend;
    let after = Token { rollout: Rollout::Enrolled, counter: to, memory: accepted.memory.clone(), ..token.clone() };
    store::resync(&mut call.batch, token, to, accepted.memory);
    saved(sys, call, &before, after, Shown::new())
}

/// Another seed for a token that keeps its serial, owner and PIN.
fn rollover(sys: &Mfa, call: &mut Call, before: Before) -> Result<Enrolled, Failure> {
    let demands = demands(sys, call, &before)?;
    let token = &before.token;
    let made = demands.make(sys, &call.params, token.kind)?;
    let mut info = token.info.clone();
    info.extend(made.info.clone());
    let rollout = demands.rollout(&made);
    let after = Token {
        seed: sealed(sys, token, made.seed.expose()),
        otplen: made.otplen,
        counter: made.counter,
        memory: made.memory.clone(),
        active: rollout != Rollout::ClientWait,
        rollout,
        info,
        ..token.clone()
    };
    store::rekey(&mut call.batch, token, made.counter, made.memory.clone());
    let shown = demands.reveal(&after, &made, before.owner.as_ref());
    saved(sys, call, &before, after, shown)
}
