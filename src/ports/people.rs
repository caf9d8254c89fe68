//! People and their passwords.

use std::time::Duration;

use async_trait::async_trait;
use audit::{Origin, Record};
use db::Batch;
use idp::assurance::{Channel, FactorClass, Material, Method};
use idp::ports::{
    ChangeReason, ChangeWanted, Checked, Claimed, Negotiation, NewPasswordFault, PasswordAttempt, PasswordChange,
    PasswordChanged, PasswordChecked, People, Person, PortError,
};
use kernel::ids::PersonId;
use mfa::budget::{CheckError, Guess, Secret, Subject};
use mfa::kerberos::{SignInByTicket, Ticketed};
use mfa::operation::{Call, Caller, Code, Params, perform};
use mfa::people::PeopleError;
use mfa::people::ops::{ChangePassword, PasswordChange as Outcome};
use mfa::resolvers::{MustChange, PasswordNote};
use serde_json::Value;

use super::{Engine, port_error, step};

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
    async fn claimed(&self, who: Claimed<'_>) -> Result<(Option<mfa::people::Person>, Option<String>), PeopleError> {
        let people = &self.mfa.people;
        match who {
            Claimed::Name { name, realm } => {
                let names = people.homes(self.mfa.name(name, realm));
                let typed = names.last().map(|name| people.canonical(name));
                people.resolve_first(&names).await.map(|person| (person, typed))
            }
            Claimed::Person(id) => people.by_id(id).await.map(|person| (person, None)),
        }
    }

    /// Whether somebody who does not get in must hear the same as those whom nobody can look up at present.
    fn is_uncertain(&self, who: Claimed<'_>) -> bool {
        match who {
            Claimed::Name { name, realm } => {
                let people = &self.mfa.people;
                people.homes(self.mfa.name(name, realm)).iter().any(|name| people.ailing(name))
            }
            Claimed::Person(_) => false,
        }
    }

    async fn record(&self, mut batch: Batch, record: Record) -> Result<(), PortError> {
        self.mfa.audit.append(&mut batch, record);
        self.mfa.db.write(batch).await.map(|_| ()).map_err(|e| port_error(&e))
    }

    /// A store did not answer: nothing was checked.
    async fn unavailable(
        &self,
        origin: &Origin,
        person: Option<&mfa::people::Person>,
        error: &PeopleError,
    ) -> Result<PasswordChecked, PortError> {
        tracing::warn!(request = %origin.request, %error, "a sign-in cannot be checked");
        self.record(Batch::new(), self.password_record(origin, person, false, "the user store does not answer")).await?;
        Ok(Checked::Unavailable.into())
    }

    /// Checks name and password, whatever may be said of it.
    async fn check_password(&self, origin: &Origin, attempt: &PasswordAttempt<'_>) -> Result<PasswordChecked, PortError> {
        let (person, typed) = match self.claimed(attempt.who).await {
            Err(e) if e.is_outage() => return self.unavailable(origin, None, &e).await,
            other => other.map_err(|e| port_error(&e))?,
        };
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
                self.record(Batch::new(), self.password_record(origin, person.as_ref(), false, "too many attempts")).await?;
                // A limit that the name alone would not have met looks like a wrong password.
                return Ok(PasswordChecked::from(match limited.hidden {
                    true => Checked::Refused,
                    false => Checked::Limited { retry_after: Some(limited.retry_after) },
                }));
            }
            Err(CheckError::Db(e)) => return Err(port_error(&e)),
        };
        let check = match self.mfa.people.check_password(person.as_ref(), attempt.password).await {
            Ok(check) => check,
            Err(e) => {
                // What could not be checked is no wrong guess.
                permit.right();
                return if e.is_outage() { self.unavailable(origin, person.as_ref(), &e).await } else { Err(port_error(&e)) };
            }
        };
        let mut batch = check.batch;
        let info = if check.ok { "password" } else { check.note.words() };
        // Only who knows the password hears that it must be changed: it was no guess.
        if check.ok || matches!(check.note, PasswordNote::MustChange(_)) {
            permit.right()
        } else {
            permit.wrong(&mut batch)
        }
        self.record(batch, self.password_record(origin, person.as_ref(), check.ok, info)).await?;
        let Some(person) = person else { return Ok(Checked::Refused.into()) };
        let change = wanted(check.note).map(|reason| ChangeWanted { person: person.id, login: person.login.clone(), reason });
        let checked = if check.ok { Checked::Proved(vec![proof(origin, &person)]) } else { Checked::Refused };
        Ok(PasswordChecked { checked, change })
    }

    fn password_record(&self, origin: &Origin, person: Option<&mfa::people::Person>, success: bool, info: &str) -> Record {
        let mut record = Record::new(origin, step(origin, "password"));
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

/// Nobody is troubled with what is further away.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// What the store wants of a password.
fn wanted(note: PasswordNote) -> Option<ChangeReason> {
    Some(match note {
        PasswordNote::MustChange(MustChange::Expired) => ChangeReason::Expired,
        PasswordNote::MustChange(MustChange::Reset) => ChangeReason::Reset,
        PasswordNote::Grace(left) => ChangeReason::Grace { left },
        PasswordNote::Expires(left) if left <= SOON => {
            ChangeReason::Expires { days: u32::try_from(left.as_secs() / 86_400).unwrap_or(0) }
        }
        PasswordNote::Expires(_) | PasswordNote::None | PasswordNote::Locked | PasswordNote::Barred | PasswordNote::Demands => {
            return None;
        }
    })
}

/// Words of a store are shown as they are, as far as they fit on a page.
fn fault(words: String) -> NewPasswordFault {
    use mfa::resolvers::NewPasswordFault as Known;
    match Known::of(&words) {
        Some(Known::NotAllowed) => NewPasswordFault::NotAllowed,
        Some(Known::TooWeak) => NewPasswordFault::TooWeak,
        Some(Known::TooShort) => NewPasswordFault::TooShort,
        Some(Known::TooSoon) => NewPasswordFault::TooSoon,
        Some(Known::Used) => NewPasswordFault::Used,
        Some(Known::TooLong) => NewPasswordFault::TooLong,
        None => NewPasswordFault::Other(words.chars().filter(|c| !c.is_control()).take(300).collect()),
    }
}

fn proof(origin: &Origin, person: &mfa::people::Person) -> Material {
    Material {
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
    }
}

#[async_trait]
impl People for Engine {
    async fn password(&self, origin: &Origin, attempt: PasswordAttempt<'_>) -> Result<PasswordChecked, PortError> {
        let checked = self.check_password(origin, &attempt).await?;
        Ok(match checked {
            PasswordChecked { checked: Checked::Refused | Checked::Limited { .. }, change: None }
                if self.is_uncertain(attempt.who) =>
            {
                Checked::Unavailable.into()
            }
            other => other,
        })
    }

    async fn change_password(&self, origin: &Origin, change: PasswordChange<'_>) -> Result<PasswordChanged, PortError> {
        let person = match self.mfa.people.by_id(change.person).await {
            Ok(Some(person)) => person,
            Ok(None) => return Ok(PasswordChanged::Refused),
            Err(e) if e.is_outage() => return Ok(PasswordChanged::Unavailable),
            Err(e) => return Err(port_error(&e)),
        };
        let device = change.device.filter(|device| device.person == person.id).map(|device| device.id.to_string());
        let (old, new) = (change.old.clone(), change.new.clone());
        let operation = ChangePassword { person, old, new, device };
        let call = Call::new(origin.clone(), Caller::Anonymous, step(origin, "change password"), Params::default());
        let done = match perform(&self.mfa, &operation, call).await {
            Ok(done) => done.output,
            Err(failure) if failure.code == Code::Unavailable => return Ok(PasswordChanged::Unavailable),
            Err(failure) => return Err(port_error(&failure)),
        };
        Ok(match done {
            Outcome::Done => match self.mfa.people.by_id(change.person).await.map_err(|e| port_error(&e))? {
                // With the epoch that the change has begun.
                Some(person) => PasswordChanged::Proved(vec![proof(origin, &person)]),
                None => PasswordChanged::Refused,
            },
            Outcome::WrongOld => PasswordChanged::Refused,
            Outcome::NotTaken(why) => PasswordChanged::NotTaken(fault(why)),
            Outcome::Impossible => PasswordChanged::NotTaken(NewPasswordFault::NotAllowed),
            Outcome::Limited(limited) => PasswordChanged::Limited { retry_after: Some(limited.retry_after) },
        })
    }

    async fn ticket(&self, origin: &Origin, negotiation: &Negotiation) -> Result<Checked, PortError> {
        let Some(acceptor) = &self.acceptor else { return Ok(Checked::Refused) };
        let operation = SignInByTicket { acceptor, header: negotiation.token() };
        let call = Call::new(origin.clone(), Caller::Anonymous, "GET /login (ticket)", Params::default());
        match perform(&self.mfa, &operation, call).await.map(|done| done.output) {
            Ok(Ticketed::Proved { person, authenticated, answer }) => {
                negotiation.tell(answer);
                let material = Material {
                    factor: "kerberos".to_owned(),
                    method: Method::Ticket,
                    // As old as what it stands for, however fresh the ticket itself is.
                    at: authenticated,
                    ..proof(origin, &person)
                };
                Ok(Checked::Proved(vec![material]))
            }
            Ok(Ticketed::Unavailable) => Ok(Checked::Unavailable),
            // Somebody was faster with the same one.
            Err(failure) if failure.code == Code::WrongCredentials => Ok(Checked::Refused),
            Ok(Ticketed::Refused) => Ok(Checked::Refused),
            Err(failure) => Err(port_error(&failure)),
        }
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, PortError> {
        let person = self.mfa.people.by_id(id).await.map_err(|e| port_error(&e))?;
        Ok(person.as_ref().map(seen))
    }

    async fn is_meant(&self, person: &Person, hint: &str) -> Result<bool, PortError> {
        if person.attributes.get("email").and_then(Value::as_str).is_some_and(|mail| mail.eq_ignore_ascii_case(hint)) {
            return Ok(true);
        }
        let found = self.claimed(Claimed::Name { name: hint, realm: None }).await;
        // A hint is worth no failed sign-in: who it means cannot be told at present.
        let (found, _) = match found {
            Err(e) if e.is_outage() => return Ok(true),
            other => other.map_err(|e| port_error(&e))?,
        };
        Ok(found.is_some_and(|found| found.id == person.id))
    }
}
