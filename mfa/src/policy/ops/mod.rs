//! Operations on policies.

mod check;
mod defs;
mod delete;
mod enable;
mod list;
mod patch;
mod rename;
mod set;
#[cfg(test)]
mod tests;

pub use check::CheckPolicy;
pub use defs::PolicyDefs;
pub use delete::DeletePolicy;
pub use enable::EnablePolicy;
pub use list::ListPolicies;
pub use patch::Patch;
pub use rename::RenamePolicy;
pub use set::SetPolicy;

use super::store::{self, Stored};
use super::{Definition, Known, Problem};
use crate::Mfa;
use crate::operation::{Code, Failure, FromParams, ParamError, Params};

/// The name of a policy, from the path.
pub struct Named {
    name: String,
}

impl FromParams for Named {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { name: params.required("name")? })
    }
}

async fn stored(sys: &Mfa, name: &str) -> Result<Stored, Failure> {
    let stored = store::by_name(&sys.db, name).await?;
    stored.ok_or_else(|| Failure::not_found(format!("The policy with name '{name}' does not exist")))
}

/// What policies may refer to at present.
pub(crate) fn known(sys: &Mfa) -> Known {
    let directory = sys.people.directory();
    Known {
        realms: directory.realms().map(|realm| realm.name.clone()).collect(),
        resolvers: directory.resolvers().map(|resolver| resolver.name.clone()).collect(),
        nodes: vec![sys.node.clone()],
        admin_realms: Vec::new(),
    }
}

/// Refuses a definition with problems; names all of them.
pub(crate) fn sound(sys: &Mfa, definition: &Definition) -> Result<(), Failure> {
    let problems = definition.problems(sys.policies.registry(), &known(sys));
    if problems.is_empty() {
        return Ok(());
    }
    let all: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Err(Failure::new(Code::Parameter, all.join("; ")))
}

/// The unique index on names, as a meaning.
fn name_taken(constraint: &str) -> Option<Failure> {
    (constraint == "policy_name").then(|| Failure::new(Code::Conflict, "A policy of this name exists already."))
}
