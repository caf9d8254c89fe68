//! People and their passwords.

use async_trait::async_trait;
use audit::{Origin, Record};
use db::Batch;
use idp::assurance::{Channel, FactorClass, Material, Method};
use idp::ports::{Checked, Claimed, PasswordAttempt, People, Person, PortError};
use kernel::ids::PersonId;
use mfa::budget::{CheckError, Guess, Secret, Subject};
use serde_json::Value;

use super::{Engine, port_error};

/// The person as `idp` sees them.
pub(crate) fn seen(person: &mfa::people::Person) -> Person {
    let value = |(name, value): (&String, &mfa::people::Attribute)| Some((name.clone(), serde_json::to_value(value).ok()?));
    Person {
        id: person.id,
        login: person.login.clone(),
        realm: person.realm.clone(),
        display_name: person.display_name(),
        attributes: person.attributes.iter().filter_map(value).collect(),
        auth_epoch: person.auth_epoch,
        enabled: !person.disabled,
    }
}

impl Engine {
    /// Who is claimed to be there, and the name that was typed on a page, if one was.
    async fn claimed(&self, who: Claimed<'_>) -> Result<(Option<mfa::people::Person>, Option<String>), PortError> {
        let people = &self.mfa.people;
        let found = match who {
            Claimed::Name { name, realm } => {
                let name = people.name(name, realm, true);
                people.resolve(&name).await.map(|person| (person, Some(people.canonical(&name))))
            }
            Claimed::Person(id) => people.by_id(id).await.map(|person| (person, None)),
        };
        found.map_err(|e| port_error(&e))
    }

    fn password_record(&self, origin: &Origin, person: Option<&mfa::people::Person>, success: bool, info: &str) -> Record {
        let mut record = Record::new(origin, "POST /login (password)");
        if let Some(person) = person {
            (record.user, record.realm, record.resolver) = (person.login.clone(), person.realm.clone(), person.resolver.clone());
            record.person = Some(person.id);
        }
        record.success = success;
        record.authentication = if success { "ACCEPT" } else { "REJECT" }.to_owned();
        record.info = info.to_owned();
        record
    }
}

#[async_trait]
impl People for Engine {
    async fn password(&self, origin: &Origin, attempt: PasswordAttempt<'_>) -> Result<Checked, PortError> {
        let (person, typed) = self.claimed(attempt.who).await?;
        let subject = match (&typed, attempt.who) {
            (Some(name), _) => Subject::Typed { name, person: person.as_ref().map(|person| person.id) },
            (None, Claimed::Person(id)) => Subject::Person(id),
            (None, Claimed::Name { name, .. }) => Subject::Unknown(name),
        };
        let known = attempt.device.filter(|device| person.as_ref().is_some_and(|p| p.id == device.person));
        let device = known.map(|device| device.id.to_string());
        let guess = Guess { secret: Secret::Password, subject, origin, device: device.as_deref() };
        let permit = match self.mfa.budgets.check(&guess, origin.at).await {
            Ok(permit) => permit,
            Err(CheckError::Limited(limited)) => {
                let mut batch = Batch::new();
                self.mfa.audit.append(&mut batch, self.password_record(origin, person.as_ref(), false, "too many attempts"));
                self.mfa.db.write(batch).await.map_err(|e| port_error(&e))?;
                // A limit that the name alone would not have met looks like a wrong password.
                return Ok(match limited.hidden {
                    true => Checked::Refused,
                    false => Checked::Limited { retry_after: Some(limited.retry_after) },
                });
            }
            Err(CheckError::Db(e)) => return Err(port_error(&e)),
        };
        let check = self.mfa.people.check_password(person.as_ref(), attempt.password).await.map_err(|e| port_error(&e))?;
        let mut batch = check.batch;
        let info = if check.ok { "password" } else { check.note.words() };
        self.mfa.audit.append(&mut batch, self.password_record(origin, person.as_ref(), check.ok, info));
        if check.ok {
            permit.right()
        } else {
            permit.wrong(&mut batch)
        }
        self.mfa.db.write(batch).await.map_err(|e| port_error(&e))?;
        let Some(person) = person.filter(|_| check.ok) else { return Ok(Checked::Refused) };
        Ok(Checked::Proved(vec![Material {
            factor: "password".to_owned(),
            method: Method::Password,
            class: FactorClass::Knowledge,
            person: person.id,
            epoch: person.auth_epoch,
            token: None,
            transaction: None,
            at: origin.at,
            channel: Channel::Browser,
            phishing_resistant: false,
            upstream: None,
        }]))
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, PortError> {
        let person = self.mfa.people.by_id(id).await.map_err(|e| port_error(&e))?;
        Ok(person.as_ref().map(seen))
    }

    async fn is_meant(&self, person: &Person, hint: &str) -> Result<bool, PortError> {
        if person.attributes.get("email").and_then(Value::as_str).is_some_and(|mail| mail.eq_ignore_ascii_case(hint)) {
            return Ok(true);
        }
        let (found, _) = self.claimed(Claimed::Name { name: hint, realm: None }).await?;
        Ok(found.is_some_and(|found| found.id == person.id))
    }
}
