//! People of the world.

use async_trait::async_trait;
use audit::Origin;
use kernel::ids::PersonId;

use super::World;
use crate::assurance::{Channel, FactorClass, Material, Method};
use crate::ports::{Checked, Claimed, PasswordAttempt, People, Person, PortError};

#[async_trait]
impl People for World {
    async fn password(&self, origin: &Origin, attempt: PasswordAttempt<'_>) -> Result<Checked, PortError> {
        let mut world = self.get();
        if world.limited {
            return Ok(Checked::Limited { retry_after: None });
        }
        let found = world.people.iter().find(|(p, _)| match &attempt.who {
            Claimed::Name { name, .. } => p.login == *name,
            Claimed::Person(id) => p.id == *id,
        });
        let Some((person, password)) = found.filter(|(p, _)| p.enabled) else { return Ok(Checked::Refused) };
        if attempt.password.expose() != password {
            return Ok(Checked::Refused);
        }
        let proved = Material {
            factor: "password".to_owned(),
            method: Method::Password,
            class: FactorClass::Knowledge,
            person: person.id,
            epoch: person.auth_epoch,
            token: None,
            transaction: None,
            at: self.clock.now(),
            channel: Channel::Browser,
            phishing_resistant: false,
            upstream: None,
        };
        world.ledger.push((proved.clone(), origin.user_agent.clone()));
        Ok(Checked::Proved(vec![proved]))
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, PortError> {
        Ok(self.get().person(id).cloned())
    }

    async fn is_meant(&self, person: &Person, hint: &str) -> Result<bool, PortError> {
        Ok(person.login == hint)
    }
}
