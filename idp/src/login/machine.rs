//! The transitions of a flow. Pure: state, signal and facts in; state and the next thing to do out.

use kernel::SecretText;

use super::outcome::on_outcome;
use super::signal::{Context, Effect, Next, Signal};
use super::state::{State, Step};
use super::view::{Input, Notice, Refusal};
use crate::ports::{AnswerMode, ChangeWanted, NewPasswordFault};

/// One transition.
pub(super) fn transition(state: &mut State, signal: Signal, cx: &Context<'_>) -> Next {
    match signal {
        Signal::Begin => begin(state, cx),
        Signal::Resume => survey(state, cx),
        Signal::Input(input) => {
            (state.notice, state.retry_after) = (None, None);
            on_input(state, input, cx)
        }
        Signal::Outcome(outcome) => on_outcome(state, outcome, cx),
    }
}

fn begin(state: &mut State, cx: &Context<'_>) -> Next {
    let acr = &cx.request.acr;
    if acr.essential && !acr.values.is_empty() && acr.levels().next().is_none() {
        return refuse(state, cx, Refusal::UnmetAcr);
    }
    match cx.session {
        Some(session) => {
            state.who = Some(session.person);
            Next::Do(Effect::Survey(session.person))
        }
        None => ask_password(state, cx, false),
    }
}

fn on_input(state: &mut State, input: Input, cx: &Context<'_>) -> Next {
    match (state.step.clone(), input) {
        (Step::Refused { reason }, Input::Cancel | Input::GiveUp { .. }) => Next::Fail(reason),
        (_, Input::Cancel) => leave(state, Refusal::Denied),
        (_, Input::GiveUp { reason }) => leave(state, reason),
        (_, Input::SwitchAccount) => {
            state.forget_person();
            ask_password(state, cx, false)
        }
        (Step::Password { fixed }, Input::Password { name, realm, password }) => {
            let person = if fixed { state.who } else { None };
            Next::Do(Effect::Password { name, realm, person, password })
        }
        (_, Input::Ticket(negotiation)) if state.takes_ticket(cx.request) => Next::Do(Effect::Ticket(negotiation)),
        (Step::ChangePassword { wanted, .. }, Input::ChangePassword { old, new, again }) => {
            change_password(state, wanted, old, new, &again)
        }
        // It was right, and that counts: only the change is left for later.
        (Step::ChangePassword { wanted, .. }, Input::Skip) if !wanted.reason.is_demanded() => survey(state, cx),
        (Step::Account, Input::Continue) => {
            state.chosen = true;
            survey(state, cx)
        }
        (Step::Choose | Step::Factor { .. }, Input::Choose { factor }) => match find_candidate(state, &factor) {
            Some(effect) => Next::Do(effect),
            None => notice(state, Notice::Unexpected),
        },
        (Step::Factor { .. }, Input::OtherFactor) if state.candidates.len() > 1 => to(state, Step::Choose),
        (Step::Factor { transaction, mode, .. }, input @ (Input::Code { .. } | Input::Approved)) => {
            answer(state, transaction, mode, input)
        }
        (Step::EnrolChoice, Input::Enrol { kind }) if state.kinds.contains(&kind) => {
            state.wanted_kind = Some(kind);
            survey(state, cx)
        }
        (Step::Enrol { .. }, Input::OtherFactor) if state.kinds.len() > 1 => {
            state.leave_enrolment();
            state.wanted_kind = None;
            to(state, Step::EnrolChoice)
        }
        (Step::Enrol { serial, .. }, Input::Code { code, .. }) => match state.who {
            Some(person) => Next::Do(Effect::Confirm { person, serial, code }),
            None => lost(state, cx),
        },
        (Step::Codes, Input::Kept) => {
            state.secrets.codes.clear();
            survey(state, cx)
        }
        (Step::Consent { .. }, Input::Consent { accept: true }) => {
            state.consented = Some(cx.request.ask.clone());
            survey(state, cx)
        }
        (Step::Consent { .. }, Input::Consent { accept: false }) => Next::Fail(Refusal::Denied),
        _ => notice(state, Notice::Unexpected),
    }
}

/// Ends the flow, with an enrolment that was begun in it.
fn leave(state: &mut State, reason: Refusal) -> Next {
    state.leave_enrolment();
    Next::Fail(reason)
}

fn change_password(state: &mut State, wanted: ChangeWanted, old: SecretText, new: SecretText, again: &SecretText) -> Next {
    let fault = if new.is_empty() {
        Some(NewPasswordFault::Empty)
    } else if new.expose() != again.expose() {
        Some(NewPasswordFault::Differs)
    } else if new.expose() == old.expose() {
        Some(NewPasswordFault::Same)
    } else {
        None
    };
    match fault {
        Some(fault) => not_taken(state, wanted, fault),
        None => {
            let person = wanted.person;
            state.step = Step::ChangePassword { wanted, fault: None };
            Next::Do(Effect::ChangePassword { person, old, new })
        }
    }
}

/// Asks for another new password.
pub(super) fn not_taken(state: &mut State, wanted: ChangeWanted, fault: NewPasswordFault) -> Next {
    state.step = Step::ChangePassword { wanted, fault: Some(fault) };
    notice(state, Notice::NewPasswordRefused)
}

fn find_candidate(state: &State, id: &str) -> Option<Effect> {
    let factor = state.candidates.iter().find(|f| f.id == id)?.clone();
    Some(Effect::Start { person: state.who?, factor })
}

fn answer(state: &mut State, transaction: String, mode: AnswerMode, input: Input) -> Next {
    match (state.who, mode, input) {
        (Some(person), AnswerMode::Code, Input::Code { code, pin }) => {
            // One that is left out is an empty one: the PIN of a token that has none.
            let pin = state.pin.then(|| pin.unwrap_or_default());
            Next::Do(Effect::Answer { person, transaction, code, pin })
        }
        (Some(person), AnswerMode::Approve, Input::Approved) => Next::Do(Effect::Poll { person, transaction }),
        _ => notice(state, Notice::Unexpected),
    }
}

/// Looks at the world again before anything else is decided.
pub(super) fn survey(state: &mut State, cx: &Context<'_>) -> Next {
    match state.who {
        Some(person) => Next::Do(Effect::Survey(person)),
        None => lost(state, cx),
    }
}

pub(super) fn lost(state: &mut State, cx: &Context<'_>) -> Next {
    state.forget_person();
    state.notice = Some(Notice::SignInAgain);
    ask_password(state, cx, false)
}

/// Asks for the password: of whoever types their name, or of the person known.
pub(super) fn ask_password(state: &mut State, cx: &Context<'_>, fixed: bool) -> Next {
    if cx.request.prompts.none {
        return Next::Fail(Refusal::LoginRequired);
    }
    if !fixed {
        (state.who, state.name) = (None, None);
    }
    to(state, Step::Password { fixed })
}

/// Turns the person away with a page, or silently where nothing may be shown.
pub(super) fn refuse(state: &mut State, cx: &Context<'_>, reason: Refusal) -> Next {
    if cx.request.prompts.none {
        return Next::Fail(reason);
    }
    to(state, Step::Refused { reason })
}

pub(super) fn to(state: &mut State, step: Step) -> Next {
    state.step = step;
    Next::Show { hold: false }
}

pub(super) fn notice(state: &mut State, notice: Notice) -> Next {
    state.notice = Some(notice);
    Next::Show { hold: false }
}

pub(super) fn held(state: &mut State, notice: Notice) -> Next {
    state.notice = Some(notice);
    Next::Show { hold: true }
}
