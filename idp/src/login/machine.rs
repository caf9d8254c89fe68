//! The transitions of a flow. Pure: state, signal and facts in; state and the next thing to do out.

use std::time::Duration;

use kernel::ids::{FlowId, PersonId};
use kernel::{SecretText, Timestamp};

use super::decide::decide;
use super::proof::Proof;
use super::sign_in::SignIn;
use super::state::{EnrolSecrets, State, Step};
use super::view::{Input, Notice, Refusal};
use crate::assurance::Material;
use crate::ports::{AnswerMode, Checked, Demand, EnrolBegun, Holdings, Person, Polled, Started};
use crate::session::Session;

/// What a transition may look at beside the state.
pub(super) struct Context<'a> {
    pub(super) request: &'a SignIn,
    pub(super) flow: FlowId,
    pub(super) started_at: Timestamp,
    pub(super) now: Timestamp,
    /// The browser's session, if it is live.
    pub(super) session: Option<&'a Session>,
    /// How fresh the password must be for a first enrolment.
    pub(super) enrol_fresh: Duration,
}

/// The world as far as the next step depends on it, read anew before every decision.
pub(super) struct Survey {
    pub(super) person: Person,
    pub(super) holdings: Holdings,
    pub(super) demand: Demand,
    /// What the party may know already.
    pub(super) remembered: super::ConsentAsk,
    /// Whether the login hint, if there is one, means this person.
    pub(super) meant: bool,
}

/// What happens to a flow.
pub(super) enum Signal {
    /// It begins.
    Begin,
    /// What it rested on has changed: decide again.
    Resume,
    /// The person answers.
    Input(Input),
    /// What an effect came to.
    Outcome(Outcome),
}

/// What has to be done before the flow can go on.
pub(super) enum Effect {
    /// Look at the world.
    Survey(PersonId),
    Password {
        name: String,
        realm: Option<String>,
        person: Option<PersonId>,
        password: SecretText,
    },
    Start {
        person: PersonId,
        factor: crate::ports::Factor,
    },
    Answer {
        person: PersonId,
        transaction: String,
        code: SecretText,
        pin: Option<SecretText>,
    },
    Poll {
        person: PersonId,
        transaction: String,
    },
    Enrol {
        person: PersonId,
        kind: String,
    },
    Confirm {
        person: PersonId,
        serial: String,
        code: SecretText,
    },
    RecoveryCodes {
        person: PersonId,
    },
}

impl Effect {
    /// Whether it changes something that can be had once: then the version of the flow is claimed first, so that no two
    /// answers to one page can both have it. A password is not used up by looking at it, and its tries are counted elsewhere.
    pub(super) const fn spends(&self) -> bool {
        !matches!(self, Self::Survey(_) | Self::Poll { .. } | Self::Password { .. })
    }
}

/// What an effect came to.
pub(super) enum Outcome {
    Surveyed(Box<Survey>),
    /// The person does not exist any more, or is disabled.
    Lost,
    Password(Checked),
    Started(crate::ports::Factor, Started),
    Answered(Checked),
    Polled(Polled),
    Enrolling(EnrolBegun),
    Confirmed(Checked),
    RecoveryCodes(Vec<SecretText>),
}

/// What to do next.
pub(super) enum Next {
    /// Keep the state and show its step.
    Show {
        /// Only at the fixed moment, so that time tells nothing.
        hold: bool,
    },
    /// Do this, and come back with its outcome.
    Do(Effect),
    /// All that is demanded seems to be there; admission decides.
    Succeed,
    /// Over.
    Fail(Refusal),
}

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
        (Step::Refused { reason }, Input::Cancel) => Next::Fail(reason),
        (_, Input::Cancel) => {
            state.leave_enrolment();
            Next::Fail(Refusal::Denied)
        }
        (_, Input::SwitchAccount) => {
            state.forget_person();
            ask_password(state, cx, false)
        }
        (Step::Password { fixed }, Input::Password { name, realm, password }) => {
            let person = if fixed { state.who } else { None };
            Next::Do(Effect::Password { name, realm, person, password })
        }
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

fn find_candidate(state: &State, id: &str) -> Option<Effect> {
    let factor = state.candidates.iter().find(|f| f.id == id)?.clone();
    Some(Effect::Start { person: state.who?, factor })
}

fn answer(state: &mut State, transaction: String, mode: AnswerMode, input: Input) -> Next {
    match (state.who, mode, input) {
        (Some(person), AnswerMode::Code, Input::Code { code, pin }) => {
            let pin = pin.filter(|_| state.pin);
            Next::Do(Effect::Answer { person, transaction, code, pin })
        }
        (Some(person), AnswerMode::Approve, Input::Approved) => Next::Do(Effect::Poll { person, transaction }),
        _ => notice(state, Notice::Unexpected),
    }
}

fn on_outcome(state: &mut State, outcome: Outcome, cx: &Context<'_>) -> Next {
    match outcome {
        Outcome::Surveyed(survey) => {
            state.name = Some((survey.person.login.clone(), survey.person.display_name.clone()));
            decide(state, *survey, cx)
        }
        Outcome::Lost => lost(state, cx),
        Outcome::Password(checked) => on_password(state, checked, cx),
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

fn on_password(state: &mut State, checked: Checked, cx: &Context<'_>) -> Next {
    match checked {
        Checked::Proved(materials) => {
            let Some(person) = owner(&materials) else { return held(state, Notice::PasswordRefused) };
            let fixed = matches!(state.step, Step::Password { fixed: true });
            if fixed && state.who != Some(person) {
                return held(state, Notice::PasswordRefused);
            }
            if state.who != Some(person) {
                state.proofs.clear();
                state.consented = None;
            }
            state.who = Some(person);
            state.chosen = true;
            // It counts again if it turns out to be theirs.
            state.ignore_session = false;
            prove(state, materials, cx);
            Next::Do(Effect::Survey(person))
        }
        Checked::Refused | Checked::Gone => held(state, Notice::PasswordRefused),
        Checked::Limited { retry_after } => {
            state.retry_after = retry_after;
            held(state, Notice::Limited)
        }
    }
}

fn on_started(state: &mut State, factor: crate::ports::Factor, started: Started) -> Next {
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

/// Looks at the world again before anything else is decided.
fn survey(state: &mut State, cx: &Context<'_>) -> Next {
    match state.who {
        Some(person) => Next::Do(Effect::Survey(person)),
        None => lost(state, cx),
    }
}

fn lost(state: &mut State, cx: &Context<'_>) -> Next {
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

fn notice(state: &mut State, notice: Notice) -> Next {
    state.notice = Some(notice);
    Next::Show { hold: false }
}

fn held(state: &mut State, notice: Notice) -> Next {
    state.notice = Some(notice);
    Next::Show { hold: true }
}
