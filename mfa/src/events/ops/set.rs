//! `POST /event`: binds a handler, or changes a binding.

use kernel::ids::RowId;
use serde_json::Value;

use super::existing;
use crate::Mfa;
use crate::events::{Binding, Options, Position, store};
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Binds a handler to events.
pub struct SetBinding;

/// The binding, and which one it replaces.
pub struct Input {
    number: Option<i64>,
    binding: Binding,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let position = match params.optional("position")?.as_deref() {
            None | Some("post") => Position::Post,
            Some("pre") => Position::Pre,
            Some(_) => return Err(ParamError::wrong("position", "pre or post is expected")),
        };
        Ok(Self {
            number: params.number("id", 1..=i64::MAX)?,
            binding: Binding {
                name: params.required("name")?,
                event: params.list("event")?.unwrap_or_default(),
                handlermodule: params.required("handlermodule")?,
                position,
                action: params.required("action")?,
                options: texts(params, "options", "option.")?,
                conditions: texts(params, "conditions", "condition.")?,
                ordering: params.number("ordering", 0..=1_000_000)?.unwrap_or(0),
                active: params.maybe_flag("active").unwrap_or(true),
                abort_on_error: params.flag("abort_on_error"),
            },
        })
    }
}

/// An object, also as JSON text, and parameters that begin with `prefix`.
fn texts(params: &Params, name: &str, prefix: &str) -> Result<Options, ParamError> {
    let wrong = |what: &str| ParamError::wrong(name, what);
    let mut texts = Options::new();
    let object = match params.raw(name) {
        None => Value::Null,
        Some(Value::String(text)) if text.trim().is_empty() => Value::Null,
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| wrong("a JSON object is expected"))?,
        Some(other) => other.clone(),
    };
    match object {
        Value::Null => {}
        Value::Object(map) => {
            for (key, value) in map {
                let text = match value {
                    Value::String(text) => text,
                    Value::Number(n) => n.to_string(),
                    Value::Bool(b) => b.to_string(),
                    _ => return Err(wrong("texts are expected in the object")),
                };
                texts.insert(key, text);
            }
        }
        _ => return Err(wrong("an object is expected")),
    }
    for param in params.names().filter(|param| param.starts_with(prefix)) {
        texts.insert(param[prefix.len()..].to_owned(), params.text(param)?.unwrap_or_default());
    }
    Ok(texts)
}

impl Operation for SetBinding {
    const EVENT: &'static str = "event_set";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::EVENTHANDLING_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let problems = input.binding.problems();
        if !problems.is_empty() {
            return Err(Failure::new(Code::Parameter, problems.join("; ")));
        }
        let number = match input.number {
            Some(number) => {
                store::update(&mut call.batch, &existing(sys, number).await?, &input.binding);
                number
            }
            None => {
                let number = sys.sequences.next("event_handler").await?;
                store::insert(&mut call.batch, (RowId::new(&sys.chance, sys.clock.now()), number), &input.binding);
                number
            }
        };
        call.audit.info.clone_from(&input.binding.name);
        call.reload_after();
        Ok(number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "event_handler_name").then(|| Failure::new(Code::Conflict, "An event handler of this name exists already."))
    }
}
