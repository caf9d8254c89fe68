//! Which level a set of facts reaches, and what is missing. Pure.

use std::time::Duration;

use kernel::Timestamp;
use kernel::ids::{FlowId, PersonId};

use super::material::{Fact, FactorClass, Material};
use super::{Evidence, Level};
use crate::login::Proof;

/// Which evidence counts for a request.
#[derive(Clone, Debug)]
pub struct Window {
    /// Whose it must be.
    pub person: PersonId,
    /// The person's present epoch; evidence of another epoch is void.
    pub epoch: i64,
    /// Kinds of factor that count beside what opens a sign-in; all, if none are named.
    pub kinds: Option<Vec<String>>,
    /// The flow that asks. What was proven in it is never too old for it: it lives shorter than anybody's patience.
    pub flow: FlowId,
    /// Only what was proven in this flow counts (`prompt=login`, `max_age=0`).
    pub fresh: bool,
    /// Nothing proven before this moment counts (`max_age`).
    pub not_before: Timestamp,
    /// The present moment.
    pub now: Timestamp,
    /// How long evidence of a class lasts; a class that is not named lasts as long as the session.
    pub ages: Vec<(FactorClass, Duration)>,
}

impl Window {
    fn holds(&self, fact: &Fact) -> bool {
        let m = &fact.material;
        let kind = m.method.opens() || self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&m.factor));
        m.person == self.person && m.epoch == self.epoch && kind && (fact.flow == self.flow || self.is_recent(m))
    }

    fn is_recent(&self, m: &Material) -> bool {
        let expired = self.ages.iter().any(|(class, age)| *class == m.class && m.at + *age <= self.now);
        !self.fresh && m.at >= self.not_before && !expired
    }
}

/// What must be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demanded {
    /// At least this level.
    pub level: Level,
}

/// What has to be proven next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Who it is: password, passkey or upstream.
    Opening,
    /// A factor of another class than those shown.
    Second,
    /// A factor bound to our origin.
    PhishingResistant,
}

/// What evidence amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    opened: bool,
    classes: Vec<FactorClass>,
    phishing_resistant: bool,
    auth_time: Option<Timestamp>,
    amr: Vec<String>,
    factors: Vec<(String, Timestamp)>,
}

impl Assessment {
    /// Assesses what counts of a session's evidence and of new proofs.
    pub fn of(evidence: Option<&Evidence>, proofs: &[Proof], window: &Window) -> Self {
        let old = evidence.into_iter().flat_map(Evidence::facts);
        let facts: Vec<&Fact> = old.chain(proofs.iter().map(Proof::fact)).filter(|f| window.holds(f)).collect();
        let mut classes: Vec<FactorClass> = facts.iter().map(|f| f.material.class).collect();
        classes.sort_unstable();
        classes.dedup();
        // A sign-in is as fresh as its oldest part, each part counted by its newest proof.
        let newest = |class: &FactorClass| facts.iter().filter(|f| f.material.class == *class).map(|f| f.material.at).max();
        let auth_time = classes.iter().filter_map(newest).min();
        Self {
            opened: facts.iter().any(|f| f.material.method.opens()),
            phishing_resistant: facts.iter().any(|f| f.material.phishing_resistant),
            auth_time,
            amr: amr(&facts, classes.len()),
            factors: factors(&facts),
            classes,
        }
    }

    /// The level reached, none before the person is known.
    pub fn level(&self) -> Option<Level> {
        match (self.opened, self.classes.len()) {
            (false, _) | (_, 0) => None,
            (true, 1) => Some(Level::Single),
            (true, _) if self.phishing_resistant => Some(Level::PhishingResistant),
            (true, _) => Some(Level::Double),
        }
    }

    /// What has to be proven next to reach `demanded`; nothing when it is reached.
    pub fn missing(&self, demanded: Demanded) -> Option<Missing> {
        let level = self.level();
        match demanded.level {
            _ if level >= Some(demanded.level) => None,
            _ if level.is_none() => Some(Missing::Opening),
            Level::PhishingResistant if !self.phishing_resistant => Some(Missing::PhishingResistant),
            _ => Some(Missing::Second),
        }
    }

    /// Classes of factor that were shown.
    pub fn classes(&self) -> &[FactorClass] {
        &self.classes
    }

    /// When the sign-in took place: the age of its oldest part.
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// Each method that was shown, and when.
    pub fn factors(&self) -> &[(String, Timestamp)] {
        &self.factors
    }

    /// Methods for `amr`, with `mfa` when two classes were shown.
    pub fn amr(&self) -> &[String] {
        &self.amr
    }
}

/// Each method with the moment at which it was shown last, in the order of those.
fn factors(facts: &[&Fact]) -> Vec<(String, Timestamp)> {
    let mut out: Vec<(String, Timestamp)> = Vec::new();
    for material in facts.iter().map(|fact| &fact.material) {
        let Some(method) = material.method.amr() else { continue };
        match out.iter_mut().find(|(known, _)| known == method) {
            Some((_, at)) => *at = material.at.max(*at),
            None => out.push((method.to_owned(), material.at)),
        }
    }
    out.sort_by_key(|(_, at)| *at);
    out
}

fn amr(facts: &[&Fact], classes: usize) -> Vec<String> {
    let own = facts.iter().filter_map(|f| f.material.method.amr()).map(str::to_owned);
    let upstream = facts.iter().filter_map(|f| f.material.upstream.as_ref()).flat_map(|u| u.amr.iter().cloned());
    let mut out: Vec<String> = Vec::new();
    for value in own.chain(upstream).chain((classes > 1).then(|| "mfa".to_owned())) {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    out
}
