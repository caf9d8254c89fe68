//! `POST /resolver/test`: tries parameters without keeping them.

use kernel::ids::RowId;
use serde_json::Map;

use super::resolver_set::{read_kind, read_values};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::resolvers::ResolverKind;

/// Tries whether a resolver with these parameters would answer.
pub struct TestResolver;

/// Kind, and the resolver whose stored secrets are meant by censored ones.
pub struct Input {
    kind: &'static ResolverKind,
    resolver: Option<String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { kind: read_kind(params)?, resolver: params.optional("resolver")? })
    }
}

/// Whether it answers, and what there is to say.
pub struct Output {
    ok: bool,
    description: String,
}

impl Operation for TestResolver {
    const EVENT: &'static str = "resolver_test";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Output;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::RESOLVERWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Output, Failure> {
        let directory = sys.people.directory();
        let stored = input.resolver.as_deref().and_then(|name| directory.resolver(name));
        let stored = stored.filter(|stored| stored.kind.name == input.kind.name);
        let values = read_values(input.kind, &call.params, stored.map(|stored| &**stored))?;
        let id = stored.map_or_else(|| RowId::new(&sys.chance, sys.clock.now()), |stored| stored.id);
        let tried = match (input.kind.build)(id, &values, &sys.people.env().for_resolvers()) {
            Ok(resolver) => resolver.test().await,
            Err(e) => Err(e),
        };
        Ok(match tried {
            Ok(description) => Output { ok: true, description },
            Err(e) => Output { ok: false, description: e.to_string() },
        })
    }

    fn answer(&self, output: &Output) -> Answer {
        let detail = Map::from_iter([("description".to_owned(), output.description.clone().into())]);
        Answer::value(output.ok).with_detail(detail)
    }
}
