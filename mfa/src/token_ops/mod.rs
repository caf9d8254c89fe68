//! Operations on tokens: one file each.
//!
//! Every one of them goes through [`perform`](crate::operation::perform): rights, hooks, audit and commit are the pipeline's.
//! What a person does to their own factors passes [`enrol::demand`](crate::enrol::demand).

mod assign;
mod change;
mod delete;
mod description;
mod disable;
mod enable;
mod expire;
mod init;
mod list;
mod orphans;
pub mod own;
mod reset;
mod resync;
mod revoke;
pub(crate) mod select;
mod set;
mod setpin;
#[cfg(test)]
mod tests;
mod unassign;
mod view;

pub use assign::AssignToken;
pub use delete::DeleteToken;
pub use description::SetDescription;
pub use disable::DisableToken;
pub use enable::EnableToken;
pub use init::{Enrolled, InitToken};
pub use list::{ListTokens, TokenPage};
pub use orphans::{Orphan, OrphanSearch, Progress, RetireOrphan, Retirement, Why};
pub use reset::ResetToken;
pub use resync::ResyncToken;
pub use revoke::RevokeToken;
pub use select::Which;
pub use set::SetToken;
pub use setpin::SetPin;
pub use unassign::UnassignToken;
pub use view::{info, wire};
