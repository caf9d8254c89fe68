//! `GET /event/` and `GET /event/{eventid}`.

use serde_json::Value;

use crate::Mfa;
use crate::events::store::{self, Stored};
use crate::events::{Binding, HANDLERS};
use crate::operation::{Access, Answer, Call, EVENTS, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Lists bindings; or, by the words `available` and `handlermodules`, what can be bound to what.
pub struct ListBindings;

/// What is asked for.
pub enum Input {
    /// Every binding.
    All,
    /// The binding of this id, if there is one.
    One(i64),
    /// Names of events.
    Available,
    /// Names of handlers.
    Handlers,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(match params.optional("eventid")?.as_deref() {
            None => Self::All,
            Some("available") => Self::Available,
            Some("handlermodules") => Self::Handlers,
            Some(_) => Self::One(params.number("eventid", 1..=i64::MAX)?.unwrap_or_default()),
        })
    }
}

impl Operation for ListBindings {
    const EVENT: &'static str = "event_list";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// The list in the wire format.
    type Output = Vec<Value>;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::EVENTHANDLING_READ.clone())
    }

    async fn run(&self, sys: &Mfa, _: &mut Call, input: &Input) -> Result<Self::Output, Failure> {
        let shown = |stored: Stored| wire(stored.number, &stored.binding);
        Ok(match input {
            Input::All => store::all(&sys.db).await?.into_iter().map(shown).collect(),
            Input::One(number) => store::by_number(&sys.db, *number).await?.into_iter().map(shown).collect(),
            Input::Available => EVENTS.iter().map(|event| Value::from(*event)).collect(),
            Input::Handlers => HANDLERS.iter().map(|handler| Value::from(handler.name)).collect(),
        })
    }

    fn answer(&self, output: &Self::Output) -> Answer {
        Answer::value(output.clone())
    }
}

/// A binding with its id.
fn wire(number: i64, binding: &Binding) -> Value {
    let mut value = serde_json::to_value(binding).unwrap_or_default();
    if let Value::Object(map) = &mut value {
        map.insert("id".to_owned(), number.into());
    }
    value
}
