//! `PUT /user/`: changes a person in an editable resolver; people may change themselves.

use super::person::{UserParams, change, editable};
use crate::Mfa;
use crate::notices::{self, What};
use crate::operation::{Access, Answer, Call, Caller, Code, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::people::{Attribute, Person};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Changes a person. A new password voids sessions and tokens that rest on the old one.
pub struct UpdateUser;

/// Who.
pub struct Input {
    user: UserParams,
    new_login: Option<String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        params.required("user")?;
        Ok(Self { user: UserParams::from_params(params)?, new_login: params.optional("username")? })
    }
}

impl Operation for UpdateUser {
    const EVENT: &'static str = "user_update";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    type Output = ();

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::UPDATEUSER.clone())
    }

    async fn target(&self, sys: &Mfa, call: &Call, input: &Input) -> Result<Target, Failure> {
        if let Caller::Person(own) = &call.caller {
            return Ok(Target::Person(own.clone()));
        }
        sys.resolve_existing(&input.user).await.map(Target::Person)
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<(), Failure> {
        let Target::Person(person) = &*call.target else { return Err(Failure::internal("no person to change")) };
        let person: Person = person.clone();
        let resolver = editable(sys, &person.resolver)?;
        let mut change = change(&resolver, &call.params)?;
        change.login = input.new_login.clone().filter(|login| *login != person.login);
        if change.login.is_some() && matches!(call.caller, Caller::Person(_)) {
            return Err(Failure::new(Code::Policy, "You cannot change your login name."));
        }
        if change.attributes.iter().any(|(name, _)| name == "groups") && matches!(call.caller, Caller::Person(_)) {
            return Err(Failure::new(Code::Policy, "You cannot change your groups."));
        }
        let new_password = change.password.is_some();
        let email = person.attributes.get("email").and_then(Attribute::text);
        let new_email = change.attributes.iter().find(|(name, _)| name == "email").map(|(_, value)| value.as_ref());
        let moved = new_email.is_some_and(|new| new.and_then(Attribute::text) != email);
        resolver.get()?.change(&mut call.batch, &person.uid, change).await?;
        if new_password {
            sys.people.raise_epoch(&mut call.batch, person.id);
            notices::tell(sys, call, &person, What::PasswordChanged);
        }
        if moved && email.is_some() {
            notices::tell(sys, call, &person, What::EmailChanged);
        }
        let id = person.id;
        call.after(move |sys| async move { sys.people.forget(id).await });
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "account_login").then(|| Failure::user("A user of this name exists already in the resolver."))
    }
}
