//! Disables or enables a person at every door.

use super::person::UserParams;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Disables (`true`) or enables a person; sessions and tokens that rest on the present epoch are void either way.
pub struct DisableUser(pub bool);

impl Operation for DisableUser {
    const EVENT: &'static str = "user_disable";
    const ACCESS: Access = Access::Admin;
    type Input = UserParams;
    type Output = ();

    fn right(&self, _: &UserParams) -> Option<Right> {
        Some(rights::UPDATEUSER.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &UserParams) -> Result<Target, Failure> {
        sys.resolve_existing(input).await.map(Target::Person)
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, _: &UserParams) -> Result<(), Failure> {
        let Target::Person(person) = &*call.target else { return Err(Failure::internal("no person to disable")) };
        let id = person.id;
        sys.people.disable(&mut call.batch, id, self.0);
        call.audit.action_detail = if self.0 { "disabled" } else { "enabled" }.to_owned();
        call.after(move |sys| async move { sys.people.forget(id).await });
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}
