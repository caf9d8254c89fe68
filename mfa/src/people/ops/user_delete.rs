//! `DELETE /user/{resolver}/{username}`: removes a person from an editable resolver.

use super::person::editable;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::people::Person;
use crate::people::store::attribute as attributes;
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::revision::{self, Topic};

/// Removes a person. Their identifier stays, disabled: what it owned is theirs alone, whoever takes the name next.
pub struct DeleteUser;

/// Who.
pub struct Input {
    resolver: String,
    login: String,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let resolver = params.optional("resolvername")?.or(params.optional("resolver")?);
        let resolver = resolver.ok_or_else(|| ParamError::Missing("resolvername".to_owned()))?;
        let login = params.optional("username")?.or(params.optional("user")?);
        Ok(Self { resolver, login: login.ok_or_else(|| ParamError::Missing("username".to_owned()))? })
    }
}

impl Operation for DeleteUser {
    const EVENT: &'static str = "user_delete";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = ();

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::DELETEUSER.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        let found = sys.people.resolve_in(&input.resolver, &input.login, None).await?;
        let missing = || Failure::user(format!("User {} does not exist in resolver {}.", input.login, input.resolver));
        found.map(Target::Person).ok_or_else(missing)
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<(), Failure> {
        let Target::Person(person) = &*call.target else { return Err(Failure::internal("no person to remove")) };
        let person: Person = person.clone();
        let resolver = editable(sys, &input.resolver)?;
        resolver.get()?.remove(&mut call.batch, &person.uid).await?;
        sys.people.disable(&mut call.batch, person.id, true);
        attributes::delete_of_person(&mut call.batch, person.id);
        revision::raise(&mut call.batch, Topic::People);
        call.reload_after();
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}
