//! `POST /Users` (RFC 7644 section 3.3).

use std::sync::Arc;

use kernel::ids::PersonId;

use super::{Body, name_taken, refused, resolver, shown};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::people::store::person as persons;
use crate::resolvers::Change;
use crate::scim::Object;
use crate::scim::client::{Client, Right};
use crate::scim::document;
use crate::scim::schema::USER;
use crate::scim::store::account::{self, Stored};
use crate::scim::user::{self, Wanted};

/// Creates a user.
pub struct AddUser(pub Arc<Client>);

impl AddUser {
    fn wanted(&self, body: &Body) -> Result<Wanted, Failure> {
        self.0.demand(Right::WriteUsers)?;
        Ok(Wanted::of(document::read(&USER, &body.0)?)?)
    }
}

impl Operation for AddUser {
    const EVENT: &'static str = "user_add";
    const ACCESS: Access = Access::Service;
    type Input = Body;
    type Output = Object;

    async fn target(&self, sys: &Mfa, _: &Call, input: &Body) -> Result<Target, Failure> {
        let (login, resolver) = (self.wanted(input)?.login, resolver(sys, &self.0)?);
        let realms = sys.people.directory().realms_with(resolver.id, &sys.node).into_iter().map(str::to_owned).collect();
        Ok(Target::Newcomer { resolver: resolver.name.clone(), realms, login })
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Body) -> Result<Object, Failure> {
        let (wanted, resolver) = (self.wanted(input)?, resolver(sys, &self.0)?);
        let store = resolver.get()?;
        if account::by_login(&sys.db, resolver.id, &wanted.login).await?.is_some() {
            return Err(name_taken());
        }
        let (now, profile) = (sys.clock.now(), wanted.stored_profile()?);
        let attributes = wanted.changes(&store.attributes(), &crate::people::Attributes::new());
        let change = Change { password: wanted.password.clone(), attributes: attributes.clone(), ..Change::default() };
        let id = store.add(&mut call.batch, &wanted.login, change).await.map_err(refused)?;
        account::set_profile(&mut call.batch, (&id, 1), wanted.external_id.clone(), profile);
        let person = PersonId::new(&sys.chance, now);
        persons::insert(&mut call.batch, person, (resolver.id, &id, &wanted.login), now);
        if !wanted.active {
            sys.people.disable(&mut call.batch, person, true);
        }
        call.audit.user.clone_from(&wanted.login);
        call.audit.resolver.clone_from(&resolver.name);
        call.audit.person = Some(person);
        super::forget_logins(call, resolver.id, vec![wanted.login.clone()]);
        let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let stored = Stored {
            id,
            login: wanted.login,
            attributes,
            version: 1,
            created_at: now,
            changed_at: now,
            external_id: wanted.external_id,
            profile: wanted.profile,
            disabled: !wanted.active,
        };
        Ok(user::resource(&stored, &super::base(call)))
    }

    fn answer(&self, output: &Object) -> Answer {
        shown(output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "account_login").then(name_taken)
    }
}
