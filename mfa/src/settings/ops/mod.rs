//! Operations on system settings.

mod delete;
mod get;
mod set;

pub use delete::DeleteSetting;
pub use get::GetSettings;
pub use set::SetSettings;
