//! Which step comes next, given who it is, what was proven and what is demanded. Pure.

use kernel::ids::PersonId;

use super::machine::{ask_password, refuse, to};
use super::sign_in::Purpose;
use super::signal::{Context, Effect, Next, Survey};
use super::state::{State, Step};
use super::view::{Notice, Refusal};
use crate::assurance::{Assessment, Demanded, Evidence, FactorClass, Level, Material, Missing, Window};
use crate::ports::{ConsentRule, Factor};
use crate::session::Session;

/// Decides the next step.
pub(super) fn decide(state: &mut State, survey: Survey, cx: &Context<'_>) -> Next {
    let openers = || state.proofs.iter().map(|p| p.material().method).filter(|method| method.opens());
    let (opened_here, acted) = (openers().next().is_some(), openers().any(|method| !method.is_silent()));
    if !opened_here && usable_session(state, &survey, cx).is_none() {
        return ask_password(state, cx, false);
    }
    if let Some(next) = whose_turn(state, &survey, cx, (acted, opened_here)) {
        return next;
    }
    if !survey.demand.allowed {
        return refuse(state, cx, Refusal::Forbidden);
    }
    let assessment = assess(state, &survey, cx);
    let demanded = match demanded(&survey, cx, &assessment) {
        Ok(demanded) => demanded,
        Err(reason) => return refuse(state, cx, reason),
    };
    match assessment.missing(demanded) {
        None => consent(state, &survey, cx),
        Some(Missing::Opening) => {
            if opened_here || usable_session(state, &survey, cx).is_some() {
                state.notice = state.notice.or(Some(Notice::Reauthenticate));
            }
            ask_password(state, cx, true)
        }
        Some(_) if cx.request.prompts.none => Next::Fail(Refusal::InteractionRequired),
        Some(missing) => second(state, &survey, cx, &assessment, missing),
    }
}

/// The browser's session, if it counts for this person and this flow.
pub(super) fn usable_session<'a>(state: &State, survey: &Survey, cx: &Context<'a>) -> Option<&'a Session> {
    cx.session.filter(|session| !state.ignore_session && session.is_of(&survey.person))
}

/// What the evidence amounts to for this request.
pub(super) fn assess(state: &State, survey: &Survey, cx: &Context<'_>) -> Assessment {
    let evidence = usable_session(state, survey, cx).map(Session::evidence);
    assess_with(evidence, state, survey, cx)
}

fn assess_with(evidence: Option<&Evidence>, state: &State, survey: &Survey, cx: &Context<'_>) -> Assessment {
    let max_age = cx.request.max_age;
    let window = Window {
        person: survey.person.id,
        epoch: survey.person.auth_epoch,
        kinds: survey.demand.kinds.clone(),
        flow: cx.flow,
        fresh: cx.request.prompts.login || max_age.is_some_and(|age| age.is_zero()),
        not_before: max_age.map_or_else(Default::default, |age| cx.started_at - age),
        now: cx.now,
        ages: survey.demand.max_ages.clone(),
    };
    Assessment::of(evidence, &state.proofs, &window)
}

/// Is it the person that the party means, and the one who wants to go on?
fn whose_turn(state: &mut State, survey: &Survey, cx: &Context<'_>, (acted, opened_here): (bool, bool)) -> Option<Next> {
    let request = cx.request;
    let expected = |subject: PersonId| subject == survey.person.id;
    if !request.subject.is_none_or(expected) {
        if acted {
            return Some(Next::Fail(Refusal::LoginRequired));
        }
        return Some(somebody_else(state, cx, opened_here));
    }
    if acted || state.chosen {
        return None;
    }
    if request.prompts.select_account {
        let next = to(state, Step::Account);
        return Some(if request.prompts.none { Next::Fail(Refusal::AccountSelectionRequired) } else { next });
    }
    if request.subject.is_none() && !survey.meant {
        return Some(somebody_else(state, cx, opened_here));
    }
    None
}

/// The party means somebody else than the browser's session, or the ticket of its machine, says.
fn somebody_else(state: &mut State, cx: &Context<'_>, opened_here: bool) -> Next {
    if opened_here {
        state.forget_person();
    }
    state.ignore_session = true;
    ask_password(state, cx, false)
}

