//! `POST /user/`: creates a person in an editable resolver.

use super::person::{change, editable};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Creates a person.
pub struct AddUser;

/// Who, and where.
pub struct Input {
    login: String,
    resolver: String,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let login = params.optional("user")?.or(params.optional("username")?);
        let login = login.ok_or_else(|| ParamError::Missing("user".to_owned()))?;
        Ok(Self { login, resolver: params.required("resolver")? })
    }
}

impl Operation for AddUser {
    const EVENT: &'static str = "user_add";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// The uid.
    type Output = String;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::ADDUSER.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        let directory = sys.people.directory();
        let Some(resolver) = directory.resolver(&input.resolver) else {
            return Err(Failure::not_found(format!("The resolver {} does not exist.", input.resolver)));
        };
        let realms = directory.realms_with(resolver.id, &sys.node).into_iter().map(str::to_owned).collect();
        Ok(Target::Newcomer { resolver: resolver.name.clone(), realms, login: input.login.clone() })
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<String, Failure> {
        let resolver = editable(sys, &input.resolver)?;
        let store = resolver.get()?;
        if store.find_login(&input.login).await?.is_some() {
            return Err(exists());
        }
        let change = change(&resolver, &call.params)?;
        let uid = store.add(&mut call.batch, &input.login, change).await?;
        call.audit.user.clone_from(&input.login);
        call.audit.resolver.clone_from(&resolver.name);
        let (resolver, login) = (resolver.id, input.login.clone());
        call.after(move |sys| async move {
            let realms: Vec<String> =
                sys.people.directory().realms_with(resolver, &sys.node).into_iter().map(str::to_owned).collect();
            for realm in realms {
                sys.people.forget_name(&realm, &login).await;
            }
        });
        Ok(uid)
    }

    fn answer(&self, output: &String) -> Answer {
        Answer::value(output.clone())
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "account_login").then(exists)
    }
}

fn exists() -> Failure {
    Failure::user("A user of this name exists already in the resolver.")
}
