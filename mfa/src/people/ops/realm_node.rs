//! `POST /realm/{realm}/node/{nodeid}`: the resolvers of a realm on one node.

use serde::Deserialize;
use serde_json::Value;

use super::realm_set::{Output, RealmName, Wanted, answer, put};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::people::node_uuid;
use crate::policy::Right;
use crate::policy::actions::rights;

/// Gives a realm resolvers that count on one node alone, in place of those it had there. On that node they come before the others.
pub struct SetRealmOnNode;

/// The realm, the node by its UUID or name, and its resolvers.
pub struct Input {
    realm: RealmName,
    node: String,
    resolvers: Vec<Wanted>,
}

/// As the wire format writes it.
#[derive(Deserialize)]
struct Given {
    name: String,
    #[serde(default)]
    priority: Option<Value>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let wrong = || ParamError::wrong("resolver", "a list such as [{\"name\": \"ldap\", \"priority\": 1}] is expected");
        let given = match params.raw("resolver") {
            None => return Err(ParamError::Missing("resolver".to_owned())),
            Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| wrong())?,
            Some(value) => value.clone(),
        };
        let given: Vec<Given> = serde_json::from_value(given).map_err(|_| wrong())?;
        let read = |given: Given| {
            let priority = match given.priority {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) if text.is_empty() => None,
                Some(Value::String(text)) => Some(text.parse::<i64>().map_err(|_| wrong())?),
                Some(number) => Some(number.as_i64().ok_or_else(wrong)?),
            };
            match priority {
                Some(priority) if !(1..=999).contains(&priority) => {
                    Err(ParamError::wrong("resolver", "a priority is a whole number from 1 to 999"))
                }
                priority => Ok((given.name, priority)),
            }
        };
        let resolvers = given.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { realm: RealmName::from_params(params)?, node: params.required("nodeid")?, resolvers })
    }
}

impl Operation for SetRealmOnNode {
    const EVENT: &'static str = "realm_node_set";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Output;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::RESOLVERWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Output, Failure> {
        let nodes = sys.people.nodes().await?;
        let known = nodes.into_iter().find(|name| *name == input.node || node_uuid(name) == input.node.to_lowercase());
        let node = known.ok_or_else(|| Failure::not_found(format!("There is no node {}.", input.node)))?;
        put(sys, call, (&input.realm, &node), &input.resolvers).await
    }

    fn answer(&self, output: &Output) -> Answer {
        answer(output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        super::realm_set::constraint(name)
    }
}
