//! The transitions that follow from what an effect came to. Pure.

use kernel::SecretText;
use kernel::ids::PersonId;

use super::decide::decide;
use super::machine::{held, lost, not_taken, notice, refuse, survey, to};
use super::proof::Proof;
use super::signal::{Context, Effect, Next, Outcome};
use super::state::{EnrolSecrets, State, Step};
use super::view::{Notice, Refusal};
use crate::assurance::Material;
use crate::ports::{Checked, EnrolBegun, Factor, PasswordChanged, PasswordChecked, Polled, Started};

/// Goes on with what an effect came to.
pub(super) fn on_outcome(state: &mut State, outcome: Outcome, cx: &Context<'_>) -> Next {
    match outcome {
        Outcome::Surveyed(survey) => {
            state.name = Some((survey.person.login.clone(), survey.person.display_name.clone()));
            decide(state, *survey, cx)
        }
        Outcome::Lost => lost(state, cx),
        Outcome::Password(checked) => on_password(state, checked, cx),
        Outcome::Ticket(checked) => on_ticket(state, checked, cx),
        Outcome::PasswordChanged(changed) => on_password_changed(state, changed, cx),
        Outcome::Started(factor, started) => on_started(state, factor, started),
        Outcome::Answered(checked) => on_answered(state, checked, cx),
        Outcome::Polled(polled) => on_polled(state, polled),
        Outcome::Enrolling(begun) => on_enrolling(state, begun, cx),
        Outcome::Confirmed(checked) => on_confirmed(state, checked, cx),
        Outcome::RecoveryCodes(codes) => {
            state.secrets.codes = codes;
            to(state, Step::Codes)
        }
    }
}

fn on_password(state: &mut State, PasswordChecked { checked, change }: PasswordChecked, cx: &Context<'_>) -> Next {
    let fixed = matches!(state.step, Step::Password { fixed: true });
    let is_other = |person: PersonId| fixed && state.who != Some(person);
    match (checked, change) {
        (Checked::Proved(materials), change) => match owner(&materials) {
            Some(person) if !is_other(person) => {
                known(state, person, materials, cx);
                match change.filter(|wanted| wanted.person == person && !wanted.reason.is_demanded()) {
                    Some(wanted) => to(state, Step::ChangePassword { wanted, fault: None }),
                    None => Next::Do(Effect::Survey(person)),
                }
            }
            _ => held(state, Notice::PasswordRefused),
        },
        // It was right, and proves nothing: the flow knows nobody by it.
        (Checked::Refused, Some(wanted)) if wanted.reason.is_demanded() && !is_other(wanted.person) => {
            to(state, Step::ChangePassword { wanted, fault: None })
        }
        (Checked::Refused | Checked::Gone, _) => held(state, Notice::PasswordRefused),
        (Checked::Unavailable, _) => held(state, Notice::Unavailable),
        (Checked::Limited { retry_after }, _) => {
            state.retry_after = retry_after;
            held(state, Notice::Limited)
        }
    }
}

/// A machine has shown a ticket. Nobody has acted: like a session, it goes on only if it is of whom the party means.
fn on_ticket(state: &mut State, checked: Checked, cx: &Context<'_>) -> Next {
    match checked {
        Checked::Proved(materials) if owner(&materials).is_some() => {
            let person = materials[0].person;
            known(state, person, materials, cx);
            state.chosen = false;
            Next::Do(Effect::Survey(person))
        }
        other => {
            state.ticket_refused = true;
            match other {
                Checked::Unavailable => held(state, Notice::Unavailable),
                Checked::Limited { retry_after } => {
                    state.retry_after = retry_after;
                    held(state, Notice::Limited)
                }
                Checked::Proved(_) | Checked::Refused | Checked::Gone => held(state, Notice::TicketRefused),
            }
        }
    }
}

/// Somebody has shown their password.
fn known(state: &mut State, person: PersonId, materials: Vec<Material>, cx: &Context<'_>) {
    if state.who != Some(person) {
        state.proofs.clear();
        state.consented = None;
    }
    state.who = Some(person);
    state.chosen = true;
    // It counts again if it turns out to be theirs.
    state.ignore_session = false;
    prove(state, materials, cx);
}

fn on_password_changed(state: &mut State, changed: PasswordChanged, cx: &Context<'_>) -> Next {
    let Step::ChangePassword { wanted, .. } = state.step.clone() else { return lost(state, cx) };
    match changed {
        PasswordChanged::Proved(materials) if owner(&materials) == Some(wanted.person) => {
            // What was shown before is void.
            state.proofs.clear();
            known(state, wanted.person, materials, cx);
            Next::Do(Effect::Survey(wanted.person))
        }
        PasswordChanged::Proved(_) | PasswordChanged::Refused => held(state, Notice::PasswordRefused),
        PasswordChanged::NotTaken(fault) => not_taken(state, wanted, fault),
        PasswordChanged::Unavailable => held(state, Notice::Unavailable),
        PasswordChanged::Limited { retry_after } => {
            state.retry_after = retry_after;
            held(state, Notice::Limited)
        }
    }
}

