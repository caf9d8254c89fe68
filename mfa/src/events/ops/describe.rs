//! `GET /event/{positions,actions,conditions,defaults}/{handlermodule}`: what a handler declares.

use serde_json::{Map, Value, json};

use crate::Mfa;
use crate::events::{Handler, Position, handler};
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Describes a handler.
pub enum DescribeHandler {
    /// Where it can take part.
    Positions,
    /// What it can do, with the options of each.
    Actions,
    /// On what its bindings may depend.
    Conditions,
    /// What holds for a binding that does not say.
    Defaults,
}

/// Which.
pub struct Input {
    name: String,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { name: params.required("handlermodule")? })
    }
}

impl Operation for DescribeHandler {
    const EVENT: &'static str = "event_describe";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Value;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::EVENTHANDLING_READ.clone())
    }

    async fn run(&self, _: &Mfa, _: &mut Call, input: &Input) -> Result<Value, Failure> {
        let handler = handler(&input.name);
        let handler = handler.ok_or_else(|| Failure::not_found(format!("There is no event handler module {}.", input.name)))?;
        Ok(match self {
            Self::Positions => handler.positions.iter().map(|position| position_name(*position)).collect(),
            Self::Actions => actions(handler),
            // None can be declared yet.
            Self::Conditions => json!({}),
            Self::Defaults => json!({ "abort_on_error": false }),
        })
    }

    fn answer(&self, output: &Value) -> Answer {
        Answer::value(output.clone())
    }
}

fn position_name(position: Position) -> &'static str {
    match position {
        Position::Pre => "pre",
        Position::Post => "post",
    }
}

fn actions(handler: &Handler) -> Value {
    let described = handler.actions.iter().map(|action| {
        let options: Map<String, Value> = action
            .options
            .iter()
            .map(|option| {
                let about = json!({ "type": option.ty.name(), "required": option.required, "description": option.doc });
                (option.name.to_owned(), about)
            })
            .collect();
        (action.name.to_owned(), Value::Object(options))
    });
    Value::Object(described.collect())
}
