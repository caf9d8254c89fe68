//! People of the world.

use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;
use kernel::ids::PersonId;

use super::{Inner, World};
use crate::assurance::{Channel, FactorClass, Material, Method};
use crate::ports::{
    ChangeReason, ChangeWanted, Checked, Claimed, Negotiation, NewPasswordFault, PasswordAttempt, PasswordChange,
    PasswordChanged, PasswordChecked, People, Person, PortError,
};

/// How long ago the people of the world have signed in to their domain.
pub(crate) const DOMAIN_AGE: Duration = Duration::from_secs(100);

impl World {
    /// The password of a person was shown, or a ticket.
    fn proven(&self, world: &mut Inner, person: PersonId, origin: &Origin, method: Method) -> Material {
        let now = self.clock.now();
        let proved = Material {
            factor: if method == Method::Ticket { "kerberos" } else { "password" }.to_owned(),
            method,
            class: FactorClass::Knowledge,
            person,
            epoch: world.person(person).map_or(0, |person| person.auth_epoch),
            token: None,
            transaction: None,
            at: if method == Method::Ticket { now - DOMAIN_AGE } else { now },
            channel: Channel::Browser,
            phishing_resistant: false,
            upstream: None,
        };
        world.ledger.push((proved.clone(), origin.user_agent.clone()));
        proved
    }
}

#[async_trait]
impl People for World {
    async fn password(&self, origin: &Origin, attempt: PasswordAttempt<'_>) -> Result<PasswordChecked, PortError> {
        let mut world = self.get();
        if world.limited {
            return Ok(Checked::Limited { retry_after: None }.into());
        }
        if world.out {
            return Ok(Checked::Unavailable.into());
        }
        let found = world.people.iter().find(|(p, _)| match &attempt.who {
            Claimed::Name { name, .. } => p.login == *name,
            Claimed::Person(id) => p.id == *id,
        });
        let Some((person, password)) = found.filter(|(p, _)| p.enabled) else { return Ok(Checked::Refused.into()) };
        if attempt.password.expose() != password {
            return Ok(Checked::Refused.into());
        }
        let (id, login) = (person.id, person.login.clone());
        let reason = world.changes.get(&id).copied();
        let change = reason.map(|reason| ChangeWanted { person: id, login, reason });
        if reason.is_some_and(ChangeReason::is_demanded) {
            return Ok(PasswordChecked { checked: Checked::Refused, change });
        }
        Ok(PasswordChecked { checked: Checked::Proved(vec![self.proven(&mut world, id, origin, Method::Password)]), change })
    }

    async fn change_password(&self, origin: &Origin, change: PasswordChange<'_>) -> Result<PasswordChanged, PortError> {
        let mut world = self.get();
        let Some((person, password)) = world.people.iter_mut().find(|(p, _)| p.id == change.person && p.enabled) else {
            return Ok(PasswordChanged::Refused);
        };
        if change.old.expose() != password {
            return Ok(PasswordChanged::Refused);
        }
        if change.new.len() < 3 {
            return Ok(PasswordChanged::NotTaken(NewPasswordFault::TooShort));
        }
        change.new.expose().clone_into(password);
        person.auth_epoch += 1;
        world.changes.remove(&change.person);
        Ok(PasswordChanged::Proved(vec![self.proven(&mut world, change.person, origin, Method::Password)]))
    }

    /// A ticket is `<login> <number>`.
    async fn ticket(&self, origin: &Origin, negotiation: &Negotiation) -> Result<Checked, PortError> {
        let mut world = self.get();
        let token = negotiation.token().expose().to_owned();
        if world.out {
            return Ok(Checked::Unavailable);
        }
        let login = token.split(' ').next().unwrap_or_default();
        let person = world.people.iter().map(|(p, _)| p).find(|p| p.login == login && p.enabled).map(|p| p.id);
        let is_new = !world.used.contains(&token);
        world.used.push(token);
        let Some(person) = person.filter(|_| is_new) else { return Ok(Checked::Refused) };
        negotiation.tell(b"it is we".to_vec());
        Ok(Checked::Proved(vec![self.proven(&mut world, person, origin, Method::Ticket)]))
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, PortError> {
        let world = self.get();
        if world.silent {
            return Err(PortError::Unavailable("the store of the world".to_owned()));
        }
        Ok(world.person(id).cloned())
    }

    async fn is_meant(&self, person: &Person, hint: &str) -> Result<bool, PortError> {
        Ok(person.login == hint)
    }
}
