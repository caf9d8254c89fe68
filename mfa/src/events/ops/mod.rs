//! Operations on event handlers.

mod delete;
mod list;
mod set;

pub use delete::DeleteBinding;
pub use list::ListBindings;
pub use set::SetBinding;
