//! `GET /resolver/` and `GET /resolver/{resolver}`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::people::ResolverRef;
use crate::policy::Right;
use crate::policy::actions::rights;

/// Lists resolvers; secrets are censored.
pub struct ListResolvers;

/// Which.
pub struct Input {
    resolver: Option<String>,
    kind: Option<String>,
    editable: Option<bool>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self {
            resolver: params.optional("resolver")?,
            kind: params.optional("type")?,
            editable: params.maybe_flag("editable"),
        })
    }
}

impl Operation for ListResolvers {
    const EVENT: &'static str = "resolver_list";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Vec<Arc<ResolverRef>>;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::RESOLVERREAD.clone())
    }

    async fn run(&self, sys: &Mfa, _: &mut Call, input: &Input) -> Result<Self::Output, Failure> {
        let admits = |resolver: &&Arc<ResolverRef>| {
            input.resolver.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&resolver.name))
                && input.kind.as_ref().is_none_or(|kind| kind == resolver.kind.name)
                && input.editable.is_none_or(|editable| editable == resolver.editable())
        };
        Ok(sys.people.directory().resolvers().filter(admits).cloned().collect())
    }

    fn answer(&self, output: &Self::Output) -> Answer {
        Answer::value(output.iter().map(|resolver| (resolver.name.clone(), shown(resolver))).collect::<Map<_, _>>())
    }
}

fn shown(resolver: &ResolverRef) -> Value {
    let secrets: Vec<&str> = resolver.params.secrets(resolver.kind).collect();
    json!({
        "resolvername": resolver.name,
        "type": resolver.kind.name,
        "data": resolver.params.shown(resolver.kind),
        "censor_keys": secrets,
    })
}
