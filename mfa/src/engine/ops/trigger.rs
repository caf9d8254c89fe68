//! `/validate/triggerchallenge`: an administrator's machine has a person asked for a value, without their PIN.

use serde_json::Map;

use super::check::{Whose, only};
use super::{answer, record, rules};
use crate::Mfa;
use crate::engine::{Attempt, Form, Outcome, Verdict, Who};
use crate::operation::{Access, Answer, Authentication, Call, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::token_ops::select;
use crate::tokens::{KindRef, store};

/// Asks for values of all tokens that can be asked.
pub struct TriggerChallenge;

/// Whose tokens.
pub struct Input {
    whose: Whose,
    kind: Option<KindRef>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { whose: Whose::read(params)?, kind: only(params)? })
    }
}

impl Operation for TriggerChallenge {
    const EVENT: &'static str = "validate_triggerchallenge";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Outcome;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::TRIGGERCHALLENGE.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        match &input.whose {
            Whose::Serial(serial) => match store::by_serial(&sys.db, serial).await? {
                Some(token) => select::target(sys, &token).await,
                None => Err(Failure::not_found("The requested token could not be found.")),
            },
            Whose::User(user) => Ok(sys.resolve(user).await?.map_or(Target::Nobody, Target::Person)),
        }
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Outcome, Failure> {
        let who = input.whose.find(sys, call).await?;
        if matches!(who, Who::Unknown(_)) {
            return Err(Failure::user("The user does not exist."));
        }
        let origin = call.origin.clone();
        let (transaction, form, device) = (None, Form::ValueOnly, None);
        let attempt = Attempt { origin: &origin, who, secret: "".into(), transaction, form, kind: input.kind, device };
        let candidates = sys.candidates(&attempt).await?;
        let rules = rules(sys, call, &candidates)?;
        let outcome = sys.trigger_among(&candidates, &attempt, &rules, &mut call.batch)?;
        record(call, &outcome);
        Ok(outcome)
    }

    fn answer(&self, outcome: &Outcome) -> Answer {
        let mut detail = Map::from_iter([("message".to_owned(), outcome.message.clone().into())]);
        let (count, authentication) = match &outcome.verdict {
            Verdict::Challenged(asked) => {
                answer::challenge(&mut detail, asked);
                (asked.prompts.len(), Authentication::Challenge)
            }
            _ => (0, Authentication::Reject),
        };
        Answer { authentication: Some(authentication), ..Answer::value(count).with_detail(detail) }
    }
}
