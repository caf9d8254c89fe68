//! Tokens of the world.

use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;
use kernel::SecretText;
use kernel::ids::PersonId;

use super::{Inner, Pending, Token, World};
use crate::assurance::{Channel, FactorClass, Material, Method};
use crate::ports::{
    AnswerMode, Challenge, Checked, EnrolBegun, EnrolGround, Enrolment, Factor, FactorAnswer, Factors, Holdings, Person, Polled,
    PortError, Started,
};

fn proved(world: &mut Inner, origin: &Origin, person: PersonId, serial: &str, transaction: Option<&str>) -> Checked {
    let Some(epoch) = world.person(person).filter(|p| p.enabled).map(|p| p.auth_epoch) else { return Checked::Refused };
    let Some(token) = world.token_mut(serial) else { return Checked::Refused };
    let kind = token.kind;
    let material = Material {
        factor: kind.to_owned(),
        method: if kind == "push" { Method::Push } else { Method::Otp },
        class: FactorClass::Possession,
        person,
        epoch,
        token: Some(serial.to_owned()),
        transaction: transaction.map(str::to_owned),
        at: origin.at,
        channel: Channel::Browser,
        phishing_resistant: false,
        upstream: None,
    };
    world.ledger.push((material.clone(), origin.user_agent.clone()));
    Checked::Proved(vec![material])
}

fn mode(token: &Token) -> AnswerMode {
    if token.kind == "push" { AnswerMode::Approve } else { AnswerMode::Code }
}

#[async_trait]
impl Factors for World {
    async fn holdings(&self, person: &Person) -> Result<Holdings, PortError> {
        let world = self.get();
        let own = |t: &&Token| t.person == person.id && t.confirmed;
        let usable = world.tokens.iter().filter(own).filter(|t| !t.locked).map(|t| Factor {
            id: t.serial.clone(),
            kind: t.kind.to_owned(),
            label: t.serial.clone(),
            mode: mode(t),
            class: FactorClass::Possession,
            phishing_resistant: false,
            preferred: false,
        });
        Ok(Holdings { usable: usable.collect(), any: world.tokens.iter().any(|t| own(&t)) })
    }

    async fn start(&self, _: &Origin, person: PersonId, factor: &str) -> Result<Started, PortError> {
        let mut world = self.get();
        let transaction = world.fresh_name("tx");
        let Some(token) = world.token_mut(factor).filter(|t| t.person == person && t.confirmed && !t.locked) else {
            return Ok(Started::Refused);
        };
        let mode = mode(token);
        let pending = Pending { person, serial: factor.to_owned(), state: Polled::Pending };
        world.challenges.insert(transaction.clone(), pending);
        Ok(Started::Challenge(Challenge { transaction, message: None, mode }))
    }

    async fn answer(&self, origin: &Origin, answer: FactorAnswer<'_>) -> Result<Checked, PortError> {
        let mut world = self.get();
        world.tried += 1;
        if world.limited {
            return Ok(Checked::Limited { retry_after: None });
        }
        let Some(pending) = world.challenges.get(answer.transaction).filter(|c| c.person == answer.person) else {
            return Ok(Checked::Gone);
        };
        let (serial, state) = (pending.serial.clone(), pending.state);
        if !world.person(answer.person).is_some_and(|p| p.enabled) {
            return Ok(Checked::Refused);
        }
        let Some(token) = world.token_mut(&serial).filter(|t| !t.locked) else { return Ok(Checked::Refused) };
        let right = if token.kind == "push" { state == Polled::Ready } else { answer.code.expose() == token.code() };
        if !right {
            return Ok(Checked::Refused);
        }
        token.spent += 1;
        world.challenges.remove(answer.transaction);
        Ok(proved(&mut world, origin, answer.person, &serial, Some(answer.transaction)))
    }

    async fn poll(&self, person: PersonId, transaction: &str) -> Result<Polled, PortError> {
        let world = self.get();
        Ok(world.challenges.get(transaction).filter(|c| c.person == person).map_or(Polled::Gone, |c| c.state))
    }

    async fn enrol(&self, origin: &Origin, person: PersonId, kind: &str, ground: EnrolGround) -> Result<EnrolBegun, PortError> {
        let mut world = self.get();
        let has = world.tokens.iter().any(|t| t.person == person && t.confirmed);
        if has {
            world.violations.push(format!("a first enrolment beside another factor at {:?}", origin.at));
        }
        if kind != "totp" || (ground == EnrolGround::FirstUse && has) {
            return Ok(EnrolBegun::Refused);
        }
        if !world.opened_since(person, &origin.user_agent, origin.at - Duration::from_secs(600)) {
            world.violations.push(format!("an enrolment without a fresh password at {:?}", origin.at));
        }
        let serial = world.fresh_name("NEW");
        world.tokens.push(Token { serial: serial.clone(), person, kind: "totp", spent: 0, confirmed: false, locked: false });
        Ok(EnrolBegun::Ready(Box::new(Enrolment {
            uri: SecretText::new(format!("otpauth://totp/{serial}")),
            key: SecretText::new("PLANTEDKEY"),
            qr: SecretText::new("data:image/svg+xml,planted"),
            kind: "totp".to_owned(),
            digits: 6,
            serial,
        })))
    }

    async fn confirm(
        &self,
        origin: &Origin,
        person: PersonId,
        serial: &str,
        code: &SecretText,
        ground: EnrolGround,
    ) -> Result<Checked, PortError> {
        let mut world = self.get();
        if ground == EnrolGround::FirstUse && world.tokens.iter().any(|t| t.person == person && t.confirmed) {
            return Ok(Checked::Gone);
        }
        let Some(token) = world.token_mut(serial).filter(|t| t.person == person && !t.confirmed) else {
            return Ok(Checked::Gone);
        };
        if code.expose() != token.code() {
            return Ok(Checked::Refused);
        }
        (token.spent, token.confirmed) = (token.spent + 1, true);
        Ok(proved(&mut world, origin, person, serial, None))
    }

    async fn abandon(&self, _: &Origin, person: PersonId, serial: &str) -> Result<(), PortError> {
        self.get().tokens.retain(|t| t.serial != serial || t.person != person || t.confirmed);
        Ok(())
    }

    async fn recovery_codes(&self, _: &Origin, person: PersonId) -> Result<Vec<SecretText>, PortError> {
        self.get().recovery_issued.push(person);
        Ok(vec![SecretText::new("PLANTEDCODE1"), SecretText::new("PLANTEDCODE2")])
    }
}
