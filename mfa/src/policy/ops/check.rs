//! `GET /policy/check`: which policies would let an action through.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::people::ops::UserParams;
use crate::policy::actions::rights;
use crate::policy::{Facts, Outcome, Right, Scope};

/// Asks the policies about a person who need not be the one who asks, by the code that decides.
pub struct CheckPolicy;

/// The question.
pub struct Input {
    user: String,
    realm: String,
    resolver: Option<String>,
    scope: Scope,
    action: String,
    client: Option<IpAddr>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let given = |name: &str| params.text(name)?.ok_or_else(|| ParamError::Missing(name.to_owned()));
        let client = params.optional("client")?.map(|text| text.trim().parse()).transpose();
        Ok(Self {
            user: given("user")?,
            realm: given("realm")?,
            resolver: params.optional("resolver")?,
            scope: Scope::named(&params.required("scope")?)
                .ok_or_else(|| ParamError::wrong("scope", "there is no such scope"))?,
            action: params.required("action")?,
            client: client.map_err(|_| ParamError::wrong("client", "an address is expected"))?,
        })
    }
}

impl Operation for CheckPolicy {
    const EVENT: &'static str = "policy_check";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// `allowed`, and the policies or why there are none.
    type Output = Value;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::POLICYREAD.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Value, Failure> {
        let facts = input.facts(sys, call).await?;
        let set = sys.policies.load();
        let explained = set.explain(input.scope, &input.action, &facts);
        let undecided = explained.policies.iter().find_map(|policy| match &policy.outcome {
            Outcome::Undecidable(why) => Some(format!("policy {}: {why}", policy.policy)),
            _ => None,
        });
        if let Some(why) = undecided {
            return Ok(json!({ "allowed": false, "info": why }));
        }
        let matches = |outcome: &Outcome| matches!(outcome, Outcome::Applies(_) | Outcome::Outranked(_));
        let found = explained.policies.iter().filter(|policy| matches(&policy.outcome));
        let found: Vec<Value> = found
            .filter_map(|policy| set.definition(&policy.policy))
            .map(|definition| serde_json::to_value(&**definition).unwrap_or_default())
            .collect();
        Ok(match found.is_empty() {
            true => json!({ "allowed": false, "info": "No policies found" }),
            false => json!({ "allowed": true, "policy": found }),
        })
    }

    fn answer(&self, output: &Value) -> Answer {
        Answer::value(output.clone())
    }
}

impl Input {
    /// The person as they are; what only the parameters say of somebody who does not exist.
    async fn facts(&self, sys: &Mfa, call: &Call) -> Result<Facts, Failure> {
        let mut facts = Facts::at(call.origin.at);
        (facts.client, facts.node) = (self.client, Some(sys.node.clone()));
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let named = UserParams { user: some(&self.user), realm: some(&self.realm), resolver: self.resolver.clone() };
        if let Some(person) = sys.resolve(&named).await? {
            return Ok(facts.person(&person));
        }
        facts.login = Some(self.user.clone());
        facts.realm = Some(self.realm.to_lowercase());
        facts.resolver.clone_from(&self.resolver);
        Ok(facts)
    }
}
