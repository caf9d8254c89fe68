//! Signing in by a ticket.

use kernel::ids::RowId;
use kernel::{SecretText, Timestamp};

use super::accept::{Accepted, Acceptor};
use super::{Refused, SKEW, store};
use crate::Mfa;
use crate::operation::{Access, Answer, Authentication, Call, Code, Failure, Operation};
use crate::people::{Name, PeopleError, Person, ResolverRef};

/// Whoever shows a ticket of the domain for our service is the person whom it names, if they may sign in.
pub struct SignInByTicket<'a> {
    /// What accepts it.
    pub acceptor: &'a Acceptor,
    /// What stands behind `Negotiate` in the header.
    pub header: &'a SecretText,
}

/// What came of it.
pub enum Ticketed {
    /// It is somebody who may sign in.
    Proved {
        /// Who.
        person: Box<Person>,
        /// When they signed in to the domain.
        authenticated: Timestamp,
        /// What the client is told.
        answer: Vec<u8>,
    },
    /// It was not taken.
    Refused,
    /// The store of the person does not answer.
    Unavailable,
}

impl Operation for SignInByTicket<'_> {
    const EVENT: &'static str = "kerberos_sign_in";
    const ACCESS: Access = Access::Everybody;
    type Input = ();
    type Output = Ticketed;

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<Ticketed, Failure> {
        let keytab = self.acceptor.keytab().await.map_err(|what| {
            tracing::error!(request = %call.origin.request, "{what}");
            Refused::Keytab("the key table cannot be used")
        });
        let now = (call.origin.at, &sys.chance);
        let accepted = keytab.and_then(|keytab| self.acceptor.accept(&keytab, self.header.expose(), call.origin.client, now));
        match accepted {
            Ok(accepted) => find(sys, call, accepted).await,
            Err(why) => {
                call.audit.info = format!("ticket: {}", why.words());
                count(call, why.name());
                Ok(Ticketed::Refused)
            }
        }
    }

    fn answer(&self, output: &Ticketed) -> Answer {
        match output {
            Ticketed::Proved { .. } => Answer { authentication: Some(Authentication::Accept), ..Answer::value(true) },
            Ticketed::Refused | Ticketed::Unavailable => Answer::rejected("ticket"),
        }
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == store::ONCE).then(|| Failure::new(Code::WrongCredentials, "ticket: it was used before"))
    }
}

/// Finds whom a ticket names. It is used up, whoever that is.
async fn find(sys: &Mfa, call: &mut Call, accepted: Accepted) -> Result<Ticketed, Failure> {
    let Accepted { client, login, sought, home, authenticated, once, answer } = accepted;
    let told = |what: &str| format!("ticket of {client}: {what}");
    let tag = sys.keys.mac_key(keys::Purpose::Lookup).text(&[&b"kerberos\n"[..], &once].concat());
    if store::was_used(&sys.db, &tag).await? {
        call.audit.info = told("it was used before");
        count(call, "replayed");
        return Ok(Ticketed::Refused);
    }
    // It is good for twice the skew at most; the clock of another node may be behind as much again.
    let forget_at = call.origin.at + SKEW * 3;
    store::add(&mut call.batch, RowId::new(&sys.chance, call.origin.at), &tag, forget_at);
    let directory = sys.people.directory();
    let resolver = match home.resolver(&directory, &sys.people.env().node) {
        Ok(resolver) => resolver,
        Err(why) => {
            call.audit.info = told(why);
            count(call, "unbound");
            return Ok(Ticketed::Refused);
        }
    };
    let (outcome, output) = match somebody(sys, resolver, &sought, &home.realm).await {
        Err(e) if e.is_outage() => {
            tracing::warn!(request = %call.origin.request, error = %e, "a ticket cannot be checked");
            call.audit.info = told("the user store does not answer");
            ("unavailable", Ticketed::Unavailable)
        }
        Err(e) => return Err(e.into()),
        Ok(None) => {
            call.audit.info = told("nobody here has this name");
            ("nobody", Ticketed::Refused)
        }
        Ok(Some(person)) if !is_named(&person, [&login, &sought]) => {
            call.audit.info = told("whoever is found by this name is called otherwise");
            ("other_name", Ticketed::Refused)
        }
        Ok(Some(person)) => {
            call.concerns(&person);
            if person.disabled {
                call.audit.info = told("the person is disabled");
                ("disabled", Ticketed::Refused)
            } else {
                call.audit.info = told("accepted");
                ("accepted", Ticketed::Proved { person: Box::new(person), authenticated, answer })
            }
        }
    };
    count(call, outcome);
    Ok(output)
}

/// Who has a name in a resolver. What is remembered of them counts as it does at any sign-in.
async fn somebody(sys: &Mfa, resolver: &ResolverRef, login: &str, realm: &str) -> Result<Option<Person>, PeopleError> {
    let name = Name { login: login.to_owned(), realm: Some(realm.to_owned()) };
    match sys.people.resolve(&name).await {
        Ok(Some(person)) if person.resolver_id == resolver.id => Ok(Some(person)),
        // Nobody knows the name, or one before it in the realm does, or does not answer.
        Ok(_) => sys.people.resolve_in(&resolver.name, login, Some(realm)).await,
        Err(e) if e.is_outage() => sys.people.resolve_in(&resolver.name, login, Some(realm)).await,
        Err(e) => Err(e),
    }
}

/// Whether somebody is called as the ticket says. A resolver may know people by more than that: numbers, addresses.
fn is_named(person: &Person, names: [&String; 2]) -> bool {
    names.into_iter().any(|name| person.login.to_lowercase() == name.to_lowercase())
}

fn count(call: &Call, outcome: &'static str) {
    if outcome != "accepted" {
        tracing::info!(request = %call.origin.request, outcome, "a ticket was refused: {}", call.audit.info);
    }
    metrics::counter!("symbolon_kerberos_tickets_total", "outcome" => outcome).increment(1);
}
