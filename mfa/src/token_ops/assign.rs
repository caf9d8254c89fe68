//! `POST /token/assign`: gives a token to a person.

use super::change::{claim, siblings};
use super::select::{by_serial, record, target, unlocked};
use crate::Mfa;
use crate::enrol::limits::Limits;
use crate::enrol::pin_rules;
use crate::notices::{self, Factor, What};
use crate::operation::{About, Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::people::ops::UserParams;
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::{Owner, Token, store};

/// Gives a token without owner to a person. By administrators: a person who assigns themselves a token that lies around would
/// need no factor of their own.
pub struct AssignToken;

/// Which token, and to whom.
pub struct Input {
    serial: String,
    user: UserParams,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        params.required("user")?;
        Ok(Self { serial: params.required("serial")?, user: UserParams::from_params(params)? })
    }
}

impl Operation for AssignToken {
    const EVENT: &'static str = "token_assign";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// Whether it was given.
    type Output = bool;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::ASSIGN.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        let token = by_serial(sys, &input.serial).await?;
        match target(sys, &token).await? {
            Target::Token { owner: None, realms, facts } => {
                Ok(Target::Token { owner: Some(sys.resolve_existing(&input.user).await?), realms, facts })
            }
            owned => Ok(owned),
        }
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<bool, Failure> {
        let token = by_serial(sys, &input.serial).await?;
        unlocked(&token)?;
        let person = sys.resolve_existing(&input.user).await?;
        match &token.owner {
            Some(owner) if owner.person == person.id => {}
            Some(_) => return Err(Failure::new(Code::TokenAdmin, "This token is already assigned to another user.")),
            None => {}
        }
        let siblings = siblings(sys, Some(&person)).await?;
        let pin = call.params.secret("pin")?;
        let mut realms = token.realms.clone();
        let joined: Vec<String> = [person.realm.clone()].into_iter().filter(|realm| !realms.contains(realm)).collect();
        let limits = call.ask(sys, About::Person(&person), |_, at| {
            if let Some(pin) = &pin {
                pin_rules::check(pin, at)?;
            }
            Ok::<_, Failure>(Limits::read(token.kind, at)?)
        })?;
        if token.owner.is_none() {
            limits.admit(&siblings)?;
            limits.hold(&mut call.batch, person.id);
        }
        limits.admit_to_realms(&sys.db, &joined).await?;
        limits.hold_realms(&mut call.batch, &joined);
        realms.extend(joined);
        let mut after = Token { owner: Some(Owner::of(&person)), realms, ..token.clone() };
        if let Some(pin) = &pin {
            after.pin = sys.pins.store(token.id, pin).await?;
        }
        call.concerns(&person);
        record(call, &token);
        if token.rollout.usable() {
            claim(&mut call.batch, Some(&person), &siblings);
        }
        store::save(&mut call.batch, &token, &after);
        if token.owner.is_none() && token.rollout.usable() && !token.revoked {
            notices::tell(sys, call, &person, What::FactorAdded { factor: Factor::from(&token) });
        }
        store::reset_failcount(&mut call.batch, token.id);
        Ok(true)
    }

    fn answer(&self, given: &bool) -> Answer {
        Answer::value(*given)
    }
}
