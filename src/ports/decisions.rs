//! What the policies of scope `sso` demand of a sign-in.

use std::time::Duration;

use async_trait::async_trait;
use idp::assurance::{FactorClass, Level};
use idp::ports::{ConsentRule, Decisions, Demand, EnrolKind, PortError, Reason, SsoFacts};
use mfa::policy::actions::sso;
use mfa::policy::{Facts, Fault};

use super::{Engine, port_error};

#[async_trait]
impl Decisions for Engine {
    async fn demand(&self, facts: SsoFacts<'_>) -> Result<Demand, PortError> {
        let person = self.mfa.people.by_id(facts.person.id).await.map_err(|e| port_error(&e))?;
        let Some(person) = person else { return Err(PortError::Internal("the person has gone".to_owned())) };
        let asked = Facts { party: Some(facts.party.id.clone()), ..Facts::of(facts.origin) };
        let set = self.mfa.policies.load();
        let asked = asked.person(&person);
        let at = set.at(&asked);
        // A policy that cannot be decided stops the sign-in; it never weakens the demand.
        self.read(&at).map_err(|fault| PortError::Internal(format!("policies of scope sso: {fault}")))
    }
}

impl Engine {
    fn read(&self, at: &mfa::policy::At<'_>) -> Result<Demand, Fault> {
        let level = if at.any(&sso::REQUIRE_PHISHING_RESISTANT)? {
            Level::PhishingResistant
        } else if at.any(&sso::REQUIRE_SECOND_FACTOR)? {
            Level::Double
        } else {
            Level::Single
        };
        let enrol = at.words(&sso::ENROLL_AT_SIGN_IN)?.unwrap_or_default();
        let mut max_ages = Vec::new();
        if let Some(age) = at.get(&sso::KNOWLEDGE_MAX_AGE)? {
            max_ages.push((FactorClass::Knowledge, age.0));
        }
        if let Some(age) = at.get(&sso::POSSESSION_MAX_AGE)? {
            max_ages.push((FactorClass::Possession, age.0));
        }
        let idle = at.get(&sso::SESSION_IDLE)?.map_or(self.session.idle, |span| span.0);
        let absolute = at.get(&sso::SESSION_LIFETIME)?.map_or(self.session.absolute, |span| span.0);
        let consent = match at.get(&sso::CONSENT)? {
            None | Some(sso::Consent::Remember) => ConsentRule::Remember,
            Some(sso::Consent::Always) => ConsentRule::Always,
            Some(sso::Consent::Never) => ConsentRule::Never,
        };
        let kinds = at.words(&sso::FACTOR_KINDS)?.map(|kinds| kinds.0.iter().map(|kind| kind.to_lowercase()).collect());
        let days = at.get(&sso::KNOWN_DEVICE_DAYS)?.unwrap_or(0);
        Ok(Demand {
            allowed: at.get(&sso::SIGN_IN)? != Some(sso::SignIn::Deny),
            level,
            kinds,
            ask_pin: at.any(&sso::ASK_PIN)?,
            max_ages,
            enrol: enrol.0.iter().map(|kind| EnrolKind { kind: kind.to_lowercase() }).collect(),
            recovery_codes: at.any(&sso::RECOVERY_CODES)?,
            session_idle: idle,
            session_absolute: absolute,
            consent,
            known_device: Duration::from_secs(u64::from(days) * 86_400),
            reasons: at.reasons().into_iter().map(reason).collect(),
        })
    }
}

fn reason(reason: audit::Reason) -> Reason {
    Reason { policy: reason.policy, action: reason.action, value: reason.value }
}
