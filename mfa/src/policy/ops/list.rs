//! `GET /policy/` and `GET /policy/{name}`.

use std::sync::Arc;

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::actions::rights;
use crate::policy::{Definition, Right};

/// Lists policies as they are written.
pub struct ListPolicies;

/// Which.
pub struct Input {
    name: Option<String>,
    realm: Option<String>,
    scope: Option<String>,
    active: Option<bool>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self {
            name: params.optional("name")?,
            realm: params.optional("realm")?,
            scope: params.optional("scope")?,
            active: params.maybe_flag("active"),
        })
    }
}

impl Input {
    fn admits(&self, def: &Definition) -> bool {
        let is = |given: &Option<String>, value: &str| given.as_ref().is_none_or(|given| given == value);
        let realm = |realm: &String| def.realm.is_empty() || def.realm.iter().any(|r| r == "*" || r.eq_ignore_ascii_case(realm));
        is(&self.name, &def.name)
            && is(&self.scope, &def.scope)
            && self.active.is_none_or(|active| active == def.active)
            && self.realm.as_ref().is_none_or(realm)
    }
}

impl Operation for ListPolicies {
    const EVENT: &'static str = "policy_list";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Vec<Arc<Definition>>;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::POLICYREAD.clone())
    }

    async fn run(&self, sys: &Mfa, _: &mut Call, input: &Input) -> Result<Self::Output, Failure> {
        let set = sys.policies.load();
        Ok(set.definitions().iter().filter(|def| input.admits(def)).cloned().collect())
    }

    fn answer(&self, output: &Self::Output) -> Answer {
        Answer::value(output.iter().map(|def| serde_json::to_value(&**def).unwrap_or_default()).collect::<Vec<_>>())
    }
}
