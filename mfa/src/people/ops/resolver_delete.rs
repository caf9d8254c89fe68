//! `DELETE /resolver/{resolver}`.

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::people::store::resolver as store;
use crate::policy::Right;
use crate::policy::actions::rights;

/// Removes a resolver that no realm uses.
pub struct DeleteResolver;

/// Which.
pub struct Input {
    resolver: String,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { resolver: params.required("resolver")? })
    }
}

impl Operation for DeleteResolver {
    const EVENT: &'static str = "resolver_delete";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::RESOLVERDELETE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let directory = sys.people.directory();
        let Some(resolver) = directory.resolver(&input.resolver) else {
            return Err(Failure::not_found(format!("The resolver {} does not exist.", input.resolver)));
        };
        let used = directory.realms().find(|realm| realm.members.iter().any(|m| m.resolver == resolver.id));
        if let Some(realm) = used {
            let what = format!("The resolver {} is still used in the realm {}.", resolver.name, realm.name);
            return Err(Failure::new(Code::ConfigAdmin, what));
        }
        store::delete(&mut call.batch, resolver.id, resolver.version);
        call.audit.resolver.clone_from(&resolver.name);
        call.reload_after();
        Ok(resolver.number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}
