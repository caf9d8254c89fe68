//! `DELETE /Users/{id}` (RFC 7644 section 3.6).

use std::sync::Arc;

use super::user_change::{existing, person};
use super::{One, resolver};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::revision::{self, Topic};
use crate::scim::client::{Client, Right};
use crate::scim::store::account;
use crate::scim::{etag, user};

/// Removes a user as [`DeleteUser`](crate::people::ops::DeleteUser) removes a person: the account goes, and the identifier stays, disabled.
pub struct RemoveUser(pub Arc<Client>);

impl Operation for RemoveUser {
    const EVENT: &'static str = "user_delete";
    const ACCESS: Access = Access::Service;
    type Input = One;
    type Output = ();

    async fn target(&self, sys: &Mfa, _: &Call, input: &One) -> Result<Target, Failure> {
        self.0.demand(Right::WriteUsers)?;
        person(sys, &*resolver(sys, &self.0)?, &input.id).await.map(Target::Person)
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &One) -> Result<(), Failure> {
        let Target::Person(person) = &*call.target else { return Err(Failure::internal("no person to remove")) };
        let id = person.id;
        let resolver = resolver(sys, &self.0)?;
        let stored = existing(sys, &resolver, &input.id).await?;
        etag::demand(input.if_match.as_deref(), &user::tag(&stored))?;
        account::same(&mut call.batch, &stored);
        resolver.get()?.remove(&mut call.batch, &stored.id).await?;
        sys.people.disable(&mut call.batch, id, true);
        revision::raise(&mut call.batch, Topic::People);
        call.reload_after();
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}
