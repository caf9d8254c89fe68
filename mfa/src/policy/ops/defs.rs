//! `GET /policy/defs` and `GET /policy/defs/{scope}`: what can be written.

use serde_json::{Map, Value, json};

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::actions::rights;
use crate::policy::{Comparator, Missing, Right, Scope, Section, Spec, ValueType};

/// Describes the actions that exist.
pub struct PolicyDefs;

/// One scope, or all; `conditions` and `pinodes` are described instead of a scope.
pub struct Input {
    scope: Option<String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { scope: params.optional("scope")? })
    }
}

impl Operation for PolicyDefs {
    const EVENT: &'static str = "policy_defs";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Value;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::POLICYREAD.clone())
    }

    async fn run(&self, sys: &Mfa, _: &mut Call, input: &Input) -> Result<Value, Failure> {
        let of = |scope: Scope| Value::Object(sys.policies.registry().of(scope).map(|s| (s.name.clone(), describe(s))).collect());
        match input.scope.as_deref() {
            None => Ok(Value::Object(Scope::ALL.iter().map(|scope| (scope.name().to_owned(), of(*scope))).collect())),
            Some("conditions") => Ok(conditions()),
            Some("pinodes") => Ok(json!([sys.node])),
            Some(name) => match Scope::named(name) {
                Some(scope) => Ok(of(scope)),
                None => Err(Failure::not_found(format!("There is no scope {name}."))),
            },
        }
    }

    fn answer(&self, output: &Value) -> Answer {
        Answer::value(output.clone())
    }
}

fn describe(spec: &Spec) -> Value {
    let mut out = Map::new();
    out.insert("type".to_owned(), spec.value_type.name().into());
    out.insert("desc".to_owned(), spec.doc().into());
    if !spec.group().is_empty() {
        out.insert("group".to_owned(), spec.group().into());
    }
    if !spec.menus().is_empty() {
        out.insert("mainmenu".to_owned(), json!(spec.menus()));
    }
    if spec.value_type != ValueType::Bool && !spec.choices.is_empty() {
        out.insert("value".to_owned(), json!(spec.choices));
    }
    Value::Object(out)
}

fn conditions() -> Value {
    let sections: Map<String, Value> =
        Section::ALL.iter().map(|s| (s.name().to_owned(), json!({ "description": s.about() }))).collect();
    let comparators: Map<String, Value> =
        Comparator::ALL.iter().map(|c| (c.name().to_owned(), json!({ "description": c.about() }))).collect();
    let missing: Map<String, Value> = Missing::ALL
        .iter()
        .map(|m| (m.name().to_owned(), json!({ "display_value": m.name().replace('_', " "), "description": m.about() })))
        .collect();
    json!({ "sections": sections, "comparators": comparators, "handle_missing_data": missing })
}
