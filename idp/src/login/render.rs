//! From a state to what is shown. Pure.

use kernel::{SecretText, Timestamp};

use super::state::{State, Step};
use super::store::Flow;
use super::view::{StepView, View};

/// The page of a state.
pub(super) fn view(flow: &Flow, state: &State, hold_until: Option<Timestamp>) -> View {
    View {
        flow: flow.id,
        version: flow.version,
        party: flow.request.party.clone(),
        answer_to: flow.request.answer_to.clone(),
        person: state.name.as_ref().map(|(login, _)| login.clone()),
        ui_locales: flow.request.ui_locales.clone(),
        step: step(flow, state),
        notice: state.notice,
        retry_after: state.retry_after,
        hold_until,
        expires_at: flow.expires_at,
    }
}

fn step(flow: &Flow, state: &State) -> StepView {
    match &state.step {
        Step::Password { fixed: true } => {
            StepView::Password { name: state.name.as_ref().map(|(login, _)| login.clone()), fixed: true, ticket: false }
        }
        Step::Password { fixed: false } => {
            let ticket = state.takes_ticket(&flow.request);
            StepView::Password { name: flow.request.login_hint.clone(), fixed: false, ticket }
        }
        Step::ChangePassword { wanted, fault } => {
            StepView::ChangePassword { login: wanted.login.clone(), reason: wanted.reason, fault: fault.clone() }
        }
        Step::Account => {
            let (login, display_name) = state.name.clone().unwrap_or_default();
            StepView::Account { display_name, login }
        }
        Step::Choose => StepView::Choose { factors: state.candidates.clone() },
        Step::Factor { factor, message, mode, .. } => StepView::Factor {
            factor: factor.clone(),
            mode: *mode,
            message: message.clone(),
            pin: state.pin,
            others: state.candidates.iter().filter(|other| other.id != factor.id).cloned().collect(),
        },
        Step::EnrolChoice => StepView::EnrolChoice { kinds: state.kinds.clone() },
        Step::Enrol { kind, serial, digits } => enrol(state, kind, serial, *digits),
        Step::Codes => StepView::Codes { codes: state.secrets.codes.clone() },
        Step::Consent { new } => StepView::Consent { ask: flow.request.ask.clone(), new: new.clone() },
        Step::Refused { reason } => StepView::Refused { reason: *reason },
    }
}

fn enrol(state: &State, kind: &str, serial: &str, digits: u8) -> StepView {
    let shown = |pick: fn(&super::state::EnrolSecrets) -> &SecretText| {
        state.secrets.enrolment.as_ref().map(|secrets| pick(secrets).clone()).unwrap_or_default()
    };
    StepView::Enrol {
        kind: kind.to_owned(),
        serial: serial.to_owned(),
        uri: shown(|s| &s.uri),
        key: shown(|s| &s.key),
        qr: shown(|s| &s.qr),
        digits,
        others: state.kinds.len() > 1,
    }
}
