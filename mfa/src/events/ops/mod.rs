//! Operations on event handlers.

mod delete;
mod describe;
mod enable;
mod list;
mod set;

use super::store::{self, Stored};
use crate::Mfa;
use crate::operation::{Failure, ParamError, Params};

pub use delete::DeleteBinding;
pub use describe::DescribeHandler;
pub use enable::EnableBinding;
pub use list::ListBindings;
pub use set::SetBinding;

/// The binding of this number.
async fn existing(sys: &Mfa, number: i64) -> Result<Stored, Failure> {
    let found = store::by_number(&sys.db, number).await?;
    found.ok_or_else(|| Failure::not_found(format!("The event handler {number} does not exist.")))
}

/// The number of a binding that the path names; the reference names it differently from route to route.
fn number(params: &Params, name: &str) -> Result<i64, ParamError> {
    params.number(name, 1..=i64::MAX)?.ok_or_else(|| ParamError::Missing(name.to_owned()))
}
