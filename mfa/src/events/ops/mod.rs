//! Operations on event handlers.

mod delete;
mod describe;
mod enable;
mod list;
mod set;

use super::store::{self, Stored};
use crate::Mfa;
use crate::operation::Failure;

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
