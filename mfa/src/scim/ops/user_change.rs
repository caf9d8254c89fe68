//! `PUT` and `PATCH /Users/{id}` (RFC 7644 sections 3.5.1 and 3.5.2).

use std::sync::Arc;

use super::user_find::with_groups;
use super::{Change as Input, How, name_taken, refused, resolver, shown};
use crate::Mfa;
use crate::notices::{self, What};
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::people::{Attribute, Person, ResolverRef};
use crate::resolvers::Change;
use crate::scim::client::{Client, Right};
use crate::scim::error::ScimError;
use crate::scim::schema::USER;
use crate::scim::store::account::{self, Stored};
use crate::scim::user::{self, Wanted};
use crate::scim::{Object, document, etag, patch};

/// Changes a user. Who is no longer active is disabled at every door; a new password voids what rests on the old one.
pub struct ChangeUser(pub Arc<Client>, pub How);

impl ChangeUser {
    /// The user as the client wants it to be, out of the user as it is.
    fn wanted(&self, before: &Object, body: &serde_json::Value) -> Result<Object, ScimError> {
        let mut doc = match self.1 {
            How::Replace => document::read(&USER, body)?,
            How::Patch => {
                let mut doc = before.clone();
                for step in patch::read(&USER, body)? {
                    patch::apply(&mut doc, &step)?;
                }
                document::read(&USER, &serde_json::Value::Object(doc))?
            }
        };
        // Who does not say whether somebody is active does not make them so.
        if let Some(active) = before.get("active") {
            doc.entry("active").or_insert_with(|| active.clone());
        }
        Ok(doc)
    }
}

impl Operation for ChangeUser {
    const EVENT: &'static str = "user_update";
    const ACCESS: Access = Access::Service;
    type Input = Input;
    type Output = Object;

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        self.0.demand(Right::WriteUsers)?;
        person(sys, &*resolver(sys, &self.0)?, &input.one.id).await.map(Target::Person)
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Object, Failure> {
        let Target::Person(person) = &*call.target else { return Err(Failure::internal("no person to change")) };
        let person: Person = person.clone();
        let resolver = resolver(sys, &self.0)?;
        let mut stored = existing(sys, &resolver, &input.one.id).await?;
        etag::demand(input.one.if_match.as_deref(), &user::tag(&stored))?;
        let before = user::document(&stored);
        let doc = self.wanted(&before, &input.body)?;
        if doc != before {
            let mut changed: Vec<&str> =
                doc.iter().filter(|(name, v)| before.get(*name) != Some(v)).map(|(n, _)| n.as_str()).collect();
            changed.extend(before.keys().filter(|name| !doc.contains_key(*name)).map(String::as_str));
            call.audit.action_detail = changed.join(", ");
            let wanted = Wanted::of(doc)?;
            apply(sys, call, &resolver, (&mut stored, &person), wanted).await?;
        }
        let base = super::base(call);
        let mut users = vec![user::resource(&stored, &base)];
        with_groups(sys, &base, &mut users).await?;
        Ok(users.remove(0))
    }

    fn answer(&self, output: &Object) -> Answer {
        shown(output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "account_login").then(name_taken)
    }
}

/// The account of this identifier.
pub(super) async fn existing(sys: &Mfa, resolver: &ResolverRef, id: &str) -> Result<Stored, Failure> {
    let found = account::by_id(&sys.db, resolver.id, id).await?;
    found.ok_or_else(|| ScimError::not_found("user", id).into())
}

/// The person who has this account.
pub(super) async fn person(sys: &Mfa, resolver: &ResolverRef, id: &str) -> Result<Person, Failure> {
    let login = existing(sys, resolver, id).await?.login;
    let found = sys.people.resolve_in(&resolver.name, &login, None).await?;
    found.filter(|person| person.uid == id).ok_or_else(|| ScimError::not_found("user", id).into())
}

/// Writes the change; `stored` becomes what will be there.
async fn apply(
    sys: &Mfa,
    call: &mut Call,
    resolver: &ResolverRef,
    (stored, person): (&mut Stored, &Person),
    wanted: Wanted,
) -> Result<(), Failure> {
    let moved = wanted.login != stored.login;
    if moved
        && let Some(other) = account::by_login(&sys.db, resolver.id, &wanted.login).await?
        && other.id != stored.id
    {
        return Err(name_taken());
    }
    let profile = wanted.stored_profile()?;
    account::set_profile(&mut call.batch, (&stored.id, stored.version), wanted.external_id.clone(), profile);
    let store = resolver.get()?;
    let attributes = wanted.changes(&store.attributes(), &stored.attributes);
    let password = wanted.password.clone();
    let (new_password, new_email) = (password.is_some(), attributes.iter().any(|(name, _)| name == "email"));
    let change = Change { login: moved.then(|| wanted.login.clone()), password, attributes: attributes.clone() };
    store.change(&mut call.batch, &stored.id, change).await.map_err(refused)?;
    if wanted.active == stored.disabled {
        sys.people.disable(&mut call.batch, person.id, !wanted.active);
    }
    if new_password {
        sys.people.raise_epoch(&mut call.batch, person.id);
        notices::tell(sys, call, person, What::PasswordChanged);
    }
    if new_email && person.attributes.get("email").and_then(Attribute::text).is_some() {
        notices::tell(sys, call, person, What::EmailChanged);
    }
    let id = person.id;
    call.after(move |sys| async move { sys.people.forget(id).await });
    super::forget_logins(call, resolver.id, vec![stored.login.clone(), wanted.login.clone()]);
    for (name, value) in attributes {
        match value {
            Some(value) => stored.attributes.insert(name, value),
            None => stored.attributes.remove(&name),
        };
    }
    stored.version += 1;
    stored.changed_at = sys.clock.now();
    stored.disabled = !wanted.active;
    (stored.login, stored.external_id, stored.profile) = (wanted.login, wanted.external_id, wanted.profile);
    Ok(())
}
