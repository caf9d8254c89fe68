//! Whether the caller may do what they ask for.

use std::sync::Arc;

use super::call::Call;
use super::caller::Caller;
use super::contract::{Access, Operation, Target};
use super::failure::{Code, Failure};
use crate::Mfa;
use crate::policy::{Facts, PolicySet};

/// People act for themselves: whatever name they gave, it is theirs.
pub(super) fn force_identity(call: &mut Call, access: Access) {
    let Caller::Person(person) = &call.caller else { return };
    if access != Access::Both {
        return;
    }
    let (login, realm) = (person.login.clone(), person.realm.clone());
    call.params.set("user", login);
    call.params.set("realm", realm);
    for name in ["resolver", "userid", "user_id"] {
        call.params.remove(name);
    }
}

/// Checks role, ownership and policies. The target is kept in the call.
pub(super) async fn check<O: Operation>(op: &O, sys: &Mfa, call: &mut Call, input: &O::Input) -> Result<(), Failure> {
    role(O::ACCESS, &call.caller)?;
    let target = Arc::new(op.target(sys, call, input).await?);
    call.target = Arc::clone(&target);
    let set = sys.policies.load();
    if let Target::Person(person) | Target::Token { owner: Some(person), .. } = &*target {
        call.concerns(person);
        if set.needs_all_resolvers() {
            call.all_resolvers = Some((person.id, sys.people.resolvers_knowing(person).await?));
        }
    }
    if O::ACCESS != Access::Everybody
        && let Caller::Person(own) = &call.caller
    {
        let owner = match &*target {
            Target::Nobody => Some(own.id),
            Target::Person(person) => Some(person.id),
            Target::Token { owner, .. } => owner.as_ref().map(|person| person.id),
            Target::Newcomer { .. } => None,
        };
        if owner != Some(own.id) {
            // The same answer as for what does not exist.
            return Err(Failure::not_found("The requested resource could not be found."));
        }
    }
    let Some(right) = op.right(input) else { return Ok(()) };
    let facts = match (&call.caller, &*target) {
        (Caller::Operator(_), _) => return Ok(()),
        // Rights are granted to administrators and people; who is neither has none.
        (Caller::Anonymous | Caller::Service(_), _) => {
            return Err(Failure::new(Code::MissingRight, "You do not have the necessary role to access this resource!"));
        }
        (Caller::Person(own), Target::Token { realms, facts, .. }) => Facts {
            token_realms: Some(realms.clone()).filter(|r| !r.is_empty()),
            token: facts.clone(),
            ..call.facts_of(&set, own)
        },
        (Caller::Person(own), _) => call.facts_of(&set, own),
        (Caller::Admin(_), target) => of_target(call, &set, target),
    };
    let at = set.at(&facts);
    let allowed = at.allowed(&right)?;
    call.decided(&at);
    if allowed {
        return Ok(());
    }
    let who = if facts.admin.is_some() { "Admin" } else { "User" };
    Err(Failure::policy(format!("{who} actions are defined, but the action {} is not allowed!", right.name())))
}

fn role(access: Access, caller: &Caller) -> Result<(), Failure> {
    let missing = |message: &str| Err(Failure::new(Code::MissingRight, message));
    match (access, caller) {
        (Access::Everybody, _) | (_, Caller::Operator(_)) => Ok(()),
        (Access::Admin | Access::Both, Caller::Admin(_)) | (Access::Both, Caller::Person(_)) => Ok(()),
        (Access::Service, Caller::Service(_)) => Ok(()),
        (Access::Service, _) => missing("Only a provisioning client may do this."),
        (Access::Operator, _) => missing("Only the command line may do this."),
        (_, Caller::Anonymous) => Err(Failure::new(Code::Authenticate, "Authentication failure. You are not authenticated.")),
        (Access::Admin, Caller::Person(_)) => missing("You do not have the necessary role (['admin']) to access this resource!"),
        (_, Caller::Service(_)) => missing("You do not have the necessary role (['user', 'admin']) to access this resource!"),
    }
}

/// What an administrator touches, as facts.
fn of_target(call: &Call, set: &PolicySet, target: &Target) -> Facts {
    match target {
        Target::Nobody => call.facts(set),
        Target::Person(person) => call.facts_of(set, person),
        Target::Token { owner, realms, facts: token } => {
            let facts = match owner {
                Some(person) => call.facts_of(set, person),
                None => call.facts(set).nobody(),
            };
            Facts { token_realms: Some(realms.clone()).filter(|r| !r.is_empty()), token: token.clone(), ..facts }
        }
        Target::Newcomer { resolver, realms, login } => Facts {
            resolver: Some(resolver.clone()),
            token_realms: Some(realms.clone()),
            login: Some(login.clone()),
            ..call.facts(set)
        },
    }
}