/// What must be reached: the policy's floor, and above it what the party wants, as far as this person can reach it.
pub(super) fn demanded(survey: &Survey, cx: &Context<'_>, assessment: &Assessment) -> Result<Demanded, Refusal> {
    let managing = cx.request.purpose == Purpose::ManageFactors && survey.holdings.any;
    let floor = if managing { survey.demand.level.max(Level::Double) } else { survey.demand.level };
    let can_reach = |level: Level| match level {
        _ if assessment.level() >= Some(level) => true,
        Level::Single => true,
        Level::Double => candidates(survey, &[FactorClass::Knowledge]).next().is_some() || may_enrol(survey, cx),
        Level::PhishingResistant => candidates(survey, &[]).any(|f| f.phishing_resistant),
    };
    if !can_reach(floor) {
        return Err(Refusal::NoFactor);
    }
    let acr = &cx.request.acr;
    match acr.levels().map(|wanted| wanted.max(floor)).find(|level| can_reach(*level)) {
        Some(level) => Ok(Demanded { level }),
        None if acr.essential && !acr.values.is_empty() => Err(Refusal::UnmetAcr),
        None => Ok(Demanded { level: floor }),
    }
}

/// Factors that may be asked for and are of none of the classes in `shown`.
fn candidates<'a>(survey: &'a Survey, shown: &'a [FactorClass]) -> impl Iterator<Item = &'a Factor> {
    let kinds = survey.demand.kinds.as_ref();
    let counts = move |f: &&Factor| kinds.is_none_or(|kinds| kinds.contains(&f.kind)) && !shown.contains(&f.class);
    survey.holdings.usable.iter().filter(counts)
}

/// Trust on first use: on pages, and only for somebody who has no factor at all, not even one that is locked.
fn may_enrol(survey: &Survey, cx: &Context<'_>) -> bool {
    cx.has_pages && !survey.holdings.any && enrollable(survey).next().is_some()
}

fn enrollable(survey: &Survey) -> impl Iterator<Item = &str> {
    let counts = |kind: &&str| survey.demand.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|k| k == kind));
    survey.demand.enrol.iter().map(|e| e.kind.as_str()).filter(counts)
}

/// Asks for a further factor, or has one enrolled.
fn second(state: &mut State, survey: &Survey, cx: &Context<'_>, assessment: &Assessment, missing: Missing) -> Next {
    let person = survey.person.id;
    state.candidates = match missing {
        Missing::PhishingResistant => candidates(survey, &[]).filter(|f| f.phishing_resistant).cloned().collect(),
        _ => candidates(survey, assessment.classes()).cloned().collect(),
    };
    state.pin = survey.demand.ask_pin;
    if usable_session(state, survey, cx).is_some() && state.proofs.is_empty() {
        state.notice = state.notice.or(Some(Notice::StepUp));
    }
    match state.candidates.as_slice() {
        [] => enrol(state, survey, cx),
        [only] => Next::Do(Effect::Start { person, factor: only.clone() }),
        many => match many.iter().find(|f| f.preferred) {
            Some(preferred) => Next::Do(Effect::Start { person, factor: preferred.clone() }),
            None => to(state, Step::Choose),
        },
    }
}

fn enrol(state: &mut State, survey: &Survey, cx: &Context<'_>) -> Next {
    if !may_enrol(survey, cx) {
        return refuse(state, cx, Refusal::NoFactor);
    }
    // Whoever finds an open session, or the machine of somebody, must not be able to bind a factor of their own to it.
    let fresh = |m: &Material| m.method.opens() && !m.method.is_silent() && m.at + cx.enrol_fresh > cx.now;
    if !state.proofs.iter().any(|p| fresh(p.material())) {
        state.notice = Some(Notice::Reauthenticate);
        return ask_password(state, cx, true);
    }
    state.kinds = enrollable(survey).map(str::to_owned).collect();
    state.recovery = survey.demand.recovery_codes;
    let wanted = state.wanted_kind.take().filter(|kind| state.kinds.contains(kind));
    let single = (state.kinds.len() == 1).then(|| state.kinds[0].clone());
    match wanted.or(single) {
        Some(kind) => Next::Do(Effect::Enrol { person: survey.person.id, kind }),
        None => to(state, Step::EnrolChoice),
    }
}

/// Asks for consent where that is due.
fn consent(state: &mut State, survey: &Survey, cx: &Context<'_>) -> Next {
    let (ask, prompted) = (&cx.request.ask, cx.request.prompts.consent);
    let due = match survey.demand.consent {
        _ if prompted => true,
        _ if cx.request.party.trusted || ask.is_empty() => false,
        ConsentRule::Never => false,
        ConsentRule::Remember => !ask.beyond(&survey.remembered).is_empty(),
        ConsentRule::Always => true,
    };
    if !due || state.consented.as_ref() == Some(ask) {
        return Next::Succeed;
    }
    if cx.request.prompts.none {
        return Next::Fail(Refusal::ConsentRequired);
    }
    to(state, Step::Consent { new: ask.beyond(&survey.remembered) })
}