fn on_started(state: &mut State, factor: Factor, started: Started) -> Next {
    match started {
        Started::Challenge(c) => {
            let step = Step::Factor { factor, transaction: c.transaction, message: c.message, mode: c.mode };
            to(state, step)
        }
        Started::Refused => {
            state.notice = Some(Notice::FactorUnavailable);
            to(state, Step::Choose)
        }
        Started::Limited { retry_after } => {
            (state.notice, state.retry_after) = (Some(Notice::Limited), retry_after);
            to(state, Step::Choose)
        }
    }
}

fn on_answered(state: &mut State, checked: Checked, cx: &Context<'_>) -> Next {
    match checked {
        Checked::Proved(materials) if owner(&materials).is_some() && owner(&materials) == state.who => {
            prove(state, materials, cx);
            survey(state, cx)
        }
        Checked::Proved(_) | Checked::Refused => held(state, Notice::CodeRefused),
        Checked::Unavailable => held(state, Notice::Unavailable),
        Checked::Gone => again(state),
        Checked::Limited { retry_after } => {
            state.retry_after = retry_after;
            held(state, Notice::Limited)
        }
    }
}

fn on_polled(state: &mut State, polled: Polled) -> Next {
    match (polled, state.who, &state.step) {
        (Polled::Pending, ..) => notice(state, Notice::NotYet),
        (Polled::Ready, Some(person), Step::Factor { transaction, .. }) => {
            let transaction = transaction.clone();
            Next::Do(Effect::Answer { person, transaction, code: SecretText::default(), pin: None })
        }
        (Polled::Declined, ..) => {
            state.notice = Some(Notice::Declined);
            to(state, Step::Choose)
        }
        (Polled::Gone | Polled::Ready, ..) => again(state),
    }
}

/// The challenge is no more: a new one of the same factor.
fn again(state: &mut State) -> Next {
    state.notice = Some(Notice::ChallengeGone);
    match (&state.step, state.who) {
        (Step::Factor { factor, .. }, Some(person)) => Next::Do(Effect::Start { person, factor: factor.clone() }),
        _ => to(state, Step::Choose),
    }
}

fn on_enrolling(state: &mut State, begun: EnrolBegun, cx: &Context<'_>) -> Next {
    match begun {
        EnrolBegun::Ready(new) => {
            let step = Step::Enrol { kind: new.kind.clone(), serial: new.serial.clone(), digits: new.digits };
            state.secrets.enrolment = Some(EnrolSecrets::from(*new));
            to(state, step)
        }
        EnrolBegun::Refused if state.kinds.len() < 2 => refuse(state, cx, Refusal::NoFactor),
        EnrolBegun::Refused => enrol_choice(state, Notice::FactorUnavailable),
        EnrolBegun::Limited { retry_after } => {
            state.retry_after = retry_after;
            enrol_choice(state, Notice::Limited)
        }
    }
}

fn on_confirmed(state: &mut State, checked: Checked, cx: &Context<'_>) -> Next {
    match (checked, state.step.clone(), state.who) {
        (Checked::Proved(materials), Step::Enrol { serial, .. }, Some(person)) if owner(&materials) == Some(person) => {
            state.enrolled = Some(serial);
            state.secrets.enrolment = None;
            prove(state, materials, cx);
            if state.recovery { Next::Do(Effect::RecoveryCodes { person }) } else { survey(state, cx) }
        }
        (Checked::Proved(_) | Checked::Refused, ..) => held(state, Notice::CodeRefused),
        (Checked::Unavailable, ..) => held(state, Notice::Unavailable),
        (Checked::Gone, ..) => enrol_choice(state, Notice::ChallengeGone),
        (Checked::Limited { retry_after }, ..) => {
            state.retry_after = retry_after;
            held(state, Notice::Limited)
        }
    }
}

fn enrol_choice(state: &mut State, why: Notice) -> Next {
    state.notice = Some(why);
    state.wanted_kind = None;
    state.secrets.enrolment = None;
    to(state, Step::EnrolChoice)
}

/// Whose all of these are; nobody's when they are none or of several.
fn owner(materials: &[Material]) -> Option<PersonId> {
    let first = materials.first()?.person;
    materials.iter().all(|m| m.person == first).then_some(first)
}

fn prove(state: &mut State, materials: Vec<Material>, cx: &Context<'_>) {
    state.proofs.extend(materials.into_iter().map(|m| Proof::new(m, cx.flow)));
}
